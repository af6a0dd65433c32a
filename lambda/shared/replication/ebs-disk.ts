/** The links that udev makes of an EBS volume's serial on Nitro instances (EBS user guide, "Identify the EBS device"). */
const EBS_DISK = /^\/dev\/disk\/by-id\/nvme-Amazon_Elastic_Block_Store_vol([0-9a-f]{8,17})$/;

/** The volume that a disk is; undefined for instance store, and for disks whose name does not tell. */
export function volumeOf(disk: string): string | undefined {
  const [, id] = EBS_DISK.exec(disk) ?? [];
  return id === undefined ? undefined : `vol-${id}`;
}

/** The disk that a volume is on an instance. */
export function diskOf(volumeId: string): string {
  return `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volumeId.replace('-', '')}`;
}
