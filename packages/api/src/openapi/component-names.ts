/** Names of kinds among the components of an OpenAPI document. */
import type { AnyKind } from '../kind/index.ts';

/** The package part of Kubernetes' own type names. */
export const META_PACKAGE = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

/** The component name of a kind in a version, in the manner of Kubernetes: `io.istio.networking.v1.VirtualService`. */
export function componentName(kind: AnyKind, version: string): string {
  return `${packageOf(kind)}.${version}.${kind.kind}`;
}

function packageOf(kind: AnyKind): string {
  const { group } = kind;
  if (kind.isBuiltin !== true && group !== '') return group.split('.').reverse().join('.');
  if (group === '') return 'io.k8s.api.core';
  if (group === 'apiextensions.k8s.io') return 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions';
  return `io.k8s.api.${group.split('.')[0]}`;
}
