import type { Image } from '@aws-sdk/client-ec2';
import type { PlannedImage } from './plan/plan';

/** In what an image would be billed or licensed otherwise than the source; undefined when it is the same. */
export function platformProblem({ PlatformDetails, UsageOperation }: Image, { platformDetails, usageOperation }: PlannedImage): string | undefined {
  if (platformDetails !== null && PlatformDetails !== platformDetails) return `has the platform details ${PlatformDetails ?? 'unsaid'}, the source has ${platformDetails}`;
  if (usageOperation !== null && UsageOperation !== usageOperation) return `has the usage operation ${UsageOperation ?? 'unsaid'}, the source has ${usageOperation}`;
  return undefined;
}
