import { refOf } from '../../names/object-ref.ts';
import type { Analyzer } from '../analyzer.ts';

/** Kinds that are stored and not read yet, and what to use instead. */
const KINDS = [
  ['HTTPRoute', 'write a VirtualService'],
  ['GRPCRoute', 'write a VirtualService'],
  ['KubernetesGateway', 'write a Gateway of networking.istio.io, and run its proxy as a Deployment'],
] as const;

/** Objects of the Gateway API, which have no effect yet. */
export const unsupportedKindAnalyzer: Analyzer = {
  name: 'unsupported-kinds',
  analyze({ objects }, report) {
    for (const [kind, hint] of KINDS) {
      for (const object of objects[kind].values()) {
        const message = `${object.kind} of the Gateway API is not supported yet and has no effect: ${hint}`;
        report('UnsupportedKind', refOf(kind, object), message);
      }
    }
  },
};
