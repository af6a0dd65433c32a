import { isDeepStrictEqual } from 'util';
import type { Execution } from '../asl';
import type { Account, CallRecord } from '../cloud/account';
import { storyOf } from '../report/calls';
import { count } from '../report/format';
import type { Expectation } from '../report/story';

export function expect(what: string, holds: boolean, detail?: string): Expectation {
  return { what, holds, detail };
}

export function succeeds({ status, error }: Execution): Expectation {
  return expect('the execution succeeds', status === 'SUCCEEDED', status === 'SUCCEEDED' ? undefined : `${status} ${error ?? ''}`);
}

export function failsWith({ status, error }: Execution, expected: string): Expectation {
  return expect(`the execution fails with ${expected}`, status === 'FAILED' && error === expected, error === expected ? undefined : `${status} ${error ?? ''}`);
}

/** Nothing carries the tag of an execution any more. */
export function nothingLeft(account: Account, { arn }: Execution): Expectation {
  const left = account.ec2.ownedBy(arn);
  return expect('nothing of the execution is left over', left.length === 0, left.join(' '));
}

/** No instance has come to stay. */
export function noNewInstance(account: Account, known: readonly string[]): Expectation {
  const more = [...account.ec2.instances.values()].filter(each => !known.includes(each.InstanceId) && each.State.Name !== 'terminated');
  return expect('no instance has come to stay', more.length === 0, more.map(each => each.InstanceId).join(' '));
}

/** Calls that only read a source, though they do not begin like it. */
const harmless = new Set(['CopyVolumes', 'CreateSnapshots', 'CreateSnapshot', 'CreateImage', 'SendCommand']);

/** Watches instances that must notice nothing: what they are, and every call that names them or what is theirs. */
export class Untouched {
  private readonly before: ReadonlyMap<string, unknown>;
  private readonly callsBefore: number;

  constructor(private readonly account: Account, readonly ids: readonly string[]) {
    this.before = this.records();
    this.callsBefore = account.calls.length;
  }

  expectation(what = 'the source noticed nothing: no call touched it, and it is what it was'): Expectation {
    const after = this.records();
    const touching = this.account.calls.slice(this.callsBefore).filter(call => this.touches(call));
    const changed = [...this.before].filter(([id, record]) => !isDeepStrictEqual(record, after.get(id))).map(([id]) => id);
    const found = [...touching.map(call => `${call.operation} on it`), ...changed.map(id => `${id} has changed`)];
    return expect(what, found.length === 0, found.join(', ') || `${count(this.ids.length, 'resource')} watched`);
  }

  private touches(call: CallRecord): boolean {
    if (call.error || call.service !== 'EC2' || !storyOf(call).changes) return false;
    // without NoReboot, CreateImage shuts the source down
    if (harmless.has(call.operation) && !(call.operation === 'CreateImage' && !('NoReboot' in call.input && call.input.NoReboot))) return false;
    const input = JSON.stringify(call.input);
    return this.ids.some(id => input.includes(`"${id}"`)) && !onlyTagged(call, this.ids);
  }

  private records(): Map<string, unknown> {
    const { instances, volumes, networkInterfaces } = this.account.ec2;
    return new Map(this.ids.map(id => [id, structuredClone(instances.get(id) ?? volumes.get(id) ?? networkInterfaces.get(id))]));
  }
}

/** The source's id stands in the tags of what is made from it; that does not touch it. */
function onlyTagged({ input }: CallRecord, ids: readonly string[]): boolean {
  const { TagSpecifications, Tags, ...rest } = input as { TagSpecifications?: unknown; Tags?: unknown };
  void TagSpecifications;
  void Tags;
  const text = JSON.stringify(rest);
  return !ids.some(id => text.includes(`"${id}"`));
}
