import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import fc from 'fast-check';
import { compilePathTemplate, compilePathTemplateRewrite } from './path-template.ts';

test('documented templates', () => {
  const cases: [string, string, boolean][] = [
    ['/videos/*/*/*.m4s', '/videos/123414/hls/1080p5000_00001.m4s', true],
    ['/videos/*/*/*.m4s', '/videos/123414/1080p5000_00001.m4s', false],
    ['/videos/{file}', '/videos/1080p5000_00001.m4s', true],
    ['/videos/{file}', '/videos/', false],
    ['/**.mpd', '/content/123/india/dash/55/manifest.mpd', true],
    ['/**', '/', true],
    ['/a/**', '/a', false],
    ['/a/{rest=**}', '/a/b/c', true],
    ['/{v=videos/*}/x', '/videos/1/x', true],
    ['/a/', '/a/', true],
    ['/a/', '/a', false],
    ['/a.b', '/axb', false],
    ['/', '/', true],
    ['/*', '/a b', false],
    ['/*', '/a=b*c', true],
    ['/a=b', '/a=b', true],
    ['/x{a}/b', '/xq/b', true],
    ['/x{a}/b', '/x/b', false],
    ['/{a}y/b', '/qy/b', true],
    ['/x{a}/{b}.html', '/xq/z.html', true],
  ];
  for (const [template, path, expected] of cases) {
    assert.equal(unwrap(compilePathTemplate(template, 't')).matches(path), expected, `${template} ${path}`);
  }
});

test('documented rewrites', () => {
  const cases: [string, string, string, string | undefined][] = [
    ['/{one}/{two}', '/{two}/{one}', '/cat/dog', '/dog/cat'],
    ['/videos/{language=lang/*}/*', '/{language}', '/videos/lang/en/video.m4s', '/lang/en'],
    [
      '/content/{format}/{lang}/{id}/{file}.vtt',
      '/{lang}/{format}/{file}.vtt',
      '/content/hls/en-us/12345/en_193913.vtt',
      '/en-us/hls/en_193913.vtt',
    ],
    ['/{one}', '/x', '/a/b', undefined],
    ['/x{a}/{b}.html', '/{b}=*/{a}', '/xq/z.html', '/z=*/q'],
  ];
  for (const [template, rewrite, path, expected] of cases) {
    const compiled = unwrap(compilePathTemplate(template, 't'));
    assert.equal(unwrap(compilePathTemplateRewrite(rewrite, compiled, 'r')).rewrite(path), expected, template);
  }
});

test('what Envoy refuses is refused', () => {
  for (const template of [
    '',
    'a',
    '/{a}/{b}/{c}/{d}/{e}/{f}',
    '/{a}/{a}',
    '/**/*',
    '/**/{a}',
    '/{a',
    '/{1a}',
    '/{a=}',
    '/a*b/c',
    '//',
    '/*a/b',
    '/x*',
    '/x**',
    '/{a}{b}',
    '/x{a=b/*}/c',
    '/{a=/b}',
    '/{a=b/}',
    '/a|b',
    '/{abcdefghijklmnopq}',
    '/{a=**}/**',
    `/${'a'.repeat(300)}`,
  ]) {
    assert.equal(compilePathTemplate(template, 't').kind, 'err', template);
  }
  const template = unwrap(compilePathTemplate('/{a}', 't'));
  for (const rewrite of ['a', '/{b}', '/{a', '/a}', '/{}', '/a//b', '/a|b']) {
    assert.equal(compilePathTemplateRewrite(rewrite, template, 'r').kind, 'err', rewrite);
  }
});

test('any text is compiled or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('/', '*', '{', '}', '=', 'a', 'b', '.'), maxLength: 14 }), (text) => {
      const template = compilePathTemplate(`/${text}`, 't');
      if (template.kind === 'ok')
        assert.equal(template.value.matches('/a/b'), template.value.capture('/a/b') !== undefined);
    }),
    { numRuns: 2000 },
  );
});
