import { TrafficNotMovable } from '../errors';
import type { Check } from '../plan/plan';
import type { TrafficRequest } from '../sync/request';
import { readAddresses } from './addresses';
import { groupProblem, readGroup, registrationsOf } from './groups';
import { canonical, type Endpoint } from './places';
import { namesInstance, readRecordSets, valuesOf } from './records';

/** Whether all that shall follow the workload leads to its source today; all problems in one message, before anything is switched. */
export async function trafficChecks(traffic: TrafficRequest, source: Endpoint): Promise<Check[]> {
  const findings = [...await groupFindings(traffic, source), ...await recordFindings(traffic, source), ...await addressFindings(traffic, source)];
  const problems = findings.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) throw new TrafficNotMovable(`${problems.join('; ')}. Correct traffic: only what leads to ${source.instanceId} can be led elsewhere`);
  return findings.map(({ what, lasts }) => ({ check: `traffic: ${what}`, result: 'passed', detail: `leads to ${source.instanceId}${lasts ?? ''}` }));
}

interface Finding {
  readonly what: string;
  readonly problem: string | undefined;
  /** For how long clients go on being led to the source. */
  readonly lasts?: string;
}

async function groupFindings({ targetGroupArns }: TrafficRequest, source: Endpoint): Promise<Finding[]> {
  return Promise.all(targetGroupArns.map(async (what): Promise<Finding> => {
    const group = await readGroup(what);
    const wrong = groupProblem(group, what);
    const isAbsent = wrong === undefined && group !== undefined && registrationsOf(group, source).length === 0;
    return { what, problem: isAbsent ? `${source.instanceId} is not registered in ${what}` : wrong };
  }));
}

async function recordFindings({ records }: TrafficRequest, source: Endpoint): Promise<Finding[]> {
  return Promise.all(records.map(async (record): Promise<Finding> => {
    const what = `${record.type} ${record.name} of ${record.hostedZoneId}`;
    const sets = await readRecordSets(record);
    if (sets.length === 0) return { what, problem: `there is no record ${what}` };
    const naming = sets.filter(set => namesInstance(set, valuesOf(source)));
    if (naming.length > 0) return { what, problem: undefined, lasts: afterTheSwitch(Math.max(...naming.map(({ TTL = 0 }) => TTL))) };
    const isAlias = sets.some(({ AliasTarget }) => AliasTarget);
    return { what, problem: isAlias ? `${what} is an alias, which follows by itself what it stands for` : `${what} does not name ${source.instanceId}` };
  }));
}

/** Who resolved the name just before the switch keeps the answer: for clients the pause is longer by that. */
const afterTheSwitch = (ttl: number): string => `; who looked it up just before the switch goes on asking that one for up to ${ttl} s (its TTL): lower it beforehand`
  + ' where that is too long';

async function addressFindings({ elasticIps }: TrafficRequest, { instanceId, places }: Endpoint): Promise<Finding[]> {
  const addresses = await readAddresses(elasticIps);
  return elasticIps.map((what): Finding => {
    const address = addresses.find(({ AllocationId }) => AllocationId === what);
    if (!address) return { what, problem: `${what} is no Elastic IP address of this account and Region` };
    const isHere = places.some(({ publicIp }) => publicIp !== null && canonical(publicIp) === address.PublicIp);
    return { what, problem: isHere ? undefined : `${what} (${address.PublicIp}) is not associated with ${instanceId}` };
  });
}
