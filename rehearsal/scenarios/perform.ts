import { performance } from 'perf_hooks';
import { Clock } from '../clock';
import { Account } from '../cloud/account';
import type { Traces } from '../cloud/load/traces';
import type { Follower } from '../report/recorder';
import type { Expectation, Story } from '../report/story';
import { Rehearsal } from '../rehearsal';
import { Hosts, type HostsOptions } from './hosts';
import type { Scenario } from './scenario';
import { Stage } from './stage';

export interface Performance {
  /** The cloud assembly that is deployed. */
  readonly dir: string;
  readonly seed: number;
  readonly region?: string;
  /** When virtual time begins. */
  readonly from?: Date;
  /** Told of everything while it happens. */
  readonly follower?: Follower;
  /** What plays the inside of hosts that replicate; recorded ones unless told otherwise. */
  readonly hosts?: HostsOptions;
  /** What instances and links are busy with; made up where there is none. */
  readonly traces?: Traces;
}

/** Plays a scenario in a fresh account with the app deployed, and tells its story. */
export async function perform(scenario: Scenario, { dir, seed, region, from: start, follower, hosts: wanted, traces }: Performance): Promise<Story> {
  const began = performance.now();
  const hosts = new Hosts({ ...wanted, ...scenario.engine && { engine: scenario.engine } });
  const rehearsal = await Rehearsal.start({ dir, account: new Account({ clock: new Clock(start), seed, region }) });
  try {
    const { account } = rehearsal;
    const stage = new Stage(rehearsal, follower, scenario.app?.machine, hosts, { seed, traces });
    const { run, expectations, clones = [], pages = [], concerned } = await scenario.play(stage);
    const { recorder } = stage;
    recorder.catchUp();
    const all = recorder.executionStories();
    const denied = deniedIn(account);
    return {
      scenario: scenario.name,
      description: scenario.description,
      seed,
      region: account.region,
      // what came before the first execution, and the quiet after the last, are no part of the story
      from: Math.min(account.clock.now(), ...all.map(each => each.from)),
      to: Math.max(...all.map(each => each.to ?? account.clock.now())),
      realSeconds: (performance.now() - began) / 1000,
      executions: [...all.filter(each => each.arn === run.arn), ...all.filter(each => each.arn !== run.arn)],
      calls: recorder.calls,
      lanes: recorder.lanesOf(new Set(concerned)),
      clones,
      pages,
      moments: recorder.moments,
      expectations: [...expectations, ...faults(rehearsal), { what: 'no permission was missing', holds: denied.length === 0, detail: denied.join(', ') }],
      permissions: { unused: rehearsal.usage.unused().map(({ role, action }) => `${role}: ${action}`), denied },
    };
  } finally {
    await hosts.close();
    await rehearsal.close();
  }
}

/** Executions that ended because the rehearsal can not do what they ask for. */
function faults({ executions }: Rehearsal): Expectation[] {
  return executions.filter(each => each.fault !== undefined).map(({ fault }) => ({
    what: 'the rehearsal knows all that the machines use', holds: false, detail: fault instanceof Error ? fault.message : String(fault),
  }));
}

/** Calls that were refused for want of a permission, each once. */
function deniedIn({ calls }: Account): string[] {
  const codes = ['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException', 'AuthorizationError'];
  return [...new Set(calls.filter(call => codes.includes(call.error?.code ?? ''))
    .map(call => `${call.service} ${call.operation} by ${call.principal.callerArn.split('/').slice(1).join('/')}`))];
}
