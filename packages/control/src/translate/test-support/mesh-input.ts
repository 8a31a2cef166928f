/** Inputs of translation for tests, from objects as users write them. */
import { emptySnapshot } from '../../mesh/build/build-snapshot.ts';
import type { MeshOptions, MeshProxy, MeshSnapshot } from '../../mesh/model/index.ts';
import { proxyOf, withObjects } from '../../mesh/test-support/mesh.ts';
import { createInput } from '../create-input.ts';
import type { TranslationInput } from '../input.ts';
import { Memo } from '../memo.ts';

/** What a test says of the proxy, and of the process that translates. */
export interface InputOptions {
  readonly proxy?: Partial<MeshProxy>;
  readonly options?: Partial<MeshOptions>;
}

/** What translation reads for a proxy (beside a workload of namespace `a` unless said) in the mesh of these objects. */
export function inputOf(yaml: string, { proxy = {}, options = {} }: InputOptions = {}): TranslationInput {
  return inputIn(withObjects(emptySnapshot(options), yaml), proxy);
}

/** The same in a snapshot that is there already. */
export function inputIn(snapshot: MeshSnapshot, facts: Partial<MeshProxy> = {}, memo = new Memo()): TranslationInput {
  return createInput(snapshot, proxyOf(facts), memo);
}
