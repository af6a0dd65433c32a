import type { Location } from '../locations';
import type { VolumeOverride } from '../request/request';
import type { Source } from '../source/source';

/** Volume types that Outposts have, and what gp3 has there at most (EBS user guide, "ebs-volume-types"); others are unverified against AWS. */
const OUTPOST_TYPES = ['gp2', 'gp3'];
const OUTPOST_GP3 = { iops: 16_000, throughput: 1000 };
/** GiB. */
const LARGEST_AT_OUTPOST = 16_384;

/** What a volume of that type becomes at an Outpost. */
export const typeAtOutpost = (type: string): string => (OUTPOST_TYPES.includes(type) ? type : 'gp3');
export const isTooLargeForOutpost = ({ size }: { readonly size: number }): boolean => size > LARGEST_AT_OUTPOST;
export const TOO_LARGE_FOR_OUTPOST = 'volumes at an Outpost have at most 16,384 GiB; the launch of the target is refused for more';

/** What volumes have to become to be at the destination. */
export function overridesFor({ volumes }: Source, { location }: { readonly location: Location }): Readonly<Record<string, Partial<VolumeOverride>>> {
  if (location.kind !== 'outpost') return {};
  return Object.fromEntries(volumes.flatMap(({ device, type, iops, throughput }) => {
    const isThere = OUTPOST_TYPES.includes(type);
    const most = type === 'gp3' || !isThere ? {
      ...(iops ?? 0) > OUTPOST_GP3.iops ? { iops: OUTPOST_GP3.iops } : {},
      ...(throughput ?? 0) > OUTPOST_GP3.throughput ? { throughput: OUTPOST_GP3.throughput } : {},
    } : {};
    const override = { ...isThere ? {} : { type: 'gp3' }, ...most };
    return Object.keys(override).length === 0 ? [] : [[device, override]];
  }));
}
