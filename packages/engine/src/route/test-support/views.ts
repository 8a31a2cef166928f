import { parseIp } from '../../match/cidr.ts';
import { EMPTY_RUNTIME, type RuntimeSource } from '../../match/fraction.ts';
import type { AddressView } from '../../view/address-view.ts';
import type { ConnectionView } from '../../view/connection-view.ts';
import type { RequestView } from '../../view/request-view.ts';
import type { TlsView } from '../../view/tls-view.ts';
import type { WeightedPickInput } from '../weighted-clusters.ts';

/** What a test says of a request; the rest is that of `GET http://example.com/`. */
export interface RequestSpec {
  readonly method?: string;
  readonly path?: string;
  readonly authority?: string;
  readonly scheme?: string;
  /** A list is a header that is repeated. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** A request as decisions see it. */
export function requestView(spec: RequestSpec = {}): RequestView {
  const { method = 'GET', path = '/', authority = 'example.com', scheme = 'http' } = spec;
  const given = Object.entries({ 'x-forwarded-proto': scheme, ...spec.headers });
  const repeated = new Map(
    given.flatMap(([name, value]) => (typeof value === 'string' ? [] : [[name, value] as const])),
  );
  const fields = new Map(
    given.map(([name, value]) => [name, typeof value === 'string' ? value : joinLines(name, value)]),
  );
  const pseudo = { ':method': method, ':path': path, ':authority': authority, ':scheme': scheme };
  for (const [name, value] of Object.entries(pseudo)) fields.set(name, value);
  return {
    method,
    path,
    authority,
    scheme,
    get: (name) => fields.get(name),
    repeated: (name) => repeated.get(name),
  };
}

/** One text of the lines of a header. */
export function joinLines(name: string, lines: readonly string[]): string {
  return lines.join(name === 'cookie' ? '; ' : ',');
}

/** An address as decisions see it. */
export function addressView(host: string, port: number): AddressView {
  return { text: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, host, port, ip: parseIp(host) };
}

/** A connection from 10.0.0.1 to 10.0.0.2, with TLS where that is given. */
export function connectionView(tls?: Partial<TlsView>, remote = '10.0.0.1'): ConnectionView {
  const client = addressView(remote, 1234);
  const server = addressView('10.0.0.2', 80);
  return {
    id: 1,
    directRemote: client,
    remote: client,
    local: server,
    directLocal: server,
    requestedServerName: '',
    transportProtocol: tls === undefined ? 'raw_buffer' : 'tls',
    applicationProtocols: [],
    tls: tls === undefined ? undefined : { ...PLAIN_TLS, ...tls },
  };
}

const PLAIN_TLS: TlsView = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  sessionId: '',
  peer: undefined,
  isPeerValidated: false,
  local: undefined,
};

/** A certificate of which only its presence counts. */
export const ANY_CERTIFICATE: NonNullable<TlsView['peer']> = {
  uriSans: [],
  dnsSans: [],
  ipSans: [],
  subject: '',
  issuer: '',
  serialNumber: '',
  sha256Fingerprint: '',
  sha1Fingerprint: '',
  validFromMs: 0,
  validToMs: 0,
  urlEncodedPem: '',
  urlEncodedPemChain: '',
};

/** The input of a decision: nothing random, no runtime keys, no metadata, a plain connection. */
export function routeInput(spec: Partial<WeightedPickInput> = {}): WeightedPickInput {
  const connection = connectionView();
  return {
    randomValue: 0,
    runtime: EMPTY_RUNTIME,
    dynamicMetadata: {},
    filterState: () => undefined,
    connection,
    remote: connection.remote,
    ...spec,
  };
}

/** Runtime layers with these keys; numbers are whole numbers and percentages. */
export function runtimeOf(keys: Readonly<Record<string, number>>): RuntimeSource {
  const integer = (key: string) => keys[key];
  return {
    integer,
    boolean: () => undefined,
    fraction: (key) => {
      const numerator = integer(key);
      return numerator === undefined ? undefined : { numerator, denominator: 100 };
    },
  };
}
