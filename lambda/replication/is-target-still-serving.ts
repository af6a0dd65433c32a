import { HostUnreachable, ReplicationInWrongState } from '../shared/errors';
import { type Look, type LookInput, patiently } from '../shared/replication/command';
import { answerOrTrouble, type PatientCommand } from '../shared/replication/trouble';

export interface Input extends LookInput {
  readonly command: PatientCommand;
}
export type Output = Look;

/** A status takes seconds, its delivery a minute. */
const ENDS_WITHIN = 240;
/** The target has taken over, and later stands alone. */
const SERVES = ['switched', 'finalizing', 'finalized'];
const RUNS = ['active', 'activating', 'reloading'];

/** Looks whether a target that was told to hand over serves all the same: else nobody is led there. */
export async function handler({ command, since }: Input): Promise<Output> {
  const { told, trouble } = await answerOrTrouble(command, ENDS_WITHIN, answer => ({
    phase: answer.text('phase', /^[a-z-]{1,32}$/),
    serving: answer.flag('serving'),
    services: answer.parts('services').map(service => ({ name: service.text('name'), state: service.text('activeState') })),
  }));
  if (trouble) {
    throw new HostUnreachable(`a fall back was begun, and whether the target still serves is not known: ${trouble.reason}. Start again when it answers, or fall back again`);
  }
  if (!told) return { done: false, waitSeconds: patiently(since) };
  const { phase, serving, services } = told;
  const failed = services.filter(({ state }) => state === 'failed').map(({ name }) => name);
  const idle = services.length > 0 && !services.some(({ state }) => RUNS.includes(state));
  const why = [
    ...SERVES.includes(phase) ? [] : [`its phase is "${phase}"`],
    ...serving ? [] : ['not all is mounted there'],
    ...failed.length > 0 ? [`${failed.join(', ')} failed`] : idle ? ['none of its services runs'] : [],
  ];
  if (why.length > 0) throw new ReplicationInWrongState(`a fall back was begun, and ${command.instanceId} serves no more (${why.join('; ')}): fall back again`);
  return { done: true, waitSeconds: 0 };
}
