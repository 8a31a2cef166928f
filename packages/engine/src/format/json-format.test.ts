import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestView } from '../route/test-support/views.ts';
import type { StreamView } from '../view/stream-view.ts';
import { compileJsonFormat } from './json-format.ts';
import { SOURCES, streamView, upstreamView } from './test-support/stream-view.ts';

type Template = Readonly<Record<string, unknown>>;

function json(template: Template, view: StreamView, omitsEmpty = false): string {
  const compiled = compileJsonFormat(template, 'json_format', SOURCES, { omitsEmpty });
  if (compiled.kind === 'err') assert.fail(JSON.stringify(compiled.error));
  return compiled.value.format(view);
}

describe('JSON formats', () => {
  const view = streamView({ responseCode: 200, dynamicMetadata: { a: { z: 1, b: { y: null, x: 'q"' } } } });

  it('keep the type of what is one operator, and make texts of the rest', () => {
    const template = {
      code: '%RESPONSE_CODE%',
      text: '%RESPONSE_CODE%ms',
      two: '%RESPONSE_CODE%%BYTES_SENT%',
      none: '%UPSTREAM_HOST%',
      noneInText: 'at %UPSTREAM_HOST%',
      plain: '100%%',
      typed: '%TYPED_CEL(response.code == 200)%',
      metadata: '%DYNAMIC_METADATA(a)%',
    };
    assert.deepEqual(JSON.parse(json(template, view)), {
      code: 200,
      text: '200ms',
      two: '2000',
      none: null,
      noneInText: 'at -',
      plain: '100%',
      typed: true,
      metadata: { b: { x: 'q"', y: null }, z: 1 },
    });
  });

  it('have their members in order, nested and in lists, and end in a line break', () => {
    const template = { b: '%PROTOCOL%', a: { d: 1, c: true }, B: [{ z: null, y: 'x' }, 1.5, '%RESPONSE_CODE%'], _: {} };
    assert.equal(
      json(template, view),
      '{"B":[{"y":"x","z":null},1.5,200],"_":{},"a":{"c":true,"d":1},"b":"HTTP/1.1"}\n',
    );
    assert.equal(json({ a: '%DYNAMIC_METADATA(a)%' }, view), '{"a":{"b":{"x":"q\\"","y":null},"z":1}}\n');
  });

  it('leave out what is not there, and objects that nothing is left of', () => {
    const template = {
      a: '%UPSTREAM_HOST%',
      b: [null, '%UPSTREAM_HOST%', { c: '%UPSTREAM_HOST%' }],
      d: { e: '%UPSTREAM_HOST%' },
      f: 'at %UPSTREAM_HOST%',
      g: [],
      h: {},
    };
    assert.equal(json(template, view, true), '{"b":[],"f":"at ","g":[]}\n');
    assert.equal(json({ a: '%UPSTREAM_HOST%' }, view, true), '{}\n');
  });

  it('say where in the tree a format is wrong', () => {
    const compiled = compileJsonFormat({ a: { b: ['%NOPE%', '%REQ%'] }, c: '50%' }, 'json_format', SOURCES, {
      omitsEmpty: false,
    });
    if (compiled.kind === 'ok') assert.fail('compiled');
    assert.deepEqual(
      compiled.error.map(({ path }) => path),
      ['json_format.a.b[0]', 'json_format.a.b[1]', 'json_format.c'],
    );
  });

  it('are lines of JSON whatever a client sends', () => {
    const template = { a: '%REQ(x-a)%', b: '<%REQ(x-a)%>', c: '%QUERY_PARAM(q)%' };
    for (const value of [
      '"',
      '\\',
      '\n',
      '\r\n{"x":1}',
      '\0',
      '\u2028',
      '\u00ff',
      '\u00c3\u00ab',
      '\ud800',
      '%REQ(x)%',
    ]) {
      const hostile = streamView({
        request: requestView({ path: `/?q=${encodeURIComponent(value.toWellFormed())}`, headers: { 'x-a': value } }),
        upstream: upstreamView(),
      });
      const line = json(template, hostile);
      assert.equal(line.indexOf('\n'), line.length - 1);
      assert.equal(typeof (JSON.parse(line) as { a: unknown }).a, 'string');
    }
  });
});
