/** A resource as it came from a control plane or a file. */
export interface ReceivedForm {
  readonly version: string;
  /** The encoded message. */
  readonly bytes: Uint8Array;
  /** Of the wall clock. */
  readonly atMs: number;
}

/** A resource that is asked for, by what is known of it. */
export interface DynamicEntry {
  /** Without a leading `type.googleapis.com/`. */
  readonly typeName: string;
  readonly name: string;
  /** In use. */
  readonly active: ReceivedForm | undefined;
  /** Waits for what it needs. */
  readonly warming: ReceivedForm | undefined;
  /** Not in use any more, but for clients that have been asked to leave. */
  readonly draining: ReceivedForm | undefined;
  /** The last version, where that was refused. */
  readonly refused: (ReceivedForm & { readonly reason: string }) | undefined;
}

/** What the admin interface sees of configuration that comes while the proxy runs. */
export interface DynamicView {
  /** The version of the last response that held all clusters, or listeners; empty before there was one. */
  versionOf(typeName: string): string;
  /** Everything that came or is asked for, type by type in the order in which it came. */
  entries(): readonly DynamicEntry[];
}
