import { paginateListCommandInvocations, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Plan } from '../shared/plan/plan';
import type { Step } from '../shared/step';
import { mobilityTags, SET } from '../shared/tags';
import { vssComment, vssTags } from '../shared/vss';

export interface Input extends Step {
  readonly plan: Plan;
  /** AWS's own. */
  readonly documentName: string;
  readonly attempt: number;
  /** ISO 8601: no command of this execution is older. */
  readonly began: string;
}
export interface Output { readonly commandId: string }

/** The client repeats nothing by itself: a repeated SendCommand would be a second command, and Step Functions repeats the whole step. */
const ssm = new SSMClient({ maxAttempts: 1 });

/** How long Systems Manager may take to hand the command to the agent. */
const DELIVERY_SECONDS = 60;
/** How long the document may take there: its freeze lasts ten seconds at most, what goes before and after longer. */
const EXECUTION_SECONDS = 600;
/** Clocks may differ. */
const SLACK_MS = 60_000;

/** Tells Windows to freeze by VSS and to snapshot all its volumes itself. SendCommand has no idempotency token: an earlier command is found by its comment. */
export async function handler({ plan, documentName, attempt, began, execution, owner }: Input): Promise<Output> {
  const comment = vssComment(execution, attempt);
  const earlier = await findCommand(plan.sourceInstanceId, comment, began);
  if (earlier !== undefined) return { commandId: earlier };
  const tags = { ...plan.tags, ...mobilityTags({ execution, owner }, plan.sourceInstanceId), [SET]: `${attempt}` };
  const { Command } = await ssm.send(new SendCommandCommand({
    DocumentName: documentName,
    InstanceIds: [plan.sourceInstanceId],
    Comment: comment,
    Parameters: {
      ExcludeBootVolume: ['False'],
      CreateAmi: ['False'],
      NoWriters: ['False'],
      // a full backup would break the chain of differential backups that SQL Server makes itself
      CopyOnly: ['True'],
      description: [`clone of ${plan.sourceInstanceId}`],
      tags: [vssTags(tags)],
      executionTimeout: [`${EXECUTION_SECONDS}`],
    },
    TimeoutSeconds: DELIVERY_SECONDS,
  }));
  return { commandId: Command?.CommandId ?? '' };
}

async function findCommand(InstanceId: string, comment: string, began: string): Promise<string | undefined> {
  const value = `${new Date(Date.parse(began) - SLACK_MS).toISOString().slice(0, 19)}Z`;
  for await (const { CommandInvocations } of paginateListCommandInvocations({ client: ssm, pageSize: 50 }, { InstanceId, Filters: [{ key: 'InvokedAfter', value }] })) {
    const found = CommandInvocations?.find(({ Comment }) => Comment === comment);
    if (found) return found.CommandId;
  }
  return undefined;
}
