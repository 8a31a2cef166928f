import { KNOWN_HEADER_ID, KNOWN_HEADER_IDS } from './known-headers.ts';

/** Header names that are looked for together: one look at every field of a head instead of a look-up for each name. */
export class NameSet {
  readonly names: ReadonlySet<string>;
  /** 1 for the ids of the names that are known. */
  readonly byId = new Uint8Array(KNOWN_HEADER_IDS);
  /** Whether there are names without an id. */
  readonly hasOthers: boolean;

  constructor(names: Iterable<string>) {
    this.names = new Set(names);
    let hasOthers = false;
    for (const name of this.names) {
      const id = KNOWN_HEADER_ID.get(name);
      if (id === undefined) hasOthers = true;
      else this.byId[id] = 1;
    }
    this.hasOthers = hasOthers;
  }
}
