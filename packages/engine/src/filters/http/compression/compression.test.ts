import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY_RUNTIME } from '../../../match/fraction.ts';
import { HeaderBag } from '../../../route/test-support/header-bag.ts';
import { compileFilter, compileForRoute, filterProblems } from '../../test-support/compile.ts';
import { chooseEncoding } from './choose-encoding.ts';
import { COMPRESSOR_FILTER, type CompressorRouteRuntime, type CompressorRuntime } from './compressor.ts';
import {
  advertisedEncodings,
  DECOMPRESSOR_FILTER,
  type DecompressorRuntime,
  planDecompression,
} from './decompressor.ts';
import {
  compressesResponses,
  planCompression,
  planRequestCompression,
  removesAcceptEncoding,
} from './plan-compression.ts';

const TYPE = 'type.googleapis.com/envoy.extensions.compression';
const library = (name: string, type: string, more = '') =>
  `compressor_library: { name: ${name}, typed_config: { '@type': ${TYPE}.${type}, ${more} } }`;
const GZIP = library('g', 'gzip.compressor.v3.Gzip');
const compile = (text: string) => compileFilter<CompressorRuntime>(COMPRESSOR_FILTER, `{ ${text} }`);
const gzip = compile(GZIP);
const brotli = compile(library('b', 'brotli.compressor.v3.Brotli'));

describe('the choice of an encoding', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['gzip, br', 'gzip', 'compressor'],
    ['gzip;q=0.5, br', 'br', 'compressor'],
    ['gzip;q=0, br;q=0', 'identity', 'header_not_valid'],
    ['identity', 'identity', 'header_identity'],
    ['*', 'gzip', 'header_wildcard'],
    ['gzip;q=0, *', 'br', 'header_wildcard'],
    ['deflate', 'identity', 'header_not_valid'],
    ['', 'identity', 'header_not_valid'],
    ['gzip;q=x', 'identity', 'header_not_valid'],
    ['identity;q=0.4, br;q=0.3, gzip;q=0.2', 'identity', 'header_identity'],
  ];
  for (const [header, encoding, why] of cases) {
    it(`for ${JSON.stringify(header)}`, () => {
      assert.deepEqual(chooseEncoding([gzip, brotli], header, 'text/html; charset=x'), { encoding, why });
    });
  }

  it('leaves out compressors that are not for the type', () => {
    const json = compile(`${GZIP}, response_direction_config: { common_config: { content_type: [application/json] } }`);
    assert.equal(chooseEncoding([json, brotli], 'gzip, br;q=0.1', 'text/html').encoding, 'br');
  });

  it('prefers a first choice', () => {
    const first = compile(`${library('b', 'brotli.compressor.v3.Brotli')}, choose_first: true`);
    assert.equal(chooseEncoding([gzip, first], 'gzip, br', undefined).encoding, 'br');
  });
});

describe('the plan for a response', () => {
  const plan = (
    compressor: CompressorRuntime,
    fields: readonly (readonly [string, string])[],
    isEnd = false,
    status = 200,
  ) =>
    planCompression(compressor, {
      status,
      headers: new HeaderBag(fields),
      isUpgrade: false,
      isEnd,
      acceptEncoding: 'gzip',
      choose: () => chooseEncoding([compressor], 'gzip', undefined),
    });

  it('keeps weak validators and drops strong ones', () => {
    assert.equal(plan(gzip, [['etag', '"abc"']]).removesEtag, true);
    assert.equal(plan(gzip, [['etag', 'W/"abc"']]).removesEtag, false);
    const sparing = compile(`${GZIP}, response_direction_config: { disable_on_etag_header: true }`);
    const spared = plan(sparing, [['etag', '"abc"']]);
    assert.deepEqual([spared.compresses, spared.isEtagSpared, spared.vary], [false, true, undefined]);
  });

  it('makes strong validators weak where it is told to', () => {
    const weak = compile(`${GZIP}, response_direction_config: { weaken_etag_on_compress: true }`);
    const etagOf = (etag: string) => {
      const { removesEtag, weakEtag } = plan(weak, [['etag', etag]]);
      return [removesEtag, weakEtag];
    };
    assert.deepEqual(etagOf('"abc"'), [false, 'W/"abc"']);
    assert.deepEqual(etagOf('W/"abc"'), [false, undefined]);
  });

  it('tells why a response was not compressed', () => {
    const open = compile(
      `${GZIP}, response_direction_config: { status_header_enabled: true, disable_on_etag_header: true, uncompressible_response_codes: [404] }`,
    );
    const told = (status: number, ...fields: (readonly [string, string])[]) => plan(open, fields, false, status).told;
    assert.equal(told(200, ['content-length', '100']), 'gzip;Compressed;OriginalLength=100');
    assert.equal(told(404, ['content-length', '1'], ['content-type', 'image/png']), 'gzip;ContentLengthTooSmall');
    assert.equal(told(404, ['content-type', 'image/png'], ['etag', 'a']), 'gzip;ContentTypeNotAllowed');
    assert.equal(told(404, ['etag', 'a']), 'gzip;EtagNotAllowed');
    assert.equal(told(404), 'gzip;StatusCodeNotAllowed');
    assert.equal(plan(open, [], false, 404).compresses, false);
    assert.equal(told(200, ['cache-control', 'no-transform']), undefined);
    assert.equal(plan(open, [], true).told, undefined);
    assert.equal(plan(gzip, []).told, undefined);
  });

  it('adds to vary', () => {
    assert.equal(plan(gzip, []).vary, 'Accept-Encoding');
    assert.equal(plan(gzip, [['vary', 'Origin']]).vary, 'Origin, Accept-Encoding');
    assert.equal(plan(gzip, [['vary', 'Origin, accept-encoding']]).vary, undefined);
  });

  it('leaves alone what is encoded, or has no body', () => {
    assert.equal(plan(gzip, [['content-encoding', 'br']]).compresses, false);
    assert.equal(plan(gzip, [['transfer-encoding', 'gzip, chunked']]).compresses, false);
    assert.equal(plan(gzip, [], true).compresses, false);
    assert.deepEqual(
      [plan(gzip, [['content-length', '29']]).isTooSmall, plan(gzip, [['content-length', '30']]).isTooSmall],
      [true, false],
    );
  });

  it('follows the route', () => {
    const off = compileForRoute<CompressorRouteRuntime>(COMPRESSOR_FILTER.route!, '{ disabled: true }');
    const text = '{ overrides: { response_direction_config: { remove_accept_encoding_header: true } } }';
    const on = compileForRoute<CompressorRouteRuntime>(COMPRESSOR_FILTER.route!, text);
    const disabled = compile(
      `${GZIP}, response_direction_config: { common_config: { enabled: { default_value: false, runtime_key: k } } }`,
    );
    const route = COMPRESSOR_FILTER.route!;
    const own = compileForRoute<CompressorRouteRuntime>(
      route,
      `{ overrides: { ${library('b', 'brotli.compressor.v3.Brotli')} } }`,
    );
    assert.deepEqual([own.codec?.encoding, own.isEnabled], ['br', undefined]);
    assert.equal(compressesResponses(gzip, off, EMPTY_RUNTIME), false);
    assert.equal(compressesResponses(disabled, undefined, EMPTY_RUNTIME), false);
    assert.equal(compressesResponses(disabled, undefined, { ...EMPTY_RUNTIME, boolean: () => true }), true);
    assert.equal(compressesResponses(disabled, on, EMPTY_RUNTIME), true);
    assert.deepEqual(
      [removesAcceptEncoding(gzip, on, EMPTY_RUNTIME), removesAcceptEncoding(gzip, off, EMPTY_RUNTIME)],
      [true, false],
    );
  });

  it('touches requests only where it is told to', () => {
    const both = compile(`${GZIP}, request_direction_config: {}`);
    const plan = (compressor: CompressorRuntime, ...fields: (readonly [string, string])[]) =>
      planRequestCompression(compressor, new HeaderBag(fields), EMPTY_RUNTIME);
    assert.equal(plan(gzip, ['content-type', 'text/plain']), 'leave');
    assert.equal(plan(both, ['content-type', 'text/plain']), 'compress');
    assert.equal(plan(both, ['content-type', 'image/png']), 'leave');
    assert.equal(plan(both, ['content-length', '29']), 'tooSmall');
    assert.equal(plan(both, ['content-encoding', 'br']), 'leave');
    assert.equal(plan(both, ['upgrade', 'websocket'], ['connection', 'Upgrade']), 'leave');
  });

  it('knows the options of the codecs', () => {
    assert.equal(gzip.statPrefix, 'compressor.g.gzip.');
    assert.deepEqual(brotli.codec, {
      encoding: 'br',
      quality: 3,
      mode: 0,
      windowBits: 18,
      blockBits: 24,
      disablesLiteralModeling: false,
      chunkBytes: 4096,
    });
    const zstd = compile(library('z', 'zstd.compressor.v3.Zstd', 'compression_level: 9'));
    assert.equal(zstd.codec.encoding === 'zstd' && zstd.codec.level, 9);
    assert.match(
      filterProblems(COMPRESSOR_FILTER, `{ ${library('x', 'gzip.decompressor.v3.Gzip')} }`)[0]?.reason ?? '',
      /not supported here/,
    );
  });
});

describe('decompression', () => {
  const text = `{ decompressor_library: { name: G, typed_config: { '@type': ${TYPE}.gzip.decompressor.v3.Gzip } }, request_direction_config: {} }`;
  const runtime = compileFilter<DecompressorRuntime>(DECOMPRESSOR_FILTER, text);
  const plan = (fields: readonly (readonly [string, string])[]) =>
    planDecompression(runtime.response, runtime.codec, new HeaderBag(fields), EMPTY_RUNTIME);

  it('takes off what was applied last', () => {
    assert.deepEqual(plan([['content-encoding', 'gzip']]), { contentEncoding: '' });
    assert.deepEqual(plan([['content-encoding', 'br, GZIP']]), { contentEncoding: 'br' });
    assert.equal(plan([['content-encoding', 'gzip, br']]), undefined);
    assert.equal(plan([]), undefined);
    assert.equal(
      plan([
        ['content-encoding', 'gzip'],
        ['cache-control', 'max-age=1, No-Transform'],
      ]),
      undefined,
    );
  });

  it('is offered to upstreams', () => {
    const offered = (fields: readonly (readonly [string, string])[]) =>
      advertisedEncodings(runtime, new HeaderBag(fields), EMPTY_RUNTIME);
    assert.equal(offered([]), 'gzip');
    assert.equal(offered([['accept-encoding', 'br, gzip;q=0.1']]), 'br,gzip');
    assert.equal(runtime.trailerNames.compressed, 'x-envoy-decompressor-g-compressed-bytes');
  });
});
