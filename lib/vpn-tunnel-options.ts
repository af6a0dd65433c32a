import { Duration } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

/**
 * How much each tunnel of a VPN connection may carry.
 */
export enum VpnTunnelBandwidth {
  /** Up to 1.25 Gbit/s per tunnel. */
  STANDARD = 'standard',
  /** Up to 5 Gbit/s per tunnel; on a transit gateway only. */
  LARGE = 'large',
}

/**
 * Where AWS keeps the pre-shared keys of a VPN connection.
 */
export enum VpnPreSharedKeyStorage {
  /** In the VPN service: whoever may call `DescribeVpnConnections` reads them. */
  STANDARD = 'Standard',
  /** In AWS Secrets Manager, in a secret that the VPN service manages. */
  SECRETS_MANAGER = 'SecretsManager',
}

/**
 * The versions of Internet Key Exchange.
 */
export enum VpnIkeVersion {
  /** IKEv1. */
  IKEV1 = 'ikev1',
  /** IKEv2. */
  IKEV2 = 'ikev2',
}

/**
 * The encryption algorithms of a tunnel.
 */
export enum VpnEncryptionAlgorithm {
  /** AES, 128 bit, CBC. */
  AES128 = 'AES128',
  /** AES, 256 bit, CBC. */
  AES256 = 'AES256',
  /** AES, 128 bit, GCM with a tag of 16 bytes. */
  AES128_GCM_16 = 'AES128-GCM-16',
  /** AES, 256 bit, GCM with a tag of 16 bytes. */
  AES256_GCM_16 = 'AES256-GCM-16',
}

/**
 * The integrity algorithms of a tunnel.
 */
export enum VpnIntegrityAlgorithm {
  /** SHA-1. */
  SHA1 = 'SHA1',
  /** SHA-2, 256 bit. */
  SHA2_256 = 'SHA2-256',
  /** SHA-2, 384 bit. */
  SHA2_384 = 'SHA2-384',
  /** SHA-2, 512 bit. */
  SHA2_512 = 'SHA2-512',
}

/**
 * What AWS does when the customer gateway does not answer any more.
 */
export enum VpnDpdTimeoutAction {
  /** Ends the IKE session: the tunnel is down until the customer gateway brings it up. */
  CLEAR = 'clear',
  /** Does nothing. */
  NONE = 'none',
  /** Starts the IKE session again. */
  RESTART = 'restart',
}

/**
 * Who begins to negotiate a tunnel.
 */
export enum VpnStartupAction {
  /** The customer gateway does. */
  ADD = 'add',
  /** AWS does; by IKEv2 only. */
  START = 'start',
}

/**
 * Options of one of the two tunnels of a VPN connection. What is left out is as AWS has it.
 */
export interface VpnTunnelOptions {
  /**
   * The inside addresses of the tunnel: a block of size /30 out of 169.254.0.0/16, not one of those that AWS reserves. No
   * other connection of the same virtual private gateway may have it.
   *
   * @default - AWS chooses one
   */
  readonly insideCidr?: string;

  /**
   * The pre-shared key: 8 to 64 letters, digits, periods and underscores, not beginning with 0. The template holds a
   * reference to the secret, which CloudFormation resolves; a key that is changed later takes effect with the next change of
   * the template.
   *
   * @default - AWS makes one
   */
  readonly preSharedKey?: secretsmanager.ISecret;

  /**
   * The field of the secret that holds the key, if the secret is JSON.
   *
   * @default - the whole secret is the key
   */
  readonly preSharedKeyField?: string;

  /**
   * The permitted versions of Internet Key Exchange.
   *
   * @default - both
   */
  readonly ikeVersions?: VpnIkeVersion[];

  /**
   * The permitted Diffie-Hellman groups of phase 1: 2, 14 to 24.
   *
   * @default - all of them
   */
  readonly phase1DhGroupNumbers?: number[];

  /**
   * The permitted Diffie-Hellman groups of phase 2: 2, 5, 14 to 24.
   *
   * @default - all of them
   */
  readonly phase2DhGroupNumbers?: number[];

  /**
   * The permitted encryption algorithms of phase 1.
   *
   * @default - all of them
   */
  readonly phase1EncryptionAlgorithms?: VpnEncryptionAlgorithm[];

  /**
   * The permitted encryption algorithms of phase 2.
   *
   * @default - all of them
   */
  readonly phase2EncryptionAlgorithms?: VpnEncryptionAlgorithm[];

  /**
   * The permitted integrity algorithms of phase 1.
   *
   * @default - all of them
   */
  readonly phase1IntegrityAlgorithms?: VpnIntegrityAlgorithm[];

  /**
   * The permitted integrity algorithms of phase 2.
   *
   * @default - all of them
   */
  readonly phase2IntegrityAlgorithms?: VpnIntegrityAlgorithm[];

  /**
   * How long phase 1 lasts: 900 to 28,800 seconds.
   *
   * @default Duration.hours(8)
   */
  readonly phase1Lifetime?: Duration;

  /**
   * How long phase 2 lasts: 900 to 3,600 seconds, and shorter than phase 1.
   *
   * @default Duration.hours(1)
   */
  readonly phase2Lifetime?: Duration;

  /**
   * How long before the end of phase 2 AWS negotiates new keys: 60 seconds to half of phase 2.
   *
   * @default Duration.seconds(270)
   */
  readonly rekeyMarginTime?: Duration;

  /**
   * The percentage of the rekey margin within which that time is chosen by chance: 0 to 100.
   *
   * @default 100
   */
  readonly rekeyFuzzPercentage?: number;

  /**
   * The number of packets in the replay window: 64 to 2,048.
   *
   * @default 1024
   */
  readonly replayWindowSize?: number;

  /**
   * After how long without an answer the customer gateway counts as dead: at least 30 seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly dpdTimeout?: Duration;

  /**
   * What AWS does then.
   *
   * @default VpnDpdTimeoutAction.CLEAR
   */
  readonly dpdTimeoutAction?: VpnDpdTimeoutAction;

  /**
   * Who begins to negotiate.
   *
   * @default VpnStartupAction.ADD
   */
  readonly startupAction?: VpnStartupAction;

  /**
   * Whether AWS asks before it replaces the tunnel's endpoint.
   *
   * @default false
   */
  readonly enableTunnelLifecycleControl?: boolean;
}
