import { hash } from 'node:crypto';

/** What is known of one resource. */
export interface ResourceRecord {
  /** The version in use; undefined while no version has been accepted. */
  readonly version: string | undefined;
  /** Identifies the content in use. */
  readonly digest: string | undefined;
  /** The newest version that was refused since then, and why. */
  readonly rejection: { readonly version: string; readonly reason: string } | undefined;
}

const nothing: ResourceRecord = Object.freeze({ version: undefined, digest: undefined, rejection: undefined });

/**
 * What of one type is in use, by name and version. The content itself belongs to whoever compiled it: a digest is enough here to see that
 * a resource which is sent again has not changed.
 */
export class AcceptedResources {
  /** Name to what is known of it; written by this class alone. */
  readonly #records = new Map<string, ResourceRecord>();

  /** What is known of a name. */
  get(name: string): ResourceRecord {
    return this.#records.get(name) ?? nothing;
  }

  has(name: string): boolean {
    return this.get(name).version !== undefined;
  }

  /** Everything known, for status pages. */
  entries(): IterableIterator<[string, ResourceRecord]> {
    return this.#records.entries();
  }

  /** Name to version of everything in use. */
  versions(): Map<string, string> {
    const versions = new Map<string, string>();
    for (const [name, { version }] of this.#records) if (version !== undefined) versions.set(name, version);
    return versions;
  }

  accept(name: string, version: string, digest: string): void {
    this.#records.set(name, { version, digest, rejection: undefined });
  }

  /** Keeps what is in use and remembers what was refused. */
  reject(name: string, version: string, reason: string): void {
    this.#records.set(name, { ...this.get(name), rejection: { version, reason } });
  }

  /** Forgets a name. */
  remove(name: string): void {
    this.#records.delete(name);
  }

  /** Forgets every name that fails the test. */
  retain(isKept: (name: string) => boolean): void {
    for (const name of this.#records.keys()) if (!isKept(name)) this.#records.delete(name);
  }
}

/** Identifies the content of a resource. Not for secrecy: equal digests are taken for equal resources, so it has to be collision-free. */
export function digestOf(value: Uint8Array): string {
  return hash('sha256', value, 'base64');
}
