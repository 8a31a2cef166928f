import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { requestView } from '../route/test-support/views.ts';
import type { StreamView } from '../view/stream-view.ts';
import { compileFormat } from './compile-format.ts';
import { BRIEF_LINE_OPTIONS, HEADER_OPTIONS, LINE_OPTIONS } from './formatter.ts';
import { compileJsonFormat } from './json-format.ts';
import { FORMAT_OPERATORS } from './operators/all.ts';
import { headerSource, responseView, SOURCES, streamView, upstreamView } from './test-support/stream-view.ts';

const names = [...FORMAT_OPERATORS.keys()];
const params = fc.oneof(
  fc.constantFrom('', 'a', ':path', 'x?y', 'x-a', 'DYNAMIC:a:b', 'a:b', '16', 'DS_RX_BEG:DS_TX_END:us', 'NUMBER', 'NQ'),
  fc.constantFrom(
    '%Y-%m-%d %s.%3f',
    '{"operators":["PROTOCOL"]}',
    'response.code',
    "request.headers['x-a']",
    'WQ:ORIG',
  ),
  fc.string({ maxLength: 12 }),
);

const command = fc
  .tuple(fc.constantFrom(...names), fc.option(params), fc.option(fc.nat(20)))
  .map(
    ([name, param, length]) => `%${name}${param === null ? '' : `(${param})`}${length === null ? '' : `:${length}`}%`,
  );

const formats = fc
  .array(fc.oneof(command, fc.string({ maxLength: 6 }), fc.constantFrom('%', '%%', '(', ')', ':', '%REQ(', ')%', '\n')))
  .map((parts) => parts.join(''));

const json = fc.jsonValue({ maxDepth: 3 });
const metadata = fc.dictionary(fc.constantFrom('a', 'b', 'DYNAMIC', '__proto__'), fc.dictionary(fc.string(), json));

/** Bytes as header values hold them, control characters too. */
const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 16 }).map((each) => String.fromCharCode(...each));

const views: fc.Arbitrary<StreamView> = fc
  .record({
    value: bytes,
    path: bytes,
    code: fc.oneof(fc.nat(999), fc.double()),
    us: fc.double(),
    metadata,
    state: fc.option(fc.string(), { nil: undefined }),
    isThere: fc.boolean(),
  })
  .map(({ value, path, code, us, metadata: source, state, isThere }) =>
    streamView({
      request: isThere
        ? requestView({ path, headers: { 'x-a': value, 'content-type': 'application/grpc' } })
        : undefined,
      response: isThere ? responseView(200, { 'grpc-status': value }) : undefined,
      responseTrailers: isThere ? headerSource({ a: value }) : undefined,
      upstream: isThere ? upstreamView({ clusterMetadata: source, hostName: value }) : undefined,
      responseCode: code,
      bytesSent: us,
      startTimeUs: us,
      responseCodeDetails: value,
      dynamicMetadata: source,
      filterState: () => state,
    }),
  );

describe('any format', () => {
  it('compiles or says what is wrong with it, and never throws for any stream', () => {
    const options = fc.constantFrom(LINE_OPTIONS, BRIEF_LINE_OPTIONS, HEADER_OPTIONS);
    fc.assert(
      fc.property(formats, views, options, (format, view, chosen) => {
        const compiled = compileFormat(format, 'at', SOURCES, chosen);
        if (compiled.kind === 'ok') assert.equal(typeof compiled.value.format(view), 'string');
        else for (const { path, reason } of compiled.error) assert.ok(path === 'at' && reason.length > 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('in a header leaves only bytes', () => {
    fc.assert(
      fc.property(formats, views, (format, view) => {
        const compiled = compileFormat(format, 'at', SOURCES, HEADER_OPTIONS);
        if (compiled.kind === 'ok') assert.doesNotMatch(compiled.value.format(view), /[^\0-\u00ff]/);
      }),
      { numRuns: 500 },
    );
  });

  it('within JSON makes one line of JSON for any stream', () => {
    const templates = fc.dictionary(fc.string(), fc.oneof(command, formats, json, fc.array(command)));
    fc.assert(
      fc.property(templates, views, fc.boolean(), (template, view, omitsEmpty) => {
        const compiled = compileJsonFormat(template, 'at', SOURCES, { omitsEmpty });
        if (compiled.kind === 'err') return;
        const line = compiled.value.format(view);
        assert.equal(line.indexOf('\n'), line.length - 1);
        assert.equal(typeof JSON.parse(line), 'object');
      }),
      { numRuns: 1000 },
    );
  });
});
