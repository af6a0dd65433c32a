import type { Account } from '../cloud/account';
import type { Lane, ResourceType, Span } from './story';

interface Observed {
  readonly type: ResourceType;
  readonly id: string;
  readonly state: string;
  readonly label: string;
}

/** No state of AWS: the resource is not listed any more. */
const gone = 'gone';

type Growing = Omit<Lane, 'gone' | 'label'> & { label: string; readonly spans: Span[] };

/**
 * Follows the states of instances, volumes, snapshots, images and interfaces. It looks when something happens in an
 * execution; what has changed since then is dated by the event that EC2 sent of it, and if there is none by the look.
 */
export class LaneRecorder {
  private readonly lanes = new Map<string, Growing>();
  private eventsRead = 0;
  private looked = 0;

  constructor(private readonly account: Account) {}

  /** Looks for the first time: what there is has been there before. */
  begin(): void {
    this.look(true);
  }

  look(existed = false): void {
    const now = this.account.clock.now();
    const dateOf = this.news(now);
    const seen = new Set<string>();
    for (const { type, id, state, label } of observe(this.account)) {
      seen.add(id);
      const lane: Growing = this.lanes.get(id) ?? { type, id, label, existed, spans: [] };
      this.lanes.set(id, lane);
      // a volume's device is known only once it is attached
      if (label.length > lane.label.length) lane.label = label;
      turn(lane.spans, state, dateOf(id));
    }
    for (const lane of this.lanes.values()) if (!seen.has(lane.id)) turn(lane.spans, gone, now);
    this.looked = now;
  }

  /** Tells of the events since the last look when the latest about a resource was sent. */
  private news(now: number): (id: string) => number {
    const news = this.account.events.log.slice(this.eventsRead);
    this.eventsRead += news.length;
    return id => {
      const last = news.findLast(({ resources }) => (resources as string[]).some(arn => arn.endsWith(`/${id}`)));
      return last ? Math.min(now, Math.max(this.looked, Date.parse(last.time as string))) : now;
    };
  }

  /** The lives so far; what exists and never took part is left out, so that a big account stays readable. */
  stories(concerned: (id: string) => boolean): Lane[] {
    return [...this.lanes.values()].filter(lane => !lane.existed || concerned(lane.id))
      .map(lane => ({
        ...lane,
        gone: [gone, 'terminated'].includes(lane.spans.at(-1)?.state ?? gone),
        spans: lane.spans.filter(span => span.state !== gone && span.to !== span.from),
      }));
  }
}

function turn(spans: Span[], state: string, now: number): void {
  const last = spans.at(-1);
  if (last?.state === state) return;
  if (last && last.to === undefined) last.to = now;
  spans.push({ state, from: now });
}

function* observe({ ec2 }: Account): Generator<Observed> {
  for (const each of ec2.instances.values()) {
    yield { type: 'instance', id: each.InstanceId, state: each.State.Name ?? '?', label: nameOf(each.Tags) ?? each.InstanceType };
  }
  for (const each of ec2.networkInterfaces.values()) {
    yield { type: 'network-interface', id: each.NetworkInterfaceId, state: each.Status, label: each.PrivateIpAddress ?? '' };
  }
  for (const each of ec2.volumes.values()) {
    const device = each.Attachments[0]?.Device;
    yield { type: 'volume', id: each.VolumeId, state: each.State, label: [device, `${each.Size} GiB ${each.VolumeType}`].filter(Boolean).join(' · ') };
  }
  for (const each of ec2.snapshots.values()) {
    yield { type: 'snapshot', id: each.SnapshotId, state: each.State, label: `of ${each.VolumeId}` };
  }
  for (const each of ec2.images.values()) yield { type: 'image', id: each.ImageId, state: each.State, label: each.Name };
}

function nameOf(tags: readonly { Key?: string; Value?: string }[] | undefined): string | undefined {
  return tags?.find(tag => tag.Key === 'Name')?.Value;
}
