/** What a port speaks, from what its owner says about it (SEMANTICS 35). */
import type { Protocol } from '../model/index.ts';

/** Words for protocols, lower-case, as port names and `protocol` fields have them. */
const BY_WORD: ReadonlyMap<string, Protocol> = new Map([
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['grpc', 'GRPC'],
  ['grpc-web', 'GRPC-WEB'],
  ['http', 'HTTP'],
  ['http_proxy', 'HTTP_PROXY'],
  ['http2', 'HTTP2'],
  ['https', 'HTTPS'],
  ['tls', 'TLS'],
  ['mongo', 'MONGO'],
  ['redis', 'REDIS'],
  ['mysql', 'MYSQL'],
  ['hbone', 'HBONE'],
  ['double-hbone', 'HBONE'],
]);

/** Values of appProtocol with the prefix of Kubernetes. */
const KUBERNETES_WORDS: ReadonlyMap<string, Protocol> = new Map([
  ['kubernetes.io/h2c', 'HTTP2'],
  ['kubernetes.io/ws', 'HTTP'],
  ['kubernetes.io/wss', 'HTTPS'],
]);

/** Ports whose servers speak first, so that waiting for the client would wait for ever. */
const SERVER_FIRST_PORTS: ReadonlySet<number> = new Set([25, 53, 3306, 27017]);

/** The protocol that a word stands for, in any case. */
export function protocolFromWord(word: string): Protocol | undefined {
  return BY_WORD.get(word.toLowerCase());
}

/** What is known about a port. */
export interface PortFacts {
  readonly number: number;
  readonly name?: string | undefined;
  /** TCP, UDP or SCTP for Services. */
  readonly transport?: string | undefined;
  readonly appProtocol?: string | undefined;
}

/** The protocol of a port of a Service: appProtocol, else the prefix of its name, else what the port is used for. */
export function protocolOfPort({ number, name = '', transport, appProtocol }: PortFacts): Protocol {
  if (transport === 'UDP') return 'UDP';
  const word = appProtocol === undefined ? prefixOf(name) : appProtocol.toLowerCase();
  const known = KUBERNETES_WORDS.get(word) ?? BY_WORD.get(word);
  if (known !== undefined) return known;
  return SERVER_FIRST_PORTS.has(number) ? 'TCP' : 'auto';
}

/** The part of a port name that tells the protocol. `grpc-web` has a hyphen itself, so it is looked for first. */
function prefixOf(name: string): string {
  const text = name.toLowerCase();
  if (text === 'grpc-web' || text.startsWith('grpc-web-')) return 'grpc-web';
  const hyphen = text.indexOf('-');
  return hyphen < 0 ? text : text.slice(0, hyphen);
}

/** The protocol of a port of a ServiceEntry, a Gateway or a Sidecar, which is said in its own field or by its name. */
export function protocolOfField(protocol: string | undefined, facts: PortFacts): Protocol {
  if (protocol === undefined || protocol === '') return protocolOfPort(facts);
  return protocolFromWord(protocol) ?? 'auto';
}

/** Whether requests on the port are HTTP that the proxy can read. */
export function isHttp(protocol: Protocol): boolean {
  return protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC' || protocol === 'GRPC-WEB';
}
