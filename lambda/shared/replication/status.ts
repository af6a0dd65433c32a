import type { Answer } from './answer';
import { quotable } from './answer';
import type { Observed } from './pace';

export interface Status extends Observed {
  readonly phase: string;
  readonly serving: boolean;
  /** I/O waits for the peer. */
  readonly suspended: boolean;
  readonly peerConnected: boolean;
  readonly bytes: number;
  readonly secondsLeft: number | null;
  readonly volumes: readonly { readonly mountPoint: string; readonly bytesLeft: number; readonly state: VolumeState }[];
  readonly errors: readonly string[];
}

const STATES = ['waiting', 'synchronising', 'synchronised', 'disconnected', 'suspended', 'stopped', 'verifying'] as const;
export type VolumeState = typeof STATES[number];

/** A state's data has no room for a host that complains without end. */
const MOST_ERRORS = 5;

export function readStatus(answer: Answer): Status {
  return {
    phase: answer.text('phase', /^[a-z-]{1,32}$/),
    serving: answer.flag('serving'),
    suspended: answer.flag('suspended'),
    peerConnected: answer.flag('peerConnected'),
    bytes: answer.number('bytes'),
    bytesLeft: answer.number('bytesLeft'),
    bytesPerSecond: answer.number('bytesPerSecond'),
    secondsLeft: answer.optionalNumber('secondsLeft'),
    volumes: answer.parts('volumes').map(volume => ({
      mountPoint: volume.text('mountPoint'), bytesLeft: volume.number('bytesLeft'), state: volume.oneOf('state', ...STATES),
    })),
    application: readApplication(answer),
    errors: answer.texts('errors', /^[^]*$/).slice(0, MOST_ERRORS).map(error => quotable(error)),
  };
}

export function readApplication(answer: Answer): Observed['application'] {
  const application = answer.part('application');
  return {
    readBytesPerSecond: application.number('readBytesPerSecond'), writeBytesPerSecond: application.number('writeBytesPerSecond'),
    awaitMillis: application.number('awaitMillis'),
  };
}

/** Every block is on both sides, and every new one goes to both. */
export function isSynchronised({ volumes, bytesLeft, peerConnected, suspended }: Status): boolean {
  return volumes.length > 0 && bytesLeft === 0 && peerConnected && !suspended
    && volumes.every(volume => volume.bytesLeft === 0 && (volume.state === 'synchronised' || volume.state === 'verifying'));
}
