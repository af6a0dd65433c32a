import { Ec2Arns } from './ec2-arns';
import { madeBy, takenBy, unfinished } from './ownership';
import { Schedules } from './schedules';
import { onSource, SourcePlace } from './source-place';
import { Allow, describeEc2 } from './statement';

export interface Litter {
  /** Of clones that expire. */
  readonly schedules?: Schedules;
  /** Where the source is, if not where the stack is: snapshots are there, too. */
  readonly source?: SourcePlace;
  /**
   * Whether there can be security groups.
   * @default true
   */
  readonly groups?: boolean;
  /**
   * Whether there can be images, and instances that are protected from termination already.
   * @default true
   */
  readonly launched?: boolean;
}

/** What it takes to find all that an execution made, by its tags, and to remove it: never a finished clone. */
export function removeLitter(arns: Ec2Arns, owner: string, { schedules, source = {}, groups = true, launched = true }: Litter = {}): Allow[] {
  const made = unfinished(madeBy(owner));
  const taken = unfinished(takenBy(owner));
  const because = 'removes what this construct made and has not finished; a finished clone carries created-by, what serves carries its phase: both are out of reach';
  return [
    describeEc2('Instances', 'Images', 'Snapshots', 'Volumes', 'NetworkInterfaces', 'SecurityGroups'),
    { actions: [...launched ? ['ec2:ModifyInstanceAttribute'] : [], 'ec2:TerminateInstances'], on: [arns.instances], where: made, because },
    ...(launched ? [{ actions: ['ec2:DeregisterImage'], on: [arns.images], where: taken, because }] : []),
    { actions: ['ec2:DeleteSnapshot'], on: [arns.snapshots, ...(source.role ? [] : arns.snapshotsIn(source.region))], where: taken, because },
    ...(source.role ? onSource(source, []) : []),
    { actions: ['ec2:DeleteVolume'], on: [arns.volumes], where: made, because },
    { actions: ['ec2:DeleteNetworkInterface'], on: [arns.networkInterfaces], where: made, because },
    ...(schedules ? [
      schedules.list('finds the schedules of clones that were not finished, by their names'),
      ...schedules.manage('and deletes them', 'DeleteSchedule'),
    ] : []),
    ...(groups ? [{ actions: ['ec2:DeleteSecurityGroup'], on: [arns.securityGroups], where: made, because }] : []),
  ];
}
