import { Clock } from '../../../rehearsal/clock';
import {
  Execution, InvalidDefinition, type Integrations, lambdaEnvelope, lambdaFailure, lambdaPayload, loadMachine, type Problem, TaskFailure, TaskTokens,
} from '../../../rehearsal/asl';
import type { Json, JsonObject } from '../../../rehearsal/json';
import { Random } from '../../../rehearsal/random';
import { comparable, compareHistories, Comparison, type ExecutionCase, filled, folder, type FunctionModel, readCases } from './recording';

/** Cases that can not be reproduced, each with the reason. */
const notReproduced: Readonly<Record<string, string>> = {};

/** Refusals whose text is that of AWS's JSON parser, in Java; only their code can be the same. */
const textOfAnotherParser = ['INVALID_JSON_DESCRIPTION'];

const { executions, refused } = readCases();
const rates = new Map<string, { passed: number; all: number }>();

if (executions.length === 0) {
  // loud, never green: a skip is counted in jest's closing line
  describe.skip('AWS executions', () => {
    test(`no recordings in ${folder}: set RECORDINGS_DIR`, () => undefined);
  });
} else {
  describe('AWS executions are reproduced: status, output, error, cause and every event', () => {
    for (const recording of executions) {
      const reason = notReproduced[recording.name];
      const title = `${recording.category}: ${recording.name}`;
      if (reason !== undefined) {
        test.skip(`${title} (${reason})`, () => undefined);
        continue;
      }
      test(title, async () => {
        const rate = rates.get(recording.category) ?? { passed: 0, all: 0 };
        rates.set(recording.category, { ...rate, all: rate.all + 1 });
        const execution = await replay(recording);
        expect(difference(recording, execution)).toBeUndefined();
        rates.set(recording.category, { passed: rate.passed + 1, all: rate.all + 1 });
      });
    }
    afterAll(() => {
      const lines = [...rates].sort().map(([category, { passed, all }]) => `  ${category}: ${passed} of ${all}`);
      process.stdout.write(`AWS executions reproduced, by category:\n${lines.join('\n')}\n`);
    });
  });

  describe('definitions that AWS refused are refused', () => {
    test.each(refused.map(each => [each.name, each] as const))('%s', (_, { definition, error, languageNeutral }) => {
      const problems = problemsOf(definition);
      expect(problems.length).toBeGreaterThan(0);
      for (const { code, message, location } of recordedProblems(error)) {
        const own = expect.objectContaining(textOfAnotherParser.includes(code) ? { code } : { code, message, path: location ?? '' });
        if (languageNeutral || message.includes('QueryLanguage')) expect(problems).toContainEqual(own);
      }
    });
  });
}

async function replay(recording: ExecutionCase): Promise<Execution> {
  const random = new Random(1);
  const clock = new Clock();
  const execution = new Execution({
    machine: loadMachine(recording.definition),
    machineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:machine',
    machineName: 'machine',
    roleArn: 'snf_role_arn',
    name: 'run',
    arn: 'arn:aws:states:us-east-1:111111111111:execution:machine:run',
    input: recording.input,
    clock,
    random,
    integrations: functionsOf(recording, clock, random),
    tokens: new TaskTokens(random),
  });
  execution.start();
  await clock.run(execution.done);
  expect(execution.fault).toBeUndefined();
  return execution;
}

/** The case's Lambda functions, by their models. The stack trace of one that raises is not in its model, but in the recording. */
function functionsOf({ functions = {}, events }: ExecutionCase, clock: Clock, random: Random): Integrations {
  const stackTrace = (/"stackTrace":(\[.*?\])/.exec(JSON.stringify(events)) ?? [])[1];
  const call = (name: string, payload: Json): Json => {
    const found: FunctionModel | undefined = functions[name.split(':function:').at(-1)!]?.model;
    if (!found) throw new TaskFailure('Lambda.ResourceNotFoundException', `Function not found: ${name}`);
    if (found.raises) {
      const { errorMessage, errorType } = found.raises;
      throw lambdaFailure({ errorMessage, errorType, requestId: random.uuid(), stackTrace: stackTrace === undefined ? [] : JSON.parse(stackTrace) as Json });
    }
    return found.returns === 'event' ? payload : found.returns!.constant;
  };
  return {
    invoke: ({ resource, arguments: args }) => Promise.resolve().then(() => {
      if (resource !== 'arn:aws:states:::lambda:invoke') return call(resource, args);
      return lambdaEnvelope(call((args as JsonObject).FunctionName as string, lambdaPayload(args)), { clock, random });
    }),
  };
}

function difference(recording: ExecutionCase, execution: Execution): string | undefined {
  const comparison = new Comparison(recording.maskedByRecorder);
  const { status, output, error, cause } = execution;
  const outcome = (of: object) => comparable(JSON.parse(JSON.stringify(of)));
  const recorded = { status: recording.status, output: recording.output, error: recording.error, cause: recording.cause };
  return compareHistories(
    recording.events.map(event => comparable(filled(event, recording.placeholders))),
    execution.events.map(event => comparable(JSON.parse(JSON.stringify(event)))),
    comparison,
  ) ?? comparison.difference(outcome(filled(recorded, recording.placeholders)), outcome({ status, output, error, cause }), 'outcome');
}

function problemsOf(definition: Json): readonly Problem[] {
  try {
    loadMachine(definition);
    return [];
  } catch (error) {
    if (error instanceof InvalidDefinition) return error.problems;
    throw error;
  }
}

/** The diagnostics of a refusal, or those inside the text of an exception. */
function recordedProblems(error: JsonObject): { code: string; message: string; location?: string }[] {
  if (Array.isArray(error.diagnostics)) return error.diagnostics as unknown as { code: string; message: string; location?: string }[];
  const text = String(error.exception_value ?? error.message);
  const [, code, message, location] = /Invalid State Machine Definition: '([A-Z_]+): (.*) at (\S+)'/.exec(text) ?? [];
  if (code === undefined) throw new Error(`a refusal of an unknown form: ${text}`);
  return [{ code, message: message!, location: location! }];
}
