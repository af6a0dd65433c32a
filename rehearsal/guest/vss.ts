import type { Clock } from '../clock';
import type { Guest } from './guest';
import { instancePrincipal } from './instance-role';
import type { Reply } from './sandbox';

// EC2 user guide, "create-vss-snapshots-ssm", "vss-iam-reqs", "vss-comps-history", "application-consistent-snapshots-troubleshooting". What the document
// prints, and how it exits, is in none of them: the texts here are unverified against AWS.

/** "The Windows VSS Framework provides a non-configurable 10-second window during which communication to the file system is paused." */
const windowMs = 10_000;
/** The `tags` parameter: "must only contain alphanumeric characters and the following special characters". */
const tagText = /^[\p{L}\p{N}() ./\\\-"'@_+:={}]*$/u;
const reserved = ['AppConsistent', 'AwsVssConfig', 'Device'];

interface Snapshot { readonly SnapshotId?: string; readonly VolumeId?: string }

/** The Volume Shadow Copy Service of a Windows guest, and AWS's components for it. */
export class Vss {
  /** The version of AWS's package AwsVssComponents; undefined: it is not installed. */
  components: string | undefined = '2.5.1';
  /** Milliseconds from the command to the freeze, and from the freeze to the instant of the snapshots. Assumptions. */
  readonly duration = { prepare: 4000, call: 1500 };
  /** Volumes whose snapshots are not confirmed, though the command succeeds ("but a specific volume backup failed"). */
  readonly unconfirmed = new Set<string>();
}

/** What AWSEC2-CreateVssSnapshot does on a Windows guest: freezes all volumes, calls CreateSnapshots with the rights of the instance, and thaws. */
export async function createVssSnapshot(guest: Guest, values: Readonly<Record<string, string>>): Promise<Reply> {
  const { account, vss, disks, instanceId } = guest;
  const { clock } = account;
  await clock.sleep(vss.duration.prepare);
  if (vss.components === undefined) return failed('AwsVssComponents is not installed on this instance.');
  const asked = readTags(values.tags ?? '');
  if (typeof asked === 'string') return failed(asked);
  const ec2 = <T>(operation: string, input: object): Promise<T> =>
    clock.during(account.call('EC2', operation, input, instancePrincipal(account, instanceId)) as Promise<T>);
  const config = JSON.stringify({ AwsVssComponentsVersion: vss.components, SnapshotSetId: account.random.uuid() });
  try {
    await ec2('DescribeInstanceAttribute', { InstanceId: instanceId, Attribute: 'blockDeviceMapping' });
    disks.hold();
    const released = release(clock, () => disks.release());
    let snapshots: readonly Snapshot[];
    try {
      await clock.sleep(vss.duration.call);
      ({ Snapshots: snapshots } = await ec2<{ Snapshots: Snapshot[] }>('CreateSnapshots', {
        InstanceSpecification: { InstanceId: instanceId, ExcludeBootVolume: values.ExcludeBootVolume === 'True' },
        Description: values.description ?? '',
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: [...asked, { Key: 'AwsVssConfig', Value: config }] }],
      }));
    } finally {
      released.now();
    }
    // snapshots of which not all writers held still stay, without the tag
    if (released.late) return failed('Timeout waiting for VSS Freeze: the writers were released before the snapshots were taken.');
    return await confirm(guest, snapshots, ec2);
  } catch (error) {
    return failed(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}

/** "Determine the create time and status of snapshots to verify application consistency", and say so in tags. */
async function confirm(
  { account, vss, instanceId }: Guest, snapshots: readonly Snapshot[], ec2: <T>(operation: string, input: object) => Promise<T>,
): Promise<Reply> {
  const ids = snapshots.flatMap(({ SnapshotId }) => SnapshotId ?? []);
  await ec2('DescribeSnapshots', { SnapshotIds: ids });
  const mappings = account.ec2.get(account.ec2.instances, instanceId).BlockDeviceMappings;
  for (const { SnapshotId, VolumeId = '' } of snapshots) {
    const device = mappings.find(({ Ebs }) => Ebs?.VolumeId === VolumeId)?.DeviceName ?? '';
    await ec2('CreateTags', {
      Resources: [SnapshotId],
      Tags: [{ Key: 'Device', Value: device }, ...vss.unconfirmed.has(VolumeId) ? [] : [{ Key: 'AppConsistent', Value: 'True' }]],
    });
  }
  return { exitCode: 0, stdout: `${ids.join('\n')}\n`, stderr: '' };
}

/** Thaws when it is told to, and by itself when the window closes. */
function release(clock: Clock, thaw: () => void): { readonly late: boolean; now(): void } {
  let late = false;
  const window = clock.after(windowMs, () => {
    late = true;
    thaw();
  });
  return {
    get late() { return late; },
    now: () => {
      window.cancel();
      thaw();
    },
  };
}

/** `Key=…,Value=…;Key=…,Value=…`; a text says what is wrong with it. */
function readTags(text: string): { Key: string; Value: string }[] | string {
  const tags = text.split(';').filter(each => each !== '').map(each => /^Key=([^,]+),Value=([^,]*)$/.exec(each));
  const read = tags.map(match => ({ Key: match?.[1] ?? '', Value: match?.[2] ?? '' }));
  if (tags.includes(null) || read.some(({ Key, Value }) => !tagText.test(Key) || !tagText.test(Value))) return `The tags are not valid: ${text}`;
  const own = read.find(({ Key }) => reserved.includes(Key));
  return own ? `The tag ${own.Key} is reserved.` : read;
}

function failed(message: string): Reply {
  return { exitCode: 1, stdout: '', stderr: `${message}\n` };
}
