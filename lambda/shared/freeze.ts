/** What the document's pattern for a device name takes. */
const DEVICE = /^\/dev\/[a-z0-9]{1,16}$/;
/** The document's parameter takes so many characters. */
const MOST_CHARACTERS = 4096;

/** Xen instances know their volumes by device name only; Nitro ones by the serial number, so that names may go where they do not fit. */
export function volumeList(volumes: readonly { readonly volumeId: string; readonly device: string }[]): string {
  const named = volumes.map(({ volumeId, device }) => (DEVICE.test(device) ? `${volumeId}=${device}` : volumeId)).join(',');
  return named.length <= MOST_CHARACTERS ? named : volumes.map(({ volumeId }) => volumeId).join(',');
}
