import type { CommandDocument } from '../cloud/ssm/document';
import type { Guest } from './guest';
import type { Reply } from './sandbox';

export interface AgentResult extends Reply {
  readonly outcome: 'Success' | 'Failed' | 'TimedOut';
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The first agent that knows `interpolationType` (Systems Manager User Guide, "Troubleshooting parameter handling issues"). */
const interpolatingAgent = '3.3.2746.0';
/** By which a script on Linux asks to be run again after a reboot. */
const rebootCode = 194;

/**
 * What the SSM agent does with a command: runs the document's script, within the document's time.
 *
 * Values go into the environment where the document says so and the agent is new enough, and into the text wherever it
 * says `{{ name }}` (agent/framework/docparser/parameters of amazon-ssm-agent, 3.3.0). Whether new agents leave the text of
 * an ENV_VAR parameter alone is unverified against AWS; this one does not, which is the worse case for a script.
 */
export async function runDocument(
  guest: Guest, { parameters, step, play }: CommandDocument, values: Readonly<Record<string, string>>, commandId: string,
  killable: (kill: () => void) => void,
): Promise<AgentResult> {
  const { clock } = guest.account;
  const startedAt = clock.now();
  if (step.platform !== undefined && step.platform !== guest.platform) {
    return { outcome: 'Success', exitCode: 0, stdout: '', stderr: '', startedAt, endedAt: startedAt };
  }
  if (play) return playDocument(guest, play, values, startedAt);
  const script = step.script.replace(/\{\{\s*(\w+)\s*\}\}/g, (text, name: string) => values[name] ?? text);
  let result: AgentResult | undefined;
  // "The exit code instructs SSM Agent to reboot the managed node, and then restart the script" (User Guide, "Handling reboots …")
  do {
    if (result) await guest.reboot();
    const run = await once(guest, script, environmentOf(guest, parameters, values, commandId), step.timeoutSeconds, killable);
    result = { ...run, startedAt, endedAt: clock.now() };
  } while (result.exitCode === rebootCode && guest.running);
  return result;
}

/** What an AWS document does; past its time nobody waits for it. */
async function playDocument(
  guest: Guest, play: NonNullable<CommandDocument['play']>, values: Readonly<Record<string, string>>, startedAt: number,
): Promise<AgentResult> {
  const { clock } = guest.account;
  const late: Reply & { readonly late: true } = { exitCode: 1, stdout: '', stderr: '', late: true };
  const reply = await Promise.race([play(guest, values), clock.sleep(Number(values.executionTimeout) * 1000).then(() => late)]);
  const outcome = 'late' in reply ? 'TimedOut' : reply.exitCode === 0 ? 'Success' : 'Failed';
  return { ...reply, outcome, startedAt, endedAt: clock.now() };
}

/** One run of the script; each has the document's time anew (unverified against AWS). */
async function once(
  guest: Guest, script: string, environment: Record<string, string>, timeoutSeconds: number, killable: (kill: () => void) => void,
): Promise<Omit<AgentResult, 'startedAt' | 'endedAt'>> {
  let late = false;
  let kill = () => { /* not started yet */ };
  const limit = guest.account.clock.after(timeoutSeconds * 1000, () => {
    late = true;
    kill();
  });
  const reply = await guest.run({
    script, environment,
    killable: each => {
      kill = each;
      killable(each);
    },
  });
  limit.cancel();
  return { ...reply, outcome: late ? 'TimedOut' : reply.exitCode === 0 ? 'Success' : 'Failed' };
}

function environmentOf(
  guest: Guest, parameters: CommandDocument['parameters'], values: Readonly<Record<string, string>>, commandId: string,
): Record<string, string> {
  const environment: Record<string, string> = {
    AWS_SSM_INSTANCE_ID: guest.registeredAs, AWS_SSM_REGION_NAME: guest.account.region, AWS_SSM_PLATFORM_NAME: 'Amazon Linux', SSM_COMMAND_ID: commandId,
  };
  for (const [name, value] of Object.entries(values)) {
    if (parameters[name]?.interpolationType === 'ENV_VAR' && atLeast(guest.agentVersion, interpolatingAgent)) environment[`SSM_${name}`] = value;
  }
  return environment;
}

export function atLeast(version: string, least: string): boolean {
  const [a, b] = [version, least].map(each => each.split('.').map(Number));
  for (let index = 0; index < 4; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
