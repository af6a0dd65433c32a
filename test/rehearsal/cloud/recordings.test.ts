/**
 * Every recorded answer of real accounts passes through the codec unchanged: written by the server, read by the pinned
 * client. Recordings live outside the repository; without them the tests are skipped, visibly.
 */
import { writeError } from '../../../rehearsal/cloud/codecs';
import { AwsError } from '../../../rehearsal/cloud/service';
import { errorSchema, operationSchemas } from '../../../rehearsal/cloud/schemas';
import { connect, type Connection, Echo } from './clients';
import { haveRecordings, readRecordings, type Recorded, recordingsDir, typed } from './recorded';

/** Members that recordings have and the pinned SDK does not know: no codec made of its schemas can pass them. None yet. */
const unknownToSdk: readonly string[] = [];

const { ours, others } = haveRecordings ? readRecordings() : { ours: [], others: [] };
const isError = ({ data }: Recorded) => 'Error' in data;
const answers = ours.filter(each => !isError(each));
const errors = ours.filter(isError);
const inputs: Readonly<Record<string, object>> = { CopySnapshot: { SourceRegion: 'us-east-1', SourceSnapshotId: 'snap-1' } };

(haveRecordings ? describe : describe.skip)(`recordings in ${recordingsDir}`, () => {
  const account = new Echo();
  let connection: Connection;
  const unknown = new Set<string>();

  beforeAll(async () => { connection = await connect({}, account); });
  afterAll(() => connection.close());

  test('there are recordings', () => {
    expect(answers.length).toBeGreaterThan(100);
    expect(errors.length).toBeGreaterThan(0);
  });

  for (const file of others) test.skip(`${file} (the account has no such service or operation)`, () => undefined);

  test.each(answers.map(each => [each.file, each] as const))('%s', async (_, { wire, operation, data }) => {
    const body = typed(operationSchemas(wire, operation)!.output, data);
    for (const member of body.unknown) unknown.add(`${wire.id} ${operation} ${member}`);
    account.reply = () => body.value as object;
    expect(await connection.send(wire.id, operation, inputs[operation])).toEqual(body.value);
    // an answer of which nothing was understood would pass for nothing
    expect(body.leaves > 0 || JSON.stringify(data).length < 100).toBe(true);
  });

  test.each(errors.map(each => [each.file, each] as const))('%s (an error)', async (_, { wire, operation, status, data }) => {
    const { Code, Message = '' } = data.Error as { Code: string; Message?: string };
    account.reply = () => { throw new AwsError(Code, Message, status); };
    const error = await connection.send(wire.id, operation, inputs[operation]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    // clients name modelled errors by their classes, which in the query protocol are longer than the codes
    expect(error).toMatchObject({ name: errorSchema(wire, Code)?.getName() ?? Code, message: Message, $metadata: { httpStatusCode: status } });
    // what stands beside the error are members of the body, such as the Message of a modelled error; the client folds them in
    const members = Object.entries(data).filter(([name]) => name !== 'Error');
    const body = writeError(wire, new AwsError(Code, Message, status), 'id').body;
    if (wire.protocol === 'json') expect(JSON.parse(String(body))).toMatchObject(Object.fromEntries(members));
  });

  test('what the pinned SDK does not know is listed by name', () => {
    const unlisted = [...unknown].filter(each => !unknownToSdk.includes(each));
    if (unlisted.length > 0) console.warn(`members of recordings that the pinned SDK does not know:\n${unlisted.join('\n')}`);
    // more than a handful would mean that operations are read by the wrong schema
    expect(unlisted.length).toBeLessThan(10);
  });
});
