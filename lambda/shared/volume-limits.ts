/** What EBS accepts per volume type (doc comments of EbsBlockDevice in client-ec2 3.1169.0, EBS user guide "ebs-volume-types"). */
export interface VolumeLimits {
  /** GiB. */
  readonly size: readonly [number, number];
  /** Absent: can not be chosen. */
  readonly iops?: readonly [number, number];
  readonly iopsPerGib?: number;
  /** MiB/s; absent: can not be chosen. */
  readonly throughput?: readonly [number, number];
  /** The IOPS have to be said. */
  readonly iopsRequired?: true;
  readonly canBoot: boolean;
}

export const VOLUME_LIMITS: Readonly<Record<string, VolumeLimits>> = {
  gp3: { size: [1, 65536], iops: [3000, 80000], iopsPerGib: 500, throughput: [125, 2000], canBoot: true },
  gp2: { size: [1, 16384], canBoot: true },
  io1: { size: [4, 16384], iops: [100, 64000], iopsPerGib: 50, iopsRequired: true, canBoot: true },
  io2: { size: [4, 65536], iops: [100, 256000], iopsPerGib: 1000, iopsRequired: true, canBoot: true },
  st1: { size: [125, 16384], canBoot: false },
  sc1: { size: [125, 16384], canBoot: false },
  standard: { size: [1, 1024], canBoot: true },
};

/** gp3 gives this without being asked. */
export const GP3_BASELINE = { iops: 3000, throughput: 125 };
/** gp3: at most 0.25 MiB/s per IOPS. */
export const GP3_THROUGHPUT_PER_IOPS = 0.25;
