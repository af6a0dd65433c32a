import { type InstanceInformation, paginateDescribeInstanceInformation, SSMClient } from '@aws-sdk/client-ssm';
import { CloneNotManagedBySsm } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import { type Failure, type Sorted, sortOut } from '../shared/plan/fleet';
import type { Plan } from '../shared/plan/plan';
import { pollDelay } from '../shared/poll';
import type { Step } from '../shared/step';

export interface Input extends Step {
  readonly plan: Plan;
  readonly instanceIds: readonly string[];
  /** Of a fleet: what failed so far, and may. Null: none may fail. */
  readonly failures?: readonly Failure[] | null;
  readonly lease: Lease;
  /** ISO 8601: when the waiting began. */
  readonly since: string;
}
export interface Output extends Sorted {
  readonly managed: boolean;
  readonly waiting: readonly string[];
  readonly waitSeconds: number;
}

const ssm = new SSMClient({});

/** An agent registers within a minute of the boot, or something is in its way. */
const GIVE_UP_AFTER_MS = 900_000;
/** As many values as a filter of DescribeInstanceInformation surely takes. */
const IDS_PER_CALL = 50;

/** Looks whether Systems Manager sees every clone, each under its own id. */
export async function handler({ plan, instanceIds, failures = null, lease, since, execution }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const online = (await information(instanceIds)).filter(({ PingStatus }) => PingStatus === 'Online').map(({ InstanceId }) => InstanceId);
  const waiting = instanceIds.filter(id => !online.includes(id));
  const late = Date.now() - Date.parse(since) > GIVE_UP_AFTER_MS ? waiting : [];
  const sorted = sortOut(instanceIds, failures, new Map(late.map(id => [id, 'did not come online in Systems Manager'])), () =>
    new CloneNotManagedBySsm(`${late.join(', ')} did not come online in Systems Manager, so no identity could be verified. ${advice(plan)}`));
  const waitedFor = waiting.filter(id => !late.includes(id));
  return { ...sorted, managed: waitedFor.length === 0, waiting: waitedFor, waitSeconds: pollDelay(since) };
}

function advice({ isolation }: Plan): string {
  if (!isolation) return 'Look at the agent on the source, at the instance profile of the clone (AmazonSSMManagedInstanceCore), and at its way to Systems Manager';
  const way = {
    endpoints: `the security groups of the endpoints of Systems Manager in ${isolation.vpcId} must admit HTTPS from its subnet by address`,
    given: 'the endpoints of Systems Manager must be among the construct\'s isolationEgress',
    internet: `its subnet in ${isolation.vpcId} needs a way to the internet, or the VPC interface endpoints ssm and ssmmessages`,
  };
  return `Look at the agent on the source; and for an isolated clone ${way[isolation.via]}`;
}

async function information(instanceIds: readonly string[]): Promise<InstanceInformation[]> {
  const found: InstanceInformation[] = [];
  for (let index = 0; index < instanceIds.length; index += IDS_PER_CALL) {
    const Filters = [{ Key: 'InstanceIds', Values: instanceIds.slice(index, index + IDS_PER_CALL) }];
    for await (const page of paginateDescribeInstanceInformation({ client: ssm, pageSize: 50 }, { Filters })) found.push(...page.InstanceInformationList ?? []);
  }
  return found;
}
