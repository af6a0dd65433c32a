import { packed, unpacked } from '../instance-metrics/history';
import type { Profile } from './mover';

/** As it is kept between the plan and the decisions. */
export interface StoredProfile {
  readonly id: string;
  readonly writes: string | null;
  readonly cpu: string | null;
  readonly days: number;
}

export const storedProfile = ({ id, writes, cpu, days }: Profile): StoredProfile =>
  ({ id, writes: writes ? packed(writes) : null, cpu: cpu ? packed(cpu) : null, days });

export const restoredProfile = ({ id, writes, cpu, days }: StoredProfile): Profile =>
  ({ id, writes: writes === null ? undefined : unpacked(writes), cpu: cpu === null ? undefined : unpacked(cpu), days });
