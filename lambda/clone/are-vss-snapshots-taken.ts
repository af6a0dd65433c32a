import { type CommandInvocation, ListCommandInvocationsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { VssFailed } from '../shared/errors';
import { type Lease, renewLease } from '../shared/lease';
import type { Plan } from '../shared/plan/plan';
import { findSnapshots, ofPlannedVolumes } from '../shared/snapshots';
import type { Step, VolumeSnapshot } from '../shared/step';
import { tagMap } from '../shared/tags';
import { isAppConsistent } from '../shared/vss';

export interface Input extends Step {
  readonly plan: Plan;
  readonly commandId: string;
  readonly attempt: number;
  readonly lease: Lease;
  readonly polls: number;
  /** How often it was looked for snapshots after the command was over. */
  readonly looks: number;
}
export interface Output {
  readonly taken: boolean;
  readonly snapshots: readonly VolumeSnapshot[];
  readonly looks: number;
  readonly waitSeconds: number;
}

const ssm = new SSMClient({});

const OVER = ['Success', 'Failed', 'TimedOut', 'Cancelled'];
const WAIT_SECONDS = 5;
/** Delivery and execution take eleven minutes at most, and the command's end is known soon after. */
const MOST_POLLS = 156;
/** New snapshots and tags are seen a moment late. */
const MOST_LOOKS = 12;
/** A cause holds so much text, and more besides. */
const LONGEST_OUTPUT = 1500;

/** Looks whether the instance has taken its snapshots, of every planned volume, and confirmed that its applications held still. */
export async function handler({ plan, commandId, attempt, lease, polls, looks, execution, owner }: Input): Promise<Output> {
  await renewLease(lease, execution);
  const id = plan.sourceInstanceId;
  const invocation = await readInvocation(id, commandId);
  if (!invocation) {
    if (polls >= MOST_POLLS) throw new VssFailed(`${id} did not answer command ${commandId}: look at its SSM agent. Start again, or ask for consistency "crash"`);
    return { taken: false, snapshots: [], looks, waitSeconds: WAIT_SECONDS };
  }
  if (invocation.Status !== 'Success') {
    throw new VssFailed(`${id} could not take snapshots by VSS: ${reasonOf(invocation)}. ${adviceOn(invocation)} Start again, or ask for consistency "crash"`);
  }
  const found = await findSnapshots({ execution, owner }, attempt);
  const snapshots = ofPlannedVolumes(found, plan);
  const consistent = snapshots.filter(({ snapshotId }) => isAppConsistent(tagMap(found.find(({ SnapshotId }) => SnapshotId === snapshotId)?.Tags)));
  const missing = plan.volumes.filter(({ volumeId }) => !consistent.some(snapshot => snapshot.volumeId === volumeId));
  if (missing.length === 0) return { taken: true, snapshots, looks, waitSeconds: 0 };
  if (looks >= MOST_LOOKS) {
    throw new VssFailed(`command ${commandId} succeeded on ${id}, but no snapshot with the tag AppConsistent is there of `
      + `${missing.map(({ device, volumeId }) => `${device} (${volumeId})`).join(', ')}: look at the command's output. Start again, or ask for consistency "crash"`);
  }
  return { taken: false, snapshots: [], looks: looks + 1, waitSeconds: WAIT_SECONDS };
}

/** Undefined while the command runs, or can not be seen yet. All steps are asked for: what AWS calls those of its document may change. */
async function readInvocation(InstanceId: string, CommandId: string): Promise<CommandInvocation | undefined> {
  const { CommandInvocations } = await ssm.send(new ListCommandInvocationsCommand({ InstanceId, CommandId, Details: true }));
  return CommandInvocations?.find(({ Status = '' }) => OVER.includes(Status));
}

/** The words of the steps that failed; without any, the agent had none. */
function reasonOf({ StatusDetails, CommandPlugins = [] }: CommandInvocation): string {
  const said = CommandPlugins.filter(({ Status }) => Status !== 'Success').map(({ Output = '' }) => Output.trim()).join('\n');
  return `${StatusDetails}${said === '' ? '' : `: ${said.slice(-LONGEST_OUTPUT)}`}`;
}

/** By the words that AWS uses; how its document reports what is missing is unverified against AWS, so the last line names all of it. */
function adviceOn(invocation: CommandInvocation): string {
  const said = reasonOf(invocation);
  if (/UnauthorizedOperation|not authorized|AccessDenied/i.test(said)) return 'Give the role of its instance profile AWSEC2VssSnapshotPolicy.';
  if (/AwsVssComponents|not installed/i.test(said)) return 'Install the package AwsVssComponents on it (AWS-ConfigureAWSPackage).';
  if (/time[ds]? ?out/i.test(said)) return 'VSS gives the snapshots ten seconds: try when less is written.';
  return 'It needs the package AwsVssComponents, a role with AWSEC2VssSnapshotPolicy, a way to EC2\'s endpoint, and little enough load for ten seconds of VSS.';
}
