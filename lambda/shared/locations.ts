import type { Direction, EdgeLink } from './links';
import type { Source } from './source/source';

/** A place that instances are moved to, or back to, as the construct `EdgeLocation` describes it (`lib/edge-location.ts`). */
export interface Location {
  readonly name: string;
  readonly kind: 'outpost' | 'local-zone' | 'region';
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly outpostArn?: string;
  /** The links that lead there; none to a Region: the way back is that of the place that an instance is at. */
  readonly links: readonly EdgeLink[];
}

/** Where an instance is. */
export interface Place {
  readonly availabilityZone: string;
  readonly outpostArn: string | null;
}

/** The names of Local Zones have a place within the Region's: `us-west-2-lax-1a`. */
const LOCAL_ZONE = /^[a-z]+(-[a-z]+)+-\d+-[a-z]+-\d+[a-z]$/;

/** Whether a place is at the edge, or in the Region's own zones. */
export const isAtEdge = ({ availabilityZone, outpostArn }: Place): boolean => outpostArn !== null || LOCAL_ZONE.test(availabilityZone);

export function placeOf({ instance }: Pick<Source, 'instance'>): Place {
  return { availabilityZone: instance.Placement?.AvailabilityZone ?? '', outpostArn: instance.OutpostArn ?? null };
}

/** Whether an instance at that place is at the location already. */
export function isThere({ kind, availabilityZone, outpostArn }: Location, place: Place): boolean {
  if (kind === 'outpost') return place.outpostArn === outpostArn;
  return place.outpostArn === null && place.availabilityZone === availabilityZone;
}

/** The way from a place to a location. */
export interface Way {
  readonly direction: Direction;
  readonly links: readonly EdgeLink[];
}

/** The links between a place and a location; nothing where the construct knows of no way. */
export function wayTo(destination: Location, place: Place, locations: readonly Location[]): Way | undefined {
  const atEdge = isAtEdge(place);
  if (destination.kind !== 'region') return atEdge ? undefined : { direction: 'to-edge', links: destination.links };
  const from = atEdge ? locations.find(location => location.kind !== 'region' && isThere(location, place)) : undefined;
  return from && { direction: 'to-region', links: from.links };
}
