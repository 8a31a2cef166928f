import type { SecretContent, SecretStore, StoredSecret } from '../keeping/secret-store.ts';

/** A Secret in memory that several replicas share; watchers hear of changes in their order, a turn later. */
export class MemorySecret {
  #secret: StoredSecret | undefined;
  #version = 0;
  readonly #watchers = new Set<(secret: StoredSecret | undefined) => void>();
  /** Writes so far. */
  writes = 0;
  /** What the next calls fail with. */
  failure: Error | undefined;

  get(): StoredSecret | undefined {
    return this.#secret;
  }

  /** Changes it as somebody else would. */
  set(content: SecretContent | undefined): void {
    this.#put(content);
  }

  /** The Secret as one replica sees it. */
  store(): SecretStore {
    return {
      name: 'Secret istio-system/test',
      read: async () => {
        this.#check();
        return this.#secret;
      },
      create: async (content) => {
        this.#check();
        await Promise.resolve();
        return this.#secret === undefined ? this.#put(content)! : 'conflict';
      },
      replace: async (content, resourceVersion) => {
        this.#check();
        await Promise.resolve();
        return this.#secret?.resourceVersion === resourceVersion ? this.#put(content)! : 'conflict';
      },
      watch: (onChange) => {
        this.#watchers.add(onChange);
        if (this.#secret !== undefined) onChange(this.#secret);
        return async () => void this.#watchers.delete(onChange);
      },
    };
  }

  #check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  #put(content: SecretContent | undefined): StoredSecret | undefined {
    this.#version += 1;
    this.writes += 1;
    const secret = content === undefined ? undefined : { ...content, resourceVersion: String(this.#version) };
    this.#secret = secret;
    queueMicrotask(() => {
      for (const onChange of [...this.#watchers]) onChange(secret);
    });
    return secret;
  }
}
