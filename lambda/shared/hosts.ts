/** One of the two instances of a move. */
export interface Host {
  readonly instanceId: string;
  /** The primary private IPv4 address; null: it has gone with the instance. */
  readonly address: string | null;
  /** Whether the move launched it: it was blank then, and its parts carry the owner's tag. */
  readonly launched: boolean;
  /** What the target shall be protected from when the move is over, like its source; null: not known any more. */
  readonly protections: Protections | null;
  /** The EBS volumes that the move launched it with empty, each with the source's in whose place it is. */
  readonly empty?: readonly { readonly volumeId: string; readonly sourceVolumeId: string }[];
}

export interface Protections { readonly termination: boolean; readonly stop: boolean }

/** Who serves now, and who will. */
export interface Hosts { readonly source: Host; readonly target: Host }

/** A target that is about to be launched has neither id nor address. */
export interface Candidates { readonly source: Host; readonly target: Omit<Host, 'instanceId'> & { readonly instanceId: string | null } }
