import { expect, noNewInstance, nothingLeft, succeeds, Untouched } from './expectations';
import type { Scenario } from './scenario';
import { moving, syncing, syncServer, traffic } from './sync-server';

export const syncPlanOnly: Scenario = {
  name: 'sync-plan-only',
  description: 'What moving the database would take is planned and checked; nothing is made, and nothing is changed on its host.',
  app: syncing,
  onMachines: true,
  async play(stage) {
    const { account } = stage;
    const server = await syncServer(stage);
    const untouched = new Untouched(account, server.ids);
    const before = account.calls.length;
    const run = await stage.run({ sourceInstanceId: server.instanceId, ...moving, traffic: traffic(server), planOnly: true });
    const { plan } = (run.output ?? {}) as { plan?: { checks?: unknown[] } };
    const calls = account.calls.slice(before);
    const made = calls.filter(call => !call.error && /^(Create|Register|Run|Copy|Associate|Change)/.test(call.operation) && call.service !== 'DYNAMODB');
    const documents = calls.filter(call => call.operation === 'SendCommand').map(call => String((call.input as { DocumentName?: string }).DocumentName));
    return {
      run, concerned: server.ids,
      expectations: [
        succeeds(run),
        expect('the plan tells what would happen, and what was checked', Boolean(plan?.checks?.length), plan && `${plan.checks?.length} checks`),
        expect('nothing was made', made.length === 0, made.map(call => call.operation).join(' ')),
        expect('the host was looked at, and nothing else', documents.length > 0 && documents.every(name => name.includes('InspectDocument')), documents.join(' ')),
        noNewInstance(account, [server.instanceId]), untouched.expectation(), nothingLeft(account, run),
      ],
    };
  },
};
