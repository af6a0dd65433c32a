import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handler } from '../../lambda/migration/is-replicated';
import type { MigrationPlan } from '../../lambda/shared/migration/plan';
import { fakeAws } from './support/fake-aws';
import { SOURCE_ID, STEP } from './support/fixtures';

const ARN = 'arn:aws:states:eu-west-1:111122223333:execution:Sync:move-1';
const look = (status: string, cause: unknown = null) => {
  fakeAws({ DescribeExecution: () => ({ status, error: 'EngineFailed', cause: typeof cause === 'string' ? cause : JSON.stringify(cause) }) });
  return handler({ ...STEP, plan: { sourceInstanceId: SOURCE_ID } as MigrationPlan, replicating: ARN, table: 'ledger', reservation: null, locations: [], pace: null, since: new Date().toISOString() });
};
const NOT_BACK = 'it hung. Going back to the source failed too (TookTooLong): look at both';

test.each([['preparing', 'no'], ['switching', 'no']])('failed while %s: the source serves as ever, and the error has its own name', async (phase, message) => {
  expect(await look('FAILED', { phase, message })).toMatchObject({
    replicated: false, ended: { error: 'EngineFailed', message: expect.stringContaining(`${ARN} failed: EngineFailed: no`) },
  });
});

test.each<[string, string, unknown]>([
  ['failed after the switch', 'FAILED', { phase: 'serving', message: 'no' }],
  ['failed on the way back', 'FAILED', { phase: 'switching', message: NOT_BACK }],
  ['failed without a phase', 'FAILED', { errorMessage: 'out of memory' }],
  ['failed without JSON', 'FAILED', 'An error occurred while executing the state'],
  ['was aborted', 'ABORTED', null],
  ['timed out', 'TIMED_OUT', null],
])('%s: nothing is said of who serves', async (_, status, cause) => {
  expect(await look(status, cause)).toMatchObject({ replicated: false, ended: { error: 'ReplicationUnfinished', message: expect.stringContaining('Look which instance serves') } });
});

test('the machine that replicates says so in these words', () => {
  expect(readFileSync(join(__dirname, '../../lib/sync/workflow.ts'), 'utf8')).toContain('Going back to the source failed too');
});
