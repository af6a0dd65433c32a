/** The two ways over a link. */
export type Direction = 'to-edge' | 'to-region';

/** A link as the construct `EdgeTunnel` describes it (`lib/edge-tunnel.ts`). */
export interface EdgeLink {
  /** That of the thing itself: `vpn/vpn-…`, `outpost/op-…`, `local-zone/…`. */
  readonly id: string;
  readonly kind: 'site-to-site-vpn' | 'outpost-service-link' | 'local-zone';
  /** Bits per second, for all who use the link. */
  readonly capacity: Readonly<Record<Direction, number>>;
  /** The most that migrations may take of what others leave. */
  readonly migrationShare: number;
  /** What goes over it: bytes that AWS moves, blocks that one instance sends to another. */
  readonly transports: readonly ('ebs' | 'blocks')[];
  readonly vpnConnectionId?: string;
  readonly outpostId?: string;
}

/** What one direction of a link carries, in bytes per second. */
export const bytesPerSecond = ({ capacity }: EdgeLink, direction: Direction): number => capacity[direction] / 8;

/** The name under which the ledger keeps one direction of a link. */
export const bookOf = ({ id }: Pick<EdgeLink, 'id'>, direction: Direction): string => `${id}#${direction}`;
