/** Objects for tests. */
import type { ResourceRef } from '../resource-ref.ts';

/** As much of a pod as tests look at. */
export interface TestPod {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly nodeName?: string };
}

/** The collection of pods. */
export const pods: ResourceRef<TestPod> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', isNamespaced: true };

/** A pod in namespace `ns` at a revision. */
export function pod(name: string, revision: number, nodeName = 'n1'): TestPod {
  return {
    metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: String(revision) },
    spec: { nodeName },
  };
}

/** A list answer. */
export function podList(revision: number, items: readonly TestPod[], token = ''): object {
  return {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: String(revision), ...(token === '' ? {} : { continue: token }) },
    items,
  };
}
