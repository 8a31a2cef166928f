/** Where our proxy is known to differ from the recorded Envoy, for each case. Whoever makes an entry untrue takes it out. */

/** What is known of one case. */
export interface KnownDifferences {
  /** Parts of the bootstrap that the proxy refuses, as paths, and why; what is asked of a listener that is left out is not asked. */
  readonly leftOut?: Readonly<Record<string, string>>;
  /** Exchanges that are not made, since they would stop the others, and why. */
  readonly skipped?: Readonly<Record<string, string>>;
  /** Exchanges that differ, and in what. */
  readonly differs?: Readonly<Record<string, string>>;
  /** Why the statistics are not compared. */
  readonly stats?: string;
}

/** Differences in any case. */
export const EVERYWHERE: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /^log\.\d+\.details: expected "http[12]\.[^"]*", not "http[12]\.[^"]*"$/,
    reason: 'the codecs have their own, more precise names for what is wrong with a message',
  },
  {
    pattern: /^received\.\d+\.frames\.0: expected "end of the connection", not "GOAWAY 1"$/,
    reason: 'a client that breaks the protocol is told so before the connection ends',
  },
  {
    pattern: /^received\.\d+\.left: expected "CANCEL", not "PROTOCOL_ERROR"$/,
    reason: 'the same, as the client of a request sees it',
  },
];

const CLOSED_AFTER_ALERT = 'behind the alert the connection is closed in order, not reset';
const OWN_TLS_WORDS = 'OpenSSL, and the checks of names, have their own words for what is wrong with a certificate';

const SPARE_HEAD =
  'RFC 9113 has no such head (8.2.1, 8.3.1): it is refused, where Envoy repairs it, or leaves that to the upstream';

const STRICT = 'what other servers may read differently is refused (RFC 9112); Envoy lets it pass';
const OTHER_STATUS = 'it is refused by both, with another status';
const OWN_DETAILS = 'it is refused by both; the codec finds it first, and has its own name for it';
const KEPT_LENGTH = 'a Connection field cannot take the framing of the message away';

const HALF_CLOSED =
  'a client that ends its half of a tunnel has not gone: the other half is still carried, and nothing is logged as DC';

/** By the name of the case. */
export const DIFFERENCES: Readonly<Record<string, KnownDifferences>> = {
  'access-log': {
    differs: {
      'operators of a bad request': 'not yet: operators RESPONSE_CODE_DETAILS',
    },
  },
  'connection-log': {
    differs: {
      'a request': 'the line of a connection does not tell the version of HTTP: that of each request does',
      'a request that is none':
        'what is wrong with a request is told by the line of the connection manager, not by that of the connection',
      'no TLS': 'OpenSSL names failures of TLS in its own words, and there is no version where there was no handshake',
    },
  },
  forwarded: {
    leftOut: {
      'static_resources.listeners[25]':
        'not yet: is not supported: the proxy does not write proxy-status headers yet: leave it out',
      'static_resources.listeners[28]': 'not yet: is not supported: spans are not made here: leave it out',
    },
    differs: {
      'hop by hop of the response': 'not yet: received.0.headers.5: expected ["x-hop","1"], not undefined',
    },
  },
  'header-mutation': {
    differs: {
      'query ?x=a%2Fb+c&y=%20%zz&%41=1': 'parameters that are not changed stay encoded: Envoy decodes them, spaces too',
      'query ?&&=&b': 'parameters that are not changed stay as they are: Envoy gives each an equals sign',
      'query removed: ?a=+%2B%41': 'parameters that are not changed stay encoded: Envoy decodes them',
      'query removed: ?a': 'parameters that are not changed stay as they are: Envoy gives each an equals sign',
    },
  },
  'route-formats': {
    differs: Object.fromEntries([
      ...['/path', '/path-alone', '/path-query', '/redirect', '/redirect-alone', '/redirect-strip'].map((path) => [
        `${path} of what is unsafe`,
        'what would end a path, or be another request behind it, is encoded: Envoy lets it pass',
      ]),
      ['/path-alone', 'a path begins with a slash: Envoy sends what is none'],
      ['/host without a value', 'what has no value is left out: Envoy writes "-"'],
      ['/host-alone without a value', 'the host stays where there is no other: Envoy sends "-"'],
    ]),
  },
  compression: {
    differs: {
      'the same vary':
        'names in vary are the same in any case (RFC 9110, 12.5.5): Accept-Encoding is not added once more',
      'a request packed twice':
        'what was applied last is taken off first (RFC 9110, 8.4); Envoy looks at the first name only',
    },
  },
  'http-filters': {
    leftOut: {
      'static_resources.clusters[3].lb_policy':
        'not yet: MAGLEV is not supported: the proxy does not keep sessions on hosts by hashing yet: leave it out',
    },
    differs: {
      'buffer: too large': 'the request is there in full, so that the connection can go on',
      'hash: header one':
        'not yet: the policy that hashes is left out of the bootstrap, so that chance chooses the endpoint',
      'hash: header two':
        'not yet: the policy that hashes is left out of the bootstrap, so that chance chooses the endpoint',
      'hash: header three':
        'not yet: the policy that hashes is left out of the bootstrap, so that chance chooses the endpoint',
      'hash: header four':
        'not yet: the policy that hashes is left out of the bootstrap, so that chance chooses the endpoint',
      'hash: a cookie is made':
        'not yet: the policy that hashes is left out of the bootstrap, so that chance chooses the endpoint',
      'hash: query':
        'not yet: the policy that hashes is left out of the bootstrap, so that chance chooses the endpoint',
      'hash: the first is terminal':
        'not yet: the policy that hashes is left out of the bootstrap, so that chance chooses the endpoint',
      'internal redirect': 'not yet: log.0.cluster: expected "a", not "echo"',
      'internal redirect: no route': 'not yet: log.0.cluster: expected undefined, not "echo"',
      'internal redirect: a body': 'not yet: log.0.cluster: expected "a", not "echo" (and 1 more)',
    },
  },
  http1: {
    leftOut: {
      'static_resources.listeners[6]':
        'not yet: is not supported: a message with transfer-encoding and content-length can be read in two ways: it is refused always',
    },
    differs: {
      'empty lines before a request': 'not yet: received.0.status: expected 200, not 400 (and 15 more)',
      'lines ended by LF': STRICT,
      'LF from the upstream': STRICT,
      'a bad chunk from the upstream': 'not yet: received.0.kind: expected "response", not "closed" (and 4 more)',
      'a folded header from the upstream': STRICT,
      '101 that was not asked for': STRICT,
      'HTTP/1.0 and chunks': STRICT,
      'a method in lower case': 'not yet: received.0.status: expected 400, not 200 (and 14 more)',
      'a method nobody knows': 'not yet: received.0.status: expected 400, not 200 (and 14 more)',
    },
    stats:
      'not yet, or of exchanges that are not made: http.main.downstream_cx_protocol_error, cluster.echo.upstream_cx_protocol_error, cluster.echo.upstream_rq_2xx',
  },
  http2: {
    differs: {
      'half of the preface': 'not yet: received.0.kind: expected "closed", not "response" (and 4 more)',
    },
    stats:
      'not yet, or of exchanges that are not made: http.main.downstream_cx_http1_total, http.main.downstream_cx_http2_total, cluster.h2.upstream_cx_http2_total, cluster.h2.upstream_rq_rx_reset',
  },
  'local-replies': {
    leftOut: {
      'static_resources.clusters[4].load_assignment.policy.drop_overloads':
        'not yet: requests are not dropped by category yet: leave them out',
    },
    differs: {
      'dropped by the load assignment': 'not yet: received.0.status: expected 503, not 200 (and 13 more)',
      'body too large':
        'not yet: received.0.headers.0: expected ["connection","close"], not ["content-length","17"] (and 4 more)',
    },
    stats: 'not yet, or of exchanges that are not made: http.small.downstream_rq_too_large',
  },
  'mutual-tls': {
    differs: {
      'required: without': CLOSED_AFTER_ALERT,
      'the wrong name': CLOSED_AFTER_ALERT,
      'the wrong name: without a certificate': CLOSED_AFTER_ALERT,
      'outward: the wrong name': OWN_TLS_WORDS,
      'outward: untrusted': OWN_TLS_WORDS,
    },
  },
  paths: {
    differs: {
      'absolute form without a path, with a query': 'not yet: received.0.status: expected 404, not 200 (and 10 more)',
      'absolute form with user information': 'not yet: received.0.status: expected 200, not 400 (and 15 more)',
      'HTTP/2: a fragment': 'not yet: received.0.kind: expected "response", not "closed" (and 4 more)',
    },
  },
  rbac: {
    differs: {},
    stats: 'not yet, or of exchanges that are not made: http.main.rbac.allowed, http.main.rbac.denied',
  },
  retries: {
    leftOut: {
      'static_resources.clusters[1].lb_policy':
        'not yet: RING_HASH is not supported: the proxy does not keep sessions on hosts by hashing yet: leave it out',
    },
    differs: {
      'another endpoint':
        'not yet: the policy that hashes is left out of the bootstrap, so that chance chooses the endpoint',
    },
  },
  rewrites: {
    differs: {
      'regex that may be empty': 'not yet: received.0.status: expected 200, not 503 (and 11 more)',
      'lazy regex': 'not yet: received.0.status: expected 200, not 503 (and 11 more)',
    },
  },
  smuggling: {
    differs: {
      'chunked twice': OTHER_STATUS,
      'chunked, chunked': OTHER_STATUS,
      'chunked, identity': OTHER_STATUS,
      identity: OTHER_STATUS,
      'a folded line': STRICT,
      'a folded transfer-encoding': STRICT,
      'a bare CR in a value': STRICT,
      'a bare CR at the end': STRICT,
      'a bare LF in the head': STRICT,
      'bare LF only': STRICT,
      'two spaces before the target': STRICT,
      'two spaces before the version': STRICT,
      'a tab before the target': STRICT,
      'a space after the version': STRICT,
      'two hosts': STRICT,
      'two equal hosts': STRICT,
      'a host with a path': OWN_DETAILS,
      'a host with a space': OWN_DETAILS,
      'a host with user information': STRICT,
      'chunked with HTTP/1.0': OTHER_STATUS,
      'connection hides the length': KEPT_LENGTH,
      'a chunk size with a space behind': STRICT,
      'a chunk size with a tab behind': STRICT,
      'a chunk size with zeros before': STRICT,
      'a chunk longer than its size': STRICT,
      'a chunk ended by LF': STRICT,
      'the last chunk ended by LF': STRICT,
      'length in a trailer': STRICT,
    },
    stats: 'more is refused, and nothing behind it is read',
  },
  'smuggling-http2': {
    differs: {
      'blanks around a value': SPARE_HEAD,
      'bytes beyond ASCII in the path': SPARE_HEAD,
      'host beside the authority': SPARE_HEAD,
    },
    stats: 'three more heads are refused',
  },
  tcp: {
    differs: {
      'cluster by server name':
        'the client gives up as it finds that the upstream speaks no TLS: its reset may be seen before the upstream has ended',
      'access: not allowed':
        'access is decided before anything of the upstream is shown, not with the first byte of the client',
      'access: denied':
        'access is decided before anything of the upstream is shown, not with the first byte of the client',
    },
    stats: 'connections that are limited or not let in do not reach the TCP proxy: tcp.tcp.downstream_cx_total',
  },
  'tcp-tunnels': {
    differs: {
      none: 'Node has its own words for why a connection failed',
    },
  },
  timeouts: {},
  upgrades: {
    differs: {
      websocket: HALF_CLOSED,
      'websocket in other cases': HALF_CLOSED,
      'an upgrade that only the route knows': HALF_CLOSED,
      'websocket over an HTTP/2 upstream': HALF_CLOSED,
      'a body before the answer': HALF_CLOSED,
      'the route timeout ends with the upgrade': HALF_CLOSED,
      'the idle timeout does not': 'a tunnel that is cut off is reset, so that what came of it does not look complete',
      'HTTP/2: websocket': 'connection: Upgrade is spelt as RFC 6455 does, whatever the client spoke',
      'CONNECT ended here': HALF_CLOSED,
      'CONNECT forwarded': HALF_CLOSED,
      'CONNECT forwarded over HTTP/2': HALF_CLOSED,
      'CONNECT that only the route knows': HALF_CLOSED,
    },
  },
  'virtual-hosts': {
    differs: {
      'an empty host': 'not yet: received.0.status: expected 200, not 400 (and 8 more)',
      'two hosts': 'not yet: received.0.status: expected 200, not 400 (and 12 more)',
      'HTTP/2 with authority and host': SPARE_HEAD,
    },
  },
};
