/**
 * Bootstraps from their interesting parts. The parts are YAML as in any Envoy configuration, with two short forms: `@type`
 * may leave out `type.googleapis.com/`, and an HTTP filter is its configuration alone.
 */
import { parse, stringify } from 'yaml';

/** An HTTP listener; every part is YAML. */
export interface HttpListener {
  /** Routes of one virtual host for every domain. */
  readonly routes?: string;
  /** Virtual hosts instead of routes. */
  readonly virtualHosts?: string;
  /** Further fields of the route configuration. */
  readonly routeConfig?: string;
  /** Filters before the router. */
  readonly filters?: string;
  /** Fields of the router. */
  readonly router?: string;
  /** Further fields of the connection manager. */
  readonly hcm?: string;
  /** Further fields of the listener. */
  readonly listener?: string;
  /** Further fields of the filter chain. */
  readonly chain?: string;
  /** Lines of the access log as text, instead of the usual JSON. */
  readonly logText?: string;
  /** The log format's own configuration, instead of the usual JSON; `{}` is Envoy's own format. */
  readonly logFormat?: string;
}

/** A listener in full: YAML without name and address. */
export interface AnyListener {
  readonly yaml: string;
}

/** The backends of a cluster and further fields in YAML; a text is a list of backends. */
export type ClusterParts = string | { readonly backends: string; readonly more?: string };

/** A bootstrap in parts. */
export interface BootstrapParts {
  readonly listeners: Readonly<Record<string, HttpListener | AnyListener>>;
  readonly clusters?: Readonly<Record<string, ClusterParts>>;
  /** Further fields of the bootstrap. */
  readonly more?: string;
}

type Json = Record<string, unknown>;

const LOG_FIELDS: Readonly<Record<string, string>> = {
  flags: '%RESPONSE_FLAGS%',
  code: '%RESPONSE_CODE%',
  details: '%RESPONSE_CODE_DETAILS%',
  route: '%ROUTE_NAME%',
  cluster: '%UPSTREAM_CLUSTER%',
  host: '%UPSTREAM_HOST%',
  attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  closed: '%CONNECTION_TERMINATION_DETAILS%',
  received: '%BYTES_RECEIVED%',
  sent: '%BYTES_SENT%',
};

/** The bootstrap as YAML. */
export function bootstrap({ listeners, clusters = {}, more = '' }: BootstrapParts): string {
  const whole = {
    admin: { address: address('0') },
    ...read<Json>(more, {}),
    static_resources: {
      listeners: Object.entries(listeners).map(([name, parts]) => ({
        name,
        address: address('0'),
        ...listener(name, parts),
      })),
      clusters: Object.entries(clusters).map(([name, parts]) => cluster(name, parts)),
    },
  };
  // Version 1.1, since that is how Envoy reads: `on` is a boolean there. Words with `$` stand for numbers: no quotes around them.
  return stringify(expandTypes(whole), { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false }).replace(
    /"(\$PORT_\w+)"/g,
    '$1',
  );
}

/** The access log of connections in YAML, for listeners that are written in full. */
export const ACCESS_LOG = connectionLog();

/** The same with further fields. */
export function connectionLog(fields: Readonly<Record<string, string>> = {}): string {
  const more = { chain: '%FILTER_CHAIN_NAME%', serverName: '%REQUESTED_SERVER_NAME%', ...fields };
  return JSON.stringify([accessLog({ omit_empty_values: true, json_format: { ...LOG_FIELDS, ...more } })]);
}

function listener(name: string, parts: HttpListener | AnyListener): Json {
  if ('yaml' in parts) return read<Json>(parts.yaml, {});
  return {
    ...read<Json>(parts.listener, {}),
    filter_chains: [{ ...read<Json>(parts.chain, {}), filters: [connectionManager(name, parts)] }],
  };
}

function connectionManager(name: string, parts: HttpListener): Json {
  const virtualHosts = read<unknown[]>(parts.virtualHosts, [
    { name: 'all', domains: ['*'], routes: read<unknown[]>(parts.routes, []) },
  ]);
  return {
    name: 'http',
    typed_config: {
      '@type': 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: name,
      access_log: [accessLog(logFormat(parts))],
      route_config: { name: `routes of ${name}`, ...read<Json>(parts.routeConfig, {}), virtual_hosts: virtualHosts },
      http_filters: [
        ...read<Json[]>(parts.filters, []),
        { '@type': 'envoy.extensions.filters.http.router.v3.Router', ...read<Json>(parts.router, {}) },
      ].map(httpFilter),
      ...read<Json>(parts.hcm, {}),
    },
  };
}

function logFormat({ logText, logFormat: given }: HttpListener): Json {
  if (given !== undefined) return read<Json>(given, {});
  return logText === undefined
    ? { omit_empty_values: true, json_format: LOG_FIELDS }
    : { text_format_source: { inline_string: `${logText}\n` } };
}

function accessLog(format: Json): Json {
  const type = 'envoy.extensions.access_loggers.file.v3.FileAccessLog';
  return {
    name: 'log',
    typed_config: {
      '@type': `type.googleapis.com/${type}`,
      path: '$LOG',
      ...(Object.keys(format).length === 0 ? {} : { log_format: format }),
    },
  };
}

/** A filter's configuration alone is named by the last part of its type; fields of HttpFilter itself need the long form. */
function httpFilter(filter: Json): Json {
  if (!('@type' in filter)) return filter;
  return { name: String(filter['@type']).split('.').at(-1), typed_config: filter };
}

function cluster(name: string, parts: ClusterParts): Json {
  const { backends, more = '' } = typeof parts === 'string' ? { backends: parts } : parts;
  const names = backends.split(' ').filter((one) => one !== '');
  const endpoints = names.map((one) => ({ endpoint: { address: address(`$PORT_${one}`) } }));
  return {
    name,
    connect_timeout: '2s',
    ...(names.length === 0
      ? {}
      : { load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] } }),
    ...read<Json>(more, {}),
  };
}

function address(port: string): Json {
  return { socket_address: { address: '127.0.0.1', port_value: port === '0' ? 0 : port } };
}

function read<T>(text: string | undefined, fallback: T): T {
  return ((text === undefined ? undefined : parse(text)) as T | null | undefined) ?? fallback;
}

function expandTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expandTypes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isShort = key === '@type' && typeof inner === 'string' && !inner.includes('/');
      return [key, isShort ? `type.googleapis.com/${inner}` : expandTypes(inner)];
    }),
  );
}
