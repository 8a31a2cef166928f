import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findImports } from './imports.ts';
import { tokenize } from './tokenize.ts';

const texts = (source: string, kind?: string) =>
  tokenize(source)
    .filter((token) => kind === undefined || token.kind === kind)
    .map((token) => token.text);

describe('tokenize', () => {
  it('sees no identifiers in strings, comments and regular expressions', () => {
    const source = `
      // Date.now() in a comment
      /* setTimeout
         over lines */
      const a = 'Date.now()' + "Math.random()" + /process.env[/'"]/g.source;
    `;
    assert.deepEqual(texts(source, 'ident'), ['const', 'a', 'source']);
    assert.deepEqual(texts(source, 'regex'), [`/process.env[/'"]/g`]);
  });

  it('sees the code inside template substitutions, nested ones too', () => {
    const source = '`a ${b + `c ${d} e`} Date.now ${ {f: `}`} } g` + h';
    assert.deepEqual(texts(source, 'ident'), ['b', 'd', 'f', 'h']);
    assert.deepEqual(texts(source, 'template'), ['a ', 'c ', ' e', ' Date.now ', '}', ' g']);
  });

  it('tells division from regular expressions', () => {
    const divisions = [
      'a / b / c',
      '(a) / b / c',
      'x[0] / 2 / y',
      'i++ / 2 / j',
      'x! / 2 / y',
      'const o = {} / 1 / 2',
      'this.in / 2 / 3',
    ];
    for (const source of divisions) assert.deepEqual(texts(source, 'regex'), [], source);
    const expressions = [
      'return /a/',
      'if (x) /a/.test(y)',
      'f(/a/)',
      'x = /a/',
      'if (x) {} /a/.test(y)',
      'a && /a/',
      'a + /a/',
      '!/a/',
      'case /a/:',
      '() => /a/',
    ];
    for (const source of expressions) assert.deepEqual(texts(source, 'regex'), ['/a/'], source);
  });

  it('keeps line numbers across comments, templates and continued strings', () => {
    const source = "/*\n\n*/a\n`\n\n${b}\n`\n'x\\\ny'; c";
    const lines = tokenize(source).filter((token) => token.kind === 'ident');
    assert.deepEqual(
      lines.map((token) => `${token.text}:${token.line}`),
      ['a:3', 'b:6', 'c:9'],
    );
  });

  it('recovers at the line end from a quote that nothing closes', () => {
    assert.deepEqual(texts("a = 'oops\nb", 'ident'), ['a', 'b']);
  });

  it('skips a shebang line', () => {
    assert.deepEqual(texts('#!/usr/bin/env node\na', 'ident'), ['a']);
  });

  it('ends on any input', () => {
    const piece = fc.constantFrom(
      '/',
      '*',
      '`',
      '${',
      '}',
      '{',
      "'",
      '"',
      '\\',
      '\n',
      'a',
      ' ',
      '(',
      ')',
      '[',
      ']',
      '.',
      '?.',
      '!',
      '=',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const source = pieces.join('');
        const tokens = tokenize(source);
        assert.ok(tokens.every((token) => token.line <= source.split('\n').length));
      }),
    );
  });
});

describe('findImports', () => {
  const specifiers = (source: string) => findImports(tokenize(source)).map((ref) => ref.specifier);

  it('finds every form', () => {
    const forms: Record<string, string> = {
      "import 'a';": 'a',
      "import b from 'b';": 'b',
      "import type { C } from 'c';": 'c',
      "import d, { type D, e as f } from 'd';": 'd',
      "import * as e from 'e';": 'e',
      "export * from 'f';": 'f',
      "export * as g from 'g';": 'g',
      "export { h, i as j } from 'h';": 'h',
      "export type { I } from 'i';": 'i',
      "const j = await import('j');": 'j',
      "type K = import('k').K;": 'k',
      "const l = require('l');": 'l',
      "const m = process.getBuiltinModule('m');": 'm',
      "import n from 'n' with { type: 'json' };": 'n',
      'const o = import(`o`);': 'o',
      "import { default as p, 'q r' as q } from 'p';": 'p',
    };
    for (const [source, expected] of Object.entries(forms)) assert.deepEqual(specifiers(source), [expected], source);
  });

  it('finds nothing in what only looks like one', () => {
    const others = [
      'import.meta.url',
      "export { a }; const from = 'x';",
      "export const from = 'x';",
      "// import 'x'",
      "x.import('y')",
      "x.require('y')",
      'import(`./${name}.ts`)',
      'const s = "import \'x\'";',
    ];
    for (const source of others) assert.deepEqual(specifiers(source), [], source);
  });

  it('reports names as the other module calls them', () => {
    const [ref] = findImports(tokenize("import { env as e, type Foo } from 'node:process';"));
    assert.deepEqual(ref?.names, ['env', 'Foo']);
  });
});
