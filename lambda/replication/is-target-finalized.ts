import { look, type Look, type LookInput, quickly } from '../shared/replication/command';

export type Input = LookInput;
interface Finalized {
  readonly volumes: readonly { readonly mountPoint: string; readonly device: string }[] | null;
  /** How long the filesystems did not answer meanwhile. */
  readonly silentMillis: number | null;
}
export interface Output extends Look, Finalized {}

/** Looks whether the instance stands on its plain devices. */
export async function handler(input: Input): Promise<Output> {
  return look<Finalized>(input, quickly, { volumes: null, silentMillis: null }, answer => {
    answer.oneOf('phase', 'finalized');
    return {
      volumes: answer.welcome(one => one.parts('volumes').map(volume => ({ mountPoint: volume.text('mountPoint', /^\//), device: volume.text('device', /^\/dev\//) }))),
      silentMillis: answer.welcome(one => one.number('silentMillis')),
    };
  });
}
