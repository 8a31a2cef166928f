import { gzipSync } from 'node:zlib';
import { bootstrap, type HttpListener } from '../bootstrap.ts';
import type { EnvoyCase, Exchange } from '../case.ts';
import { type RequestParts, request, request2, send } from '../exchanges.ts';

const TEXT = 'All happy families are alike; each unhappy family is unhappy in its own way. '.repeat(2).trim();
const ROUTES = '- { match: { prefix: / }, route: { cluster: echo } }';
const COMPRESSOR = "'@type': envoy.extensions.filters.http.compressor.v3.Compressor";
const DECOMPRESSOR = "'@type': envoy.extensions.filters.http.decompressor.v3.Decompressor";
const PER_ROUTE = "'@type': envoy.extensions.filters.http.compressor.v3.CompressorPerRoute";
const codec = (role: 'compressor' | 'decompressor', name: string, type: string) =>
  `${role}_library: { name: ${name}, typed_config: { '@type': envoy.extensions.compression.${name}.${role}.v3.${type} } }`;
const GZIP = codec('compressor', 'gzip', 'Gzip');
const BROTLI = codec('compressor', 'brotli', 'Brotli');
const ZSTD = codec('compressor', 'zstd', 'Zstd');
const GUNZIP = codec('decompressor', 'gzip', 'Gzip');

/** No two compressors make the same number of bytes, so it is not logged. */
const listener = (filters: string, routes = ROUTES): HttpListener => ({
  routes,
  filters,
  logText: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%',
});
const compressor = (parts: string) => `- { ${COMPRESSOR}, ${parts} }`;
const response = (parts: string) => listener(compressor(`${GZIP}, response_direction_config: { ${parts} }`));

/** A request that is answered with a text of this type and these further fields. */
function get(
  name: string,
  listenerName: string,
  accepted: string | undefined,
  fields = '',
  parts: RequestParts = {},
): Exchange {
  const head = `content-type=text/html${fields === '' ? '' : `|${fields}`}`;
  return request(name, '/', {
    listener: listenerName,
    ...parts,
    headers: {
      ...(accepted === undefined ? {} : { 'accept-encoding': accepted }),
      'x-answer-head': head,
      'x-answer-body': TEXT,
      ...(parts.headers as Readonly<Record<string, string>> | undefined),
    },
  });
}

/** A whole response of an upstream that compresses. */
function packed(text: string, fields: readonly string[] = []): string {
  const body = gzipSync(text);
  const lines = ['HTTP/1.1 200 OK', 'content-encoding: gzip', `content-length: ${body.length}`, ...fields];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]).toString('base64');
}

const post = (name: string, listenerName: string, body: string, headers: Readonly<Record<string, string>>): Exchange =>
  request(name, '/', { listener: listenerName, method: 'POST', body, headers });

const PACKED = gzipSync(TEXT).toString('latin1');

/** The compressor and decompressor filters. */
export const compression: EnvoyCase = {
  name: 'compression',
  backends: { echo: { kind: 'http1' } },
  bootstrap: bootstrap({
    listeners: {
      gzip: listener(compressor(GZIP)),
      several: listener(
        `${compressor(GZIP)}\n${compressor(`${BROTLI}, response_direction_config: { common_config: { min_content_length: 50 } }`)}\n${compressor(ZSTD)}`,
      ),
      first: listener(`${compressor(GZIP)}\n${compressor(`${BROTLI}, choose_first: true`)}`),
      types: response('common_config: { min_content_length: 10, content_type: [application/json, text/HTML] }'),
      'type-matchers': response(
        "common_config: { content_type: [text/plain], content_type_matcher: [{ suffix: '+json' }, { exact: text/html, ignore_case: true }] }",
      ),
      etag: response('disable_on_etag_header: true'),
      weak: response('weaken_etag_on_compress: true'),
      codes: response('uncompressible_response_codes: [404, 206], status_header_enabled: true'),
      status: listener(
        `${compressor(`${GZIP}, response_direction_config: { status_header_enabled: true, disable_on_etag_header: true, uncompressible_response_codes: [404] }`)}\n${compressor(`${BROTLI}, response_direction_config: { status_header_enabled: true, common_config: { content_type: [application/json] } }`)}`,
      ),
      alone: response('remove_accept_encoding_header: true'),
      off: response('common_config: { enabled: { default_value: false, runtime_key: no.such.key } }'),
      requests: listener(
        compressor(`${GZIP}, request_direction_config: { common_config: { min_content_length: 50 } }`),
      ),
      routes: listener(
        compressor(
          `${GZIP}, response_direction_config: { common_config: { enabled: { default_value: true, runtime_key: no.such.key } } }`,
        ),
        `
        - { match: { prefix: /off }, route: { cluster: echo }, typed_per_filter_config: { Compressor: { ${PER_ROUTE}, disabled: true } } }
        - { match: { prefix: /alone }, route: { cluster: echo }, typed_per_filter_config: { Compressor: { ${PER_ROUTE}, overrides: { response_direction_config: { remove_accept_encoding_header: true } } } } }
        - { match: { prefix: /brotli }, route: { cluster: echo }, typed_per_filter_config: { Compressor: { ${PER_ROUTE}, overrides: { ${BROTLI} } } } }
        - { match: { prefix: / }, direct_response: { status: 200, body: { inline_string: '${TEXT}' } } }
        `,
      ),
      gunzip: listener(`- { ${DECOMPRESSOR}, ${GUNZIP} }`),
      twice: listener(`- { ${DECOMPRESSOR}, ${GUNZIP} }`),
      quiet: listener(
        `- { ${DECOMPRESSOR}, ${GUNZIP}, request_direction_config: { advertise_accept_encoding: false, common_config: { enabled: { default_value: false, runtime_key: no.such.key } } }, response_direction_config: { common_config: { ignore_no_transform_header: true } } }`,
      ),
      recode: listener(`${compressor(BROTLI)}\n- { ${DECOMPRESSOR}, ${GUNZIP} }`),
    },
    clusters: { echo: 'echo' },
  }),
  exchanges: [
    get('asked', 'gzip', 'gzip', 'etag="abc"'),
    get('not asked', 'gzip', undefined),
    request('too short', '/', {
      listener: 'gzip',
      headers: { 'accept-encoding': 'gzip', 'x-answer-head': 'content-type=text/html' },
    }),
    get('another type', 'gzip', 'gzip', '', { headers: { 'x-answer-head': 'content-type=image/png' } }),
    get('no type', 'gzip', 'gzip', '', { headers: { 'x-answer-head': 'x-a=b' } }),
    get('refused with q=0', 'gzip', 'gzip;q=0, *'),
    get('no-transform', 'gzip', 'gzip', 'cache-control=public, No-Transform'),
    get('a weak etag', 'gzip', 'gzip', 'etag=W/"abc"'),
    get('another vary', 'gzip', 'gzip', 'vary=Origin'),
    get('the same vary', 'gzip', 'gzip', 'vary=accept-encoding'),
    get('encoded already', 'gzip', 'gzip', 'content-encoding=identity'),
    get('a head', 'gzip', 'gzip', '', { method: 'HEAD' }),
    get('trailers', 'gzip', 'gzip', '', { headers: { 'x-answer-trailers': 'x-sum=1' } }),
    request2('over HTTP/2', '/', {
      listener: 'gzip',
      headers: { 'accept-encoding': 'gzip', 'x-answer-head': 'content-type=text/html', 'x-answer-body': TEXT },
    }),
    ...[
      'gzip',
      'br',
      'zstd',
      'gzip;q=0.5, br',
      'br, gzip',
      'gzip;q=0.3, br;q=0.3, zstd;q=0.2',
      '*',
      'gzip;q=0, *',
      'identity',
    ].map((accepted) => get(`of several: ${accepted}`, 'several', accepted)),
    ...['identity, gzip', 'deflate', 'gzip;q=x', 'GZIP', ' , ,gzip'].map((accepted) =>
      get(`of several: ${accepted}`, 'several', accepted),
    ),
    get('the first choice', 'first', 'gzip, br'),
    get('the first choice is liked less', 'first', 'gzip, br;q=0.9'),
    get('types of its own', 'types', 'gzip'),
    ...['text/HTML', 'a/b+json', 'a/b+json; charset=utf-8', 'a/b+JSON', 'text/plain', 'x; +json'].map((type) =>
      get(`types by matchers: ${type}`, 'type-matchers', 'gzip', '', {
        headers: { 'x-answer-head': `content-type=${type}` },
      }),
    ),
    get('types by matchers: none', 'type-matchers', 'gzip', '', { headers: { 'x-answer-head': 'x=y' } }),
    get('types of its own: in other cases', 'types', 'gzip', '', {
      headers: { 'x-answer-head': 'content-type=Application/JSON; charset=utf-8' },
    }),
    get('types of its own: another', 'types', 'gzip', '', { headers: { 'x-answer-head': 'content-type=text/plain' } }),
    get('spared for its etag', 'etag', 'gzip', 'etag="abc"'),
    get('without an etag', 'etag', 'gzip'),
    get('a strong etag becomes weak', 'weak', 'gzip', 'etag="abc"'),
    get('a weak etag stays', 'weak', 'gzip', 'etag=W/"abc"'),
    get('an etag without quotes', 'weak', 'gzip', 'etag=abc'),
    get('a status that is left alone', 'codes', 'gzip', '', { headers: { 'x-answer': '404' } }),
    get('another status', 'codes', 'gzip', '', { headers: { 'x-answer': '500' } }),
    get('told why: compressed', 'status', 'gzip'),
    get('told why: for the type', 'status', 'br'),
    get('told why: for the etag', 'status', 'gzip', 'etag="a"'),
    get('told why: not accepted', 'status', 'identity'),
    request('told why: too short', '/', {
      listener: 'status',
      headers: { 'accept-encoding': 'gzip', 'x-answer-head': 'content-type=text/html' },
    }),
    get('told why: for the status', 'status', 'gzip', '', { headers: { 'x-answer': '404' } }),
    get('told why: for etag or status', 'status', 'gzip', 'etag="a"', { headers: { 'x-answer': '404' } }),
    get('told why: for type or status', 'status', 'gzip', '', {
      headers: { 'x-answer': '404', 'x-answer-head': 'content-type=image/png' },
    }),
    request('told why: too short or for the status', '/', {
      listener: 'status',
      headers: { 'accept-encoding': 'gzip', 'x-answer': '404', 'x-answer-head': 'content-type=text/html' },
    }),
    get('told why: no-transform', 'status', 'gzip', 'cache-control=no-transform'),
    get('told why: encoded already', 'status', 'gzip', 'content-encoding=x'),
    get('told why: a head', 'status', 'gzip', '', { method: 'HEAD' }),
    get('told why: a head that is too short', 'status', 'gzip', '', {
      method: 'HEAD',
      headers: { 'x-answer-body': 'x' },
    }),
    get('told why: a length that is not known', 'status', 'gzip', '', { headers: { 'x-answer-trailers': 'x-sum=1' } }),
    get('accept-encoding goes', 'alone', 'gzip'),
    get('switched off', 'off', 'gzip'),
    post('a request', 'requests', TEXT, { 'content-type': 'text/plain' }),
    post('a short request', 'requests', 'short', { 'content-type': 'text/plain' }),
    post('a request of another type', 'requests', TEXT, { 'content-type': 'image/png' }),
    post('a request that is encoded', 'requests', TEXT, { 'content-type': 'text/plain', 'content-encoding': 'x' }),
    request('a request without a body', '/', { listener: 'requests' }),
    ...['/off', '/alone', '/brotli'].flatMap((path) =>
      ['gzip', 'br'].map((accepted) =>
        request(`the route ${path}: ${accepted}`, path, {
          listener: 'routes',
          headers: { 'accept-encoding': accepted, 'x-answer-head': 'content-type=text/html', 'x-answer-body': TEXT },
        }),
      ),
    ),
    request('an answer of the proxy', '/', { listener: 'routes', headers: { 'accept-encoding': 'gzip' } }),
    post('a packed request', 'gunzip', PACKED, { 'content-encoding': 'gzip' }),
    post('a request packed twice', 'twice', PACKED, { 'content-encoding': 'br, gzip' }),
    post('a request packed otherwise', 'gunzip', 'x', { 'content-encoding': 'br' }),
    post('a plain request', 'gunzip', 'x', { 'accept-encoding': 'br, gzip;q=0.1' }),
    post('a packed request that is not to be changed', 'gunzip', PACKED, {
      'content-encoding': 'gzip',
      'cache-control': 'no-transform',
    }),
    request('a packed response', '/', { listener: 'gunzip', headers: { 'x-answer-raw': packed(TEXT) } }),
    {
      name: 'a packed request in chunks',
      listener: 'gunzip',
      steps: [
        send(
          `POST / HTTP/1.1\r\nhost: a\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n${PACKED.length.toString(16)}\r\n${PACKED}\r\n0\r\n\r\n`,
        ),
        { kind: 'response' },
      ],
    },
    post('a request that stays packed', 'quiet', PACKED, { 'content-encoding': 'gzip' }),
    request('a packed response that is not to be changed', '/', {
      listener: 'quiet',
      headers: { 'x-answer-raw': packed(TEXT, ['cache-control: no-transform']) },
    }),
    request('packed anew', '/', {
      listener: 'recode',
      headers: { 'accept-encoding': 'br', 'x-answer-raw': packed(TEXT, ['content-type: text/html']) },
    }),
  ],
  stats: [
    ...['gzip', 'several', 'first'].flatMap((name) =>
      [
        'compressed',
        'not_compressed',
        'content_length_too_small',
        'total_uncompressed_bytes',
        'no_accept_header',
        'header_identity',
        'header_compressor_used',
        'header_compressor_overshadowed',
        'header_wildcard',
        'header_not_valid',
      ].map((stat) => `http.${name}.compressor.gzip.gzip.${stat}`),
    ),
    'http.several.compressor.brotli.brotli.response.content_length_too_small',
    'http.several.compressor.zstd.zstd.compressed',
    'http.etag.compressor.gzip.gzip.not_compressed_etag',
    'http.codes.compressor.gzip.gzip.response.not_compressed',
    'http.off.compressor.gzip.gzip.response.not_compressed',
    ...['compressed', 'not_compressed', 'content_length_too_small', 'total_uncompressed_bytes'].map(
      (stat) => `http.requests.compressor.gzip.gzip.request.${stat}`,
    ),
    'http.routes.compressor.gzip.gzip.response.compressed',
    'http.routes.compressor.gzip.gzip.response.not_compressed',
    ...['request', 'response'].flatMap((direction) =>
      ['decompressed', 'not_decompressed', 'total_uncompressed_bytes', 'total_compressed_bytes'].map(
        (stat) => `http.gunzip.decompressor.gzip.gzip.${direction}.${stat}`,
      ),
    ),
  ],
};
