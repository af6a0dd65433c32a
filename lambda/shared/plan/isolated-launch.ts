import type { Launch } from './launch-input';

export interface Isolation { readonly groupId: string; readonly profileArn: string }

/** Every interface in the one group, and a profile that serves for nothing but Systems Manager. */
export function isolated(launch: Launch, isolation: Isolation | null): Launch {
  if (isolation === null) return launch;
  return {
    ...launch,
    IamInstanceProfile: { Arn: isolation.profileArn },
    NetworkInterfaces: (launch.NetworkInterfaces ?? []).map(one => ({ ...one, Groups: [isolation.groupId] })),
  };
}
