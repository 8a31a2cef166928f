/** The messages of one API group in one version. */
export interface MessageGroup {
  /** Prefix by which other groups' tables refer to this one. */
  readonly namespace: string;
  /** Version under which the kinds are sent; empty for kinds that may come under any. */
  readonly apiVersion: string;
  /** Messages that are whole objects. */
  readonly kinds: readonly string[];
  readonly table: string;
}
