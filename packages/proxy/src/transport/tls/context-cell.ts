/** A TLS context that is made anew whenever one of its secrets changes; handshakes under way keep the one they began with. */
import { type Logger, MeshError } from '@weft/core';
import type { TlsContextRuntime } from '@weft/engine';
import type { SecretStore } from '../../secrets/secret-store.ts';
import { type ContextParts, resolveContext, secretKeysOf } from './context-parts.ts';
import type { TlsStats } from './tls-stats.ts';

/** What a context is made with. */
export interface ContextCellParts<T> {
  readonly runtime: TlsContextRuntime;
  /** The keys of secrets beyond those of `runtime`. */
  readonly moreSecrets: readonly string[];
  readonly store: SecretStore;
  readonly stats: TlsStats;
  readonly logger: Logger;
  /** Whose context it is, for the log: `listener "x"`. */
  readonly owner: string;
  /** Makes the context; throws what is wrong with keys and certificates. Undefined while one of `moreSecrets` is missing. */
  readonly create: (parts: ContextParts) => T | undefined;
}

/** See the file's head. */
export class ContextCell<T> {
  readonly #parts: ContextCellParts<T>;
  readonly #unsubscribe: readonly (() => void)[];
  #current: T | undefined;

  /** Throws what is wrong with a context whose secrets are all there. */
  constructor(parts: ContextCellParts<T>) {
    this.#parts = parts;
    try {
      this.#current = this.#create();
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new MeshError(
        'MESH_CONFIG_INVALID',
        `${parts.owner}: its keys and certificates cannot be used: ${reason}`,
        {
          cause: thrown,
        },
      );
    }
    const keys = new Set([...secretKeysOf(parts.runtime), ...parts.moreSecrets]);
    this.#unsubscribe = [...keys].map((key) => parts.store.subscribe(key, () => this.#update()));
  }

  /** Undefined while a secret is missing: there can be no connections. */
  get current(): T | undefined {
    return this.#current;
  }

  /** Looks at secrets no more. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #create(): T | undefined {
    const { runtime, store, create } = this.#parts;
    const resolved = resolveContext(runtime, store);
    return resolved.kind === 'ready' ? create(resolved.parts) : undefined;
  }

  #update(): void {
    const { stats, logger, owner } = this.#parts;
    try {
      this.#current = this.#create();
      if (this.#current !== undefined) stats.countUpdate();
    } catch (thrown) {
      // What worked goes on working; a certificate that is wrong helps nobody.
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      logger.error('a changed secret cannot be used: the one before stays in use', { owner, error });
    }
  }
}
