import { keyText, type ResourceKey } from '@weft/xds/graph';
import type { ReceivedForm } from '../admin/dynamic-view.ts';

/** A version of a resource that was refused. */
export interface Rejection {
  readonly key: ResourceKey;
  readonly received: ReceivedForm;
  readonly reason: string;
}

/** A control plane may send any number of names: beyond this, the oldest are forgotten. */
const MAX_REJECTIONS = 1000;

/** The last version of each resource that was refused, until one is accepted. */
export class Rejections {
  /** Key: the resource. Sole writer: this class. */
  readonly #byKey = new Map<string, Rejection>();

  get all(): Iterable<Rejection> {
    return this.#byKey.values();
  }

  add(rejection: Rejection): void {
    const text = keyText(rejection.key);
    this.#byKey.delete(text);
    this.#byKey.set(text, rejection);
    for (const oldest of this.#byKey.keys()) {
      if (this.#byKey.size <= MAX_REJECTIONS) break;
      this.#byKey.delete(oldest);
    }
  }

  remove(key: ResourceKey): void {
    this.#byKey.delete(keyText(key));
  }

  /** A whole response of a type was good. */
  clear(source: string, typeUrl: string): void {
    for (const [text, { key }] of this.#byKey) {
      if (key.source === source && key.typeUrl === typeUrl) this.#byKey.delete(text);
    }
  }
}
