import type { ChangeInfo, ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { Account } from '../account';
import { AwsError } from '../service';

export type RecordSet = ResourceRecordSet & { readonly Name: string; readonly Type: NonNullable<ResourceRecordSet['Type']> };

export interface HostedZone {
  readonly id: string;
  /** With its final dot. */
  readonly name: string;
  /** By name, type and set identifier. */
  records: ReadonlyMap<string, RecordSet>;
}

/** Route 53: hosted zones with their records, and the changes on their way to the name servers. */
export class Route53 {
  readonly zones = new Map<string, HostedZone>();
  readonly changes = new Map<string, { readonly info: ChangeInfo; readonly insyncAt: number }>();
  /** Seconds until a change has reached all name servers: "generally … within 60 seconds" (API reference, ChangeResourceRecordSets). */
  propagation = 45;

  constructor(private readonly account: Account) {}

  /** Makes a hosted zone, with the records that somebody put into it. */
  addHostedZone(name: string, records: readonly RecordSet[] = [], id = `Z${this.account.random.hex(16).toUpperCase()}`): string {
    const zone: HostedZone = { id, name: normalized(name), records: new Map() };
    const own = normalized(name);
    const first: RecordSet[] = [
      { Name: own, Type: 'NS', TTL: 172_800, ResourceRecords: [1, 2, 3, 4].map(n => ({ Value: `ns-${n}.awsdns-0${n}.com.` })) },
      { Name: own, Type: 'SOA', TTL: 900, ResourceRecords: [{ Value: 'ns-1.awsdns-01.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400' }] },
    ];
    zone.records = new Map([...first, ...records.map(each => ({ ...each, Name: normalized(each.Name) }))].map(each => [keyOf(each), each]));
    this.zones.set(id, zone);
    return id;
  }

  zone(id: string | undefined): HostedZone {
    const bare = (id ?? '').replace(/^\/hostedzone\//, '');
    const zone = this.zones.get(bare);
    if (!zone) throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${bare}`, 404);
    return zone;
  }

  /** Notes a change, which is PENDING for a while. */
  submit(comment: string | undefined): ChangeInfo {
    const { clock, random } = this.account;
    const id = `C${random.hex(18).toUpperCase()}`;
    const info: ChangeInfo = { Id: `/change/${id}`, Status: 'PENDING', SubmittedAt: new Date(clock.now()), ...comment !== undefined && { Comment: comment } };
    this.changes.set(id, { info, insyncAt: clock.now() + this.propagation * 1000 });
    return info;
  }

  change(id: string | undefined): ChangeInfo {
    const bare = (id ?? '').replace(/^\/change\//, '');
    const found = this.changes.get(bare);
    if (!found) throw new AwsError('NoSuchChange', `Could not find resource with ID: ${bare}`, 404);
    return { ...found.info, Status: this.account.clock.now() < found.insyncAt ? 'PENDING' : 'INSYNC' };
  }
}

/** Lower case and with a final dot, as Route 53 keeps names; characters other than letters, digits, `-`, `_`, `.` as octal escapes. */
export function normalized(name: string): string {
  const escaped = name.toLowerCase().replace(/[^a-z0-9._\\-]/g, character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return escaped.endsWith('.') ? escaped : `${escaped}.`;
}

export function keyOf({ Name: name, Type: type, SetIdentifier: set }: RecordSet): string {
  return `${name} ${type} ${set ?? ''}`;
}

/** Records sort by their labels from the right: com.example.www (API reference, ListResourceRecordSets, "Sort order"). */
export function sortKey(name: string): string {
  return normalized(name).slice(0, -1).split('.').reverse().join('.');
}
