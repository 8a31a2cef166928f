export {
  CelCompileError,
  CelError,
  CelLimitError,
  type CelProgram,
  type CelType,
  type CelVariables,
  celRootTypeOf,
  celTypeOf,
  compileCel,
  dynVariables,
  listOf as celListOf,
  mapOf as celMapOf,
  T as celTypes,
} from './cel/index.ts';
export * from './explain/index.ts';
export * as gatewayApi from './groups/gateway.networking.k8s.io/index.ts';
export * as istio from './groups/istio-groups.ts';
export * as kubernetes from './groups/kubernetes-groups.ts';
export * from './kind/index.ts';
export * from './kinds.ts';
export * from './openapi/index.ts';
export * from './schema/index.ts';
export * from './table/index.ts';
export * from './validation/data-keys.ts';
export * from './validation/deep-equal.ts';
export * from './validation/int-or-percent.ts';
export * from './validation/ip.ts';
export * from './validation/label-selector.ts';
export * from './validation/names.ts';
export * from './validation/port-name.ts';
export * from './validation/quantity.ts';
