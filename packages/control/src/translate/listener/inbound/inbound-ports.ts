/** On which ports a workload is reached, and what is read there. */
import type {
  Finding,
  IngressListenerSpec,
  MeshServicePort,
  ObjectRef,
  Protocol,
  RuleRef,
  ServerTlsSpec,
  ServiceTarget,
} from '../../../mesh/model/index.ts';
import { protocolOfField } from '../../../mesh/registry/protocol.ts';
import { findingAt } from '../../finding-at.ts';
import type { TranslationInput } from '../../input.ts';
import { wildcardOf } from '../addresses.ts';
import { whyNotBindable } from '../bindable.ts';
import type { ProxyTraits } from '../proxy-traits.ts';

/** One port. */
export interface InboundPort {
  readonly targetPort: number;
  readonly protocol: Protocol;
  /** Address in the name of the chain, and that a bound listener has. */
  readonly address: string;
  /** Whether it has a listener of its own, rather than a chain of the capturing one. */
  readonly isBound: boolean;
  /** TLS that the user configures for clients that are not of the mesh. */
  readonly tls?: ServerTlsSpec;
  readonly source: RuleRef;
  /** The port of the service, when a service gives it. */
  readonly target?: ServiceTarget;
}

/** The ports, lowest first; one of each number. */
export function inboundPorts(input: TranslationInput, traits: ProxyTraits, findings: Finding[]): InboundPort[] {
  const { scope, targets } = input;
  const ports = new Map<number, InboundPort>();
  // Ports of a Sidecar take the place of all that services give (SEMANTICS 37).
  const wanted =
    scope.ingress === undefined || scope.sidecar === undefined
      ? servicePorts(targets, traits)
      : scope.ingress.map((spec, i) =>
          ingressPort(spec, { object: scope.sidecar!, path: `spec.ingress[${i}]` }, input, traits),
        );
  for (const port of wanted) {
    const why = port.isBound ? whyNotBindable(port.targetPort, traits) : undefined;
    if (why !== undefined) findings.push(findingAt('UnusableListener', port.source, 'port', why));
    else if (!ports.has(port.targetPort)) ports.set(port.targetPort, port);
    else reportConflict(ports.get(port.targetPort)!, port, findings);
  }
  return [...ports.values()].toSorted((a, b) => a.targetPort - b.targetPort);
}

/** Without capture the ports of services belong to the workload itself: only a Sidecar can say where the proxy listens. */
function servicePorts(targets: readonly ServiceTarget[], traits: ProxyTraits): readonly InboundPort[] {
  if (traits.interceptionMode === 'NONE') return [];
  return targets.map((target) => ({
    targetPort: target.targetPort,
    protocol: target.port.protocol,
    address: wildcardOf(traits),
    isBound: false,
    source: { object: target.service.sources[0]!, path: target.port.path },
    target,
  }));
}

function ingressPort(
  { port, bind = '', captureMode = 'DEFAULT', tls }: IngressListenerSpec,
  source: RuleRef,
  { proxy }: TranslationInput,
  traits: ProxyTraits,
): InboundPort {
  const { number = 0, protocol, name } = port;
  const isNone = captureMode === 'DEFAULT' ? traits.interceptionMode === 'NONE' : captureMode === 'NONE';
  return {
    targetPort: number,
    protocol: protocolOfField(protocol, { number, name }),
    address: bind === '' ? (proxy.addresses[0] ?? wildcardOf(traits)) : bind,
    isBound: isNone,
    ...(tls === undefined ? {} : { tls }),
    source,
  };
}

/** Several services of one port are fine, as long as they agree on what is spoken; the oldest decides (SEMANTICS 36). */
function reportConflict(first: InboundPort, second: InboundPort, findings: Finding[]): void {
  const { source, protocol, targetPort } = second;
  if (first.target !== undefined && first.protocol === protocol) return;
  const message =
    `port ${targetPort} of the workload is taken by ${tell(first.source.object)}, which comes first and says ${first.protocol}: ` +
    `${protocol} has no effect; let both say the same`;
  findings.push(findingAt('ListenerConflict', source, '', message));
}

function tell({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`;
}

/** What is left when TLS is ended: HTTPS is HTTP then. */
export function afterTls(protocol: Protocol): Protocol {
  if (protocol === 'HTTPS') return 'HTTP';
  return protocol === 'TLS' ? 'TCP' : protocol;
}

/** A port as routes name it. */
export function routePort({ target, targetPort }: InboundPort): Pick<MeshServicePort, 'number'> & { path?: string } {
  return target?.port ?? { number: targetPort };
}
