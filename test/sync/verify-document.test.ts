import type { Execution } from '../../rehearsal/asl';
import { judges, judgingDocuments } from '../support/judges';
import { expectSuccess } from '../support/rehearse';
import { everything, rehearseSync, synthesizedSync } from '../support/sync';

jest.setTimeout(120_000);

const judged = synthesizedSync(stack => ({ ...everything(stack), verifyDocuments: judgingDocuments(stack) }));
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- outputs are JSON that tests look into */
type Any = any;
const causeOf = ({ cause }: Execution): Any => JSON.parse(cause!);

describe('a document of the user\'s own', () => {
  test('judges the target in the switch, before clients are led to it', () => rehearseSync(judged, async bench => {
    let led: readonly string[] = [];
    bench.once('Verify by document', () => { led = bench.server.healthy(); });
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, verifyDocument: judges.accepts });
    expectSuccess(run);
    expect(run.trace.filter(state => ['Switch target', 'Verify by document', 'Mark serving', 'Move traffic'].includes(state))).toEqual(['Switch target', 'Verify by document', 'Mark serving', 'Move traffic']);
    expect(led).toEqual([bench.sourceInstanceId]);
    expect((run.output as Any).verified).toMatchObject({ verified: true, document: judges.accepts });
    await bench.expectServed('target');
  }));

  test('tells so in the plan', () => rehearseSync(judged, async bench => {
    const run = await bench.run({ planOnly: true, verifyDocument: judges.accepts });
    expectSuccess(run);
    expect((run.output as Any).plan.story).toContainEqual(expect.stringContaining(`the document ${judges.accepts} judges the target`));
  }));

  test('that does not accept the target has the source serve again, with what was written meanwhile', () => rehearseSync(judged, async bench => {
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, verifyDocument: judges.refuses });
    expect(run).toMatchObject({ status: 'FAILED', error: 'TargetNotAccepted' });
    expect(causeOf(run)).toMatchObject({ phase: 'switching', message: expect.stringContaining('orders are not served: no table') });
    await bench.expectNothingHappened(run);
  }));

  test.each([['Verify by document', 'SendCommand'], ['Is verified by document', 'ListCommandInvocations']])('whose "%s" fails has the source serve again', (step, operation) => rehearseSync(judged, async bench => {
    bench.account.fail(operation, 'OrderedFailure', { times: Infinity, ...bench.by(step) });
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, verifyDocument: judges.accepts });
    expect(run).toMatchObject({ status: 'FAILED', error: 'OrderedFailure' });
    await bench.expectNothingHappened(run);
  }));

  test('that does not end is not waited for beyond fifteen minutes', () => rehearseSync(judged, async bench => {
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, verifyDocument: judges.dawdles });
    expect(run).toMatchObject({ status: 'FAILED', error: 'TookTooLong' });
    await bench.expectNothingHappened(run);
  }));

  test.each(['Verify by document', 'Is verified by document', 'Verify by document: wait'])('an execution that is stopped in "%s" leaves one serving, with all that was acknowledged', state => rehearseSync(judged, async bench => {
    const met = bench.once(state, execution => execution.stop('Test', 'stopped by the test'));
    const run = await bench.run({ target: { instanceId: bench.addTarget() }, verifyDocument: judges.dawdles });
    expect([run.status, met()]).toEqual(['ABORTED', true]);
    const [by] = bench.serving();
    await bench.expectServed(by!);
    bench.expectLeasesFree();
  }));
});
