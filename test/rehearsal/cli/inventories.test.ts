import { existsSync, readdirSync } from 'fs';
import { join, resolve } from 'path';
import type { Instance } from '@aws-sdk/client-ec2';
import { synthesize, type Synthesized } from '../../../rehearsal/cli/synthesize';
import { Clock } from '../../../rehearsal/clock';
import { Account } from '../../../rehearsal/cloud/account';
import { importInventory } from '../../../rehearsal/inventory/import-inventory';
import { instancesOf, latestTime } from '../../../rehearsal/inventory/inventory';
import { inventoryOf, type ReadInventory, UnusableInventory } from '../../../rehearsal/inventory/read-inventory';
import { readableCause } from '../../../rehearsal/report/format';
import { type Assembly, readAssembly, Rehearsal } from '../../../rehearsal/rehearsal';
import { clonesAreTrue, Source } from '../../../rehearsal/scenarios/source';
import { clonable, Stage } from '../../../rehearsal/scenarios/stage';
import { type Plan, unaccounted, unaccountedBeside } from './accounted';

/*
 * Real inventories, as the AWS CLI printed them in real accounts, some of them trimmed by hand: every running or stopped
 * instance is planned, and nothing that is known of it gets lost silently; or it is refused, by a name and for a reason
 * that the recording bears out. Where the volumes were recorded, too, it is cloned.
 */
const folder = join(process.env.RECORDINGS_DIR ?? resolve(__dirname, '../../../../shared/recordings'), 'ec2');
const ownAccount = '111122223333';

interface Recorded {
  readonly name: string;
  readonly read: ReadInventory;
  readonly instances: readonly Instance[];
}

/** Each answer of describe-instances, with all else that was recorded beside it. */
function recordings(): Recorded[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).filter(each => each.isDirectory()).flatMap(({ name }) => {
    const files = readdirSync(join(folder, name)).sort().map(file => join(folder, name, file));
    const answers = files.filter(file => file.includes('describe-instances'));
    const others = files.filter(file => !answers.includes(file));
    return answers.flatMap(answer => inventory([...others, answer], answers.length > 1 ? `${name}/${answer.at(-6)}` : name));
  });
}

function inventory(files: readonly string[], name: string): Recorded[] {
  let read: ReadInventory;
  try {
    read = inventoryOf(files, ownAccount);
  } catch (error) {
    if (error instanceof UnusableInventory) return [];
    throw error;
  }
  const instances = instancesOf(read.inventory).filter(each => ['running', 'stopped'].includes(each.State?.Name ?? ''));
  return instances.length > 0 ? [{ name, read, instances }] : [];
}

const recorded = recordings();
if (recorded.length === 0) test.skip(`no real inventory is planned: there are no recordings in ${folder}`, () => undefined);

let synthesized: Synthesized;
let assembly: Assembly;

beforeAll(async () => {
  if (recorded.length === 0) return;
  synthesized = await synthesize({
    passableRoleArns: recorded.flatMap(({ read }) => rolesOf(read)).filter(unique).join(','),
    volumeKeyArns: recorded.flatMap(({ read }) => read.inventory.Volumes.flatMap(volume => volume.KmsKeyId ?? [])).filter(unique).join(','),
  });
  assembly = readAssembly(synthesized.dir);
}, 60_000);
afterAll(() => synthesized?.remove());

async function stageFor(read: ReadInventory): Promise<Stage> {
  const clock = new Clock(new Date(latestTime(read.inventory) + 3_600_000));
  const rehearsal = await Rehearsal.start({ assembly, account: new Account({ clock, region: read.region }) });
  importInventory(rehearsal.account, read);
  for (const instance of rehearsal.account.ec2.instances.values()) {
    instance.Tags = [...instance.Tags ?? [], ...Object.entries(clonable).map(([Key, Value]) => ({ Key, Value }))];
  }
  return new Stage(rehearsal);
}

for (const { name, read, instances } of recorded) describe(name, () => {
  let stage: Stage;
  beforeAll(async () => { stage = await stageFor(read); });
  afterAll(() => stage.rehearsal.close());

  test.each(instances)('$InstanceId is planned without a silent loss, or refused by name', async instance => {
    const run = await stage.rehearsal.finish(stage.start({ sourceInstanceId: instance.InstanceId!, planOnly: true }));
    expect(run.fault).toBeUndefined();
    if (run.status === 'SUCCEEDED') {
      const { plan } = run.output as unknown as { plan: Plan };
      expect([...unaccounted(instance, plan), ...unaccountedBeside(instance, read.inventory, plan)]).toEqual([]);
    } else {
      expect(reasonFor(run.error!, readableCause(run.cause)!, instance)).toBe('borne out by the recording');
    }
    expect(stage.account.ec2.ownedBy(run.arn)).toEqual([]);
  });

  const whole = instances.filter(instance => hasItsVolumes(instance, read));
  if (whole.length === 0) return;
  test.each(whole)('$InstanceId is cloned', async ({ InstanceId: sourceInstanceId, BlockDeviceMappings: devices = [] }) => {
    const source = new Source(stage, sourceInstanceId!);
    source.keepWriting();
    // the recordings tell of no agents, without which an identity can not be verified
    const run = await stage.run({ sourceInstanceId: sourceInstanceId!, isolation: false, identity: 'keep' });
    expect([run.status, run.error, readableCause(run.cause)]).toEqual(['SUCCEEDED', undefined, undefined]);
    expect(clonesAreTrue(source.prove(run), 1, devices.length)).toMatchObject({ holds: true });
    expect(source.noticedNothing()).toMatchObject({ holds: true });
    expect(stage.account.ec2.ownedBy(run.arn)).toEqual([]);
  }, 30_000);
});

/** A refusal must be true of the instance that was recorded. */
function reasonFor(error: string, cause: string, instance: Instance): string {
  const ids = JSON.stringify(instance).match(/"(?:i|vol|eni|subnet|sg|ami)-[^"]*"/g) ?? [];
  const crippled = ids.map(id => id.slice(1, -1)).filter(id => !/^[a-z]+-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id));
  const vpcs = [instance.VpcId, ...instance.NetworkInterfaces?.map(each => each.VpcId) ?? []].filter(unique);
  const reasons: Record<string, boolean> = {
    // ids that the authors of a recording made unreadable
    InvalidRequest: crippled.includes(instance.InstanceId!),
    InvalidParameterValue: crippled.some(id => cause.includes(id)),
    SecurityGroupsElsewhere: vpcs.length > 1,
    SourceIsMarketplace: (instance.ProductCodes?.length ?? 0) > 0,
    // the authors of a recording left the groups away
    IsolationNotPossible: (instance.SecurityGroups ?? []).length === 0,
    RootIsInstanceStore: instance.RootDeviceType === 'instance-store' || (instance.BlockDeviceMappings ?? []).length === 0,
  };
  return reasons[error] ? 'borne out by the recording' : `${error}: ${cause}`;
}

/** Whether the recording tells of every volume of an instance. */
function hasItsVolumes({ BlockDeviceMappings: devices = [] }: Instance, { inventory: { Volumes } }: ReadInventory): boolean {
  return devices.length > 0 && devices.every(device => Volumes.some(volume => volume.VolumeId === device.Ebs?.VolumeId));
}

/** The roles that importing gives to the profiles of an inventory. */
function rolesOf({ inventory: { InstanceProfiles }, inventory: all }: ReadInventory): string[] {
  const told = InstanceProfiles.flatMap(profile => profile.Roles?.map(role => role.Arn!) ?? []);
  const assumed = instancesOf(all).flatMap(each => each.IamInstanceProfile?.Arn?.split('/').at(-1) ?? []).map(name => `arn:aws:iam::${ownAccount}:role/${name}`);
  return [...told, ...assumed];
}

function unique<T>(value: T, index: number, all: readonly T[]): boolean {
  return all.indexOf(value) === index;
}
