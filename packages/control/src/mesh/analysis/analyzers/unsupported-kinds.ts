import { refOf } from '../../names/object-ref.ts';
import type { Analyzer } from '../analyzer.ts';

/** Kinds that are stored and not read yet, and what to use instead. */
const KINDS = [
  ['HTTPRoute', 'write a VirtualService'],
  ['GRPCRoute', 'write a VirtualService'],
  ['KubernetesGateway', 'write a Gateway of networking.istio.io, and run its proxy as a Deployment'],
] as const;

/** Kinds of the mesh's own API that proxies are not told of yet, and what holds instead. */
const LATER = [
  ['Telemetry', 'access logs are those that the configuration of the mesh asks for, and there is no tracing'],
  [
    'RequestAuthentication',
    'tokens are not checked; rules that ask for claims never hold, so what needs a token stays closed',
  ],
] as const;

/** Objects that have no effect yet. */
export const unsupportedKindAnalyzer: Analyzer = {
  name: 'unsupported-kinds',
  analyze({ objects }, report) {
    for (const [kind, hint] of KINDS) {
      for (const object of objects[kind].values()) {
        const message = `${object.kind} of the Gateway API is not supported yet and has no effect: ${hint}`;
        report('UnsupportedKind', refOf(kind, object), message);
      }
    }
    for (const [kind, hint] of LATER) {
      for (const object of objects[kind].values()) {
        report('UnsupportedKind', refOf(kind, object), `${kind} is not supported yet and has no effect: ${hint}`);
      }
    }
  },
};
