/** Listeners of Gateways and ListenerSets, and who may attach to them. */
import { enumeration, integer, list, object, required, type SchemaRule, string } from '../../schema/index.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { conditions } from './conditions.ts';
import { listenerTls } from './listener-tls.ts';
import { groupName, hostname, kindName, portNumber, sectionName } from './scalars.ts';

const PROTOCOL_PATTERN =
  '^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$';

const routeGroupKind = object('A kind of route.', {
  group: groupName('API group of the kind.', { default: 'gateway.networking.k8s.io' }),
  kind: required(kindName('Kind of the routes.')),
});

const sameNamespace = { from: 'Same' } as const;

const allowedRoutes = object(
  'Routes that may attach to the listener.',
  {
    namespaces: object(
      'Namespaces whose routes may attach.',
      {
        from: enumeration(
          'Whether routes of all, some or only the own namespace may attach.',
          ['All', 'Selector', 'Same'],
          {
            default: 'Same',
          },
        ),
        selector: labelSelector('Labels of the namespaces, for Selector.'),
      },
      { default: sameNamespace },
    ),
    kinds: list('Kinds of routes that may attach; those that fit the protocol when empty.', routeGroupKind, {
      listType: 'atomic',
      maxItems: 8,
    }),
  },
  { default: { namespaces: sameNamespace } },
);

/** Members that every listener has. */
export const listenerFields = {
  name: required(sectionName('Name of the listener, unique among its siblings.')),
  hostname: hostname('Host that the listener is for; all hosts when absent.'),
  port: required(portNumber('Port that the listener is bound to.')),
  protocol: required(
    string('Protocol: HTTP, HTTPS, TLS, TCP, UDP, or domain/name of an implementation.', {
      minLength: 1,
      maxLength: 255,
      pattern: PROTOCOL_PATTERN,
    }),
  ),
  tls: listenerTls,
  allowedRoutes,
} as const;

/** A port that accepts connections of one protocol. */
export const listener = object('A port that accepts connections of one protocol.', listenerFields);

interface ListenerShape {
  readonly name: string;
  readonly hostname?: string | undefined;
  readonly port?: number | undefined;
  readonly protocol: string;
  readonly tls?: { readonly mode?: string | undefined } | undefined;
}

const PLAIN = /^(?:http|tcp|udp)$/i;
const NAMELESS = /^(?:tcp|udp)$/i;

/** What lists of listeners must keep to; protocols are compared without regard to case. */
export const listenerListRules: readonly SchemaRule<readonly ListenerShape[]>[] = [
  {
    message: "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
    cel: "self.all(l, !l.protocol.matches('(?i)^(HTTP|TCP|UDP)$') || !has(l.tls))",
    check: (listeners) => listeners.every((l) => !PLAIN.test(l.protocol) || l.tls === undefined),
  },
  {
    message: 'tls mode must be Terminate for protocol HTTPS',
    cel: "self.all(l, !l.protocol.matches('(?i)^HTTPS$') || !has(l.tls) || !has(l.tls.mode) || l.tls.mode == 'Terminate')",
    check: (listeners) =>
      listeners.every((l) => !isProtocol(l, 'https') || l.tls?.mode === undefined || l.tls.mode === 'Terminate'),
  },
  {
    message: 'tls mode must be set for protocol TLS',
    cel: "self.all(l, !l.protocol.matches('(?i)^TLS$') || (has(l.tls) && has(l.tls.mode)))",
    check: (listeners) => listeners.every((l) => !isProtocol(l, 'tls') || l.tls?.mode !== undefined),
  },
  {
    message: "hostname must not be specified for protocols ['TCP', 'UDP']",
    cel: "self.all(l, !l.protocol.matches('(?i)^(TCP|UDP)$') || !has(l.hostname))",
    check: (listeners) => listeners.every((l) => !NAMELESS.test(l.protocol) || l.hostname === undefined),
  },
  {
    message: 'Listener name must be unique within the Gateway',
    cel: 'self.all(a, self.exists_one(b, a.name == b.name))',
    check: (listeners) => new Set(listeners.map((l) => l.name)).size === listeners.length,
  },
  {
    message: 'Combination of port, protocol and hostname must be unique for each listener',
    cel:
      'self.all(a, !has(a.port) || self.exists_one(b, has(b.port) && a.port == b.port && a.protocol.lowerAscii() == b.protocol.lowerAscii()' +
      " && (has(a.hostname) ? a.hostname : '') == (has(b.hostname) ? b.hostname : '')))",
    check: (listeners) => {
      const bound = listeners.filter((l) => l.port !== undefined);
      const keys = bound.map((l) => `${l.port}/${l.protocol.toLowerCase()}/${l.hostname ?? ''}`);
      return new Set(keys).size === keys.length;
    },
  },
];

function isProtocol(l: ListenerShape, name: string): boolean {
  return l.protocol.toLowerCase() === name;
}

/** Members that the status of every listener has. */
export const listenerStatusFields = {
  name: required(sectionName('Name of the listener.')),
  supportedKinds: list('Kinds of routes that the listener takes.', routeGroupKind, { listType: 'atomic', maxItems: 8 }),
  attachedRoutes: required(integer('How many routes are attached.')),
  conditions: required(conditions('Whether the listener works, and why.')),
} as const;

/** The status of one listener. */
const listenerStatus = object('How the controller sees one listener.', listenerStatusFields);

/** The status of a list of listeners. */
export const listenerStatuses = list('One entry for each listener.', listenerStatus, {
  listType: 'map',
  mapKeys: ['name'],
  maxItems: 64,
});
