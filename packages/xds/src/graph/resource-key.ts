/** Names a resource: its type, its name, and where it comes from, for two sources may have different resources of one name. */
export interface ResourceKey {
  readonly typeUrl: string;
  readonly name: string;
  /** The key of the source's plan. */
  readonly source: string;
}

/** One text for a key, for maps. Type URLs and names hold no line end in practice; if they do, only their owner is confused. */
export function keyText({ typeUrl, name, source }: ResourceKey): string {
  return JSON.stringify([typeUrl, name, source]);
}

/** The key of a text that `keyText` made. */
export function keyOf(text: string): ResourceKey {
  const [typeUrl, name, source] = JSON.parse(text) as [string, string, string];
  return { typeUrl, name, source };
}
