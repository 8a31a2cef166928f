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
/** A control plane may send resources of any size: beyond this, the oldest are forgotten too. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The last version of each resource that was refused, until one is accepted. */
export class Rejections {
  /** Key: the resource. Sole writer: this class. */
  readonly #byKey = new Map<string, Rejection>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get all(): Iterable<Rejection> {
    return this.#byKey.values();
  }

  add(rejection: Rejection): void {
    const text = keyText(rejection.key);
    this.#delete(text);
    this.#byKey.set(text, rejection);
    this.#bytes += sizeOf(rejection);
    for (const oldest of this.#byKey.keys()) {
      if (this.#byKey.size <= MAX_REJECTIONS && this.#bytes <= this.#maxBytes) break;
      this.#delete(oldest);
    }
  }

  remove(key: ResourceKey): void {
    this.#delete(keyText(key));
  }

  /** A whole response of a type was good. */
  clear(source: string, typeUrl: string): void {
    for (const [text, { key }] of this.#byKey) {
      if (key.source === source && key.typeUrl === typeUrl) this.#delete(text);
    }
  }

  #delete(text: string): void {
    const known = this.#byKey.get(text);
    if (known === undefined) return;
    this.#byKey.delete(text);
    this.#bytes -= sizeOf(known);
  }
}

function sizeOf({ received, reason }: Rejection): number {
  return received.bytes.length + reason.length;
}
