/** Makes the views of proxies: what the translation says, encoded. What proxies have in common is made and encoded once. */
import { createResourceView } from '@weft/xds/server';
import type { MeshProxy, MeshSnapshot } from '../mesh/index.ts';
import {
  createInput,
  type EncodedResources,
  encodeResources,
  findingsOf,
  Memo,
  translateProxy,
} from '../translate/index.ts';
import type { ProxyView } from './distributor.ts';

/** See the file's head. */
export class ProxyViews {
  readonly #memo = new Memo();
  /** What each proxy was given last, by its id: a resource that becomes invalid does not take that away. */
  readonly #last = new Map<string, EncodedResources>();

  /** The view of a proxy in a snapshot. */
  make(snapshot: MeshSnapshot, proxy: MeshProxy): ProxyView {
    const { parts, findings } = translateProxy(createInput(snapshot, proxy, this.#memo));
    const encoded = encodeResources(parts, this.#last.get(proxy.id));
    this.#last.set(proxy.id, encoded);
    const view = createResourceView(snapshot.version, encoded.sets);
    return { view, parts, findings: [...findings, ...findingsOf(encoded)] };
  }

  /** All proxies have been given a snapshot: what none of them needed lately is forgotten. */
  endRound(connected: ReadonlySet<string>): void {
    this.#memo.endRound();
    for (const id of this.#last.keys()) if (!connected.has(id)) this.#last.delete(id);
  }
}
