import type { Json, JsonObject } from '../json';

/** Members of answers that count bytes, and those that tell how long something takes: both grow with the disks. */
const stretched = new Set(['bytes', 'bytesLeft', 'bytesChecked', 'outOfSyncBytes', 'usedBytes', 'secondsLeft']);
export const pageBytes = 4096;

/** An answer whose numbers of bytes and seconds lie between those of two others. */
export function between(former: Json, latter: Json | undefined, part: number, name = ''): Json {
  if (Array.isArray(former)) return former.map((each, index) => between(each, Array.isArray(latter) ? latter[index] : undefined, part, name));
  if (typeof former === 'object' && former !== null) {
    const other = typeof latter === 'object' && latter !== null && !Array.isArray(latter) ? latter : {};
    return Object.fromEntries(Object.entries(former).map(([key, each]) => [key, between(each, other[key], part, key)]));
  }
  return typeof former === 'number' && typeof latter === 'number' && stretched.has(name) ? Math.round(former + part * (latter - former)) : former;
}

/** An answer as a disk so many times larger would have brought it. */
export function stretchedBy(value: Json, factor: number, name = ''): Json {
  if (Array.isArray(value)) return value.map(each => stretchedBy(each, factor, name));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, stretchedBy(each, factor, key)]));
  if (typeof value !== 'number' || !stretched.has(name)) return value;
  return name === 'secondsLeft' ? Math.round(value * factor) : Math.floor(value * factor / pageBytes) * pageBytes;
}

/** What was recorded of instance store, as it is told of EBS volumes. */
export function onEbs({ mounts, disks }: JsonObject): void {
  for (const mount of (Array.isArray(mounts) ? mounts : []) as JsonObject[]) if (mount.onInstanceStore) mount.onInstanceStore = false;
  for (const disk of (Array.isArray(disks) ? disks : []) as JsonObject[]) if (disk.instanceStore) Object.assign(disk, { instanceStore: false, model: 'Amazon Elastic Block Store' });
}
