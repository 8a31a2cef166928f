import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CelCompileError } from '../errors.ts';
import { celSyntaxProblem, parseCel } from '../parse.ts';
import { CelUint } from '../values.ts';
import { type CelNode, isBinary } from './tree.ts';

/** The tree as a text in prefix form. */
function show(node: CelNode): string {
  if (isBinary(node)) return showOperator(node);
  switch (node.op) {
    case 'value':
      return showLiteral(node.args);
    case 'id':
      return node.args;
    case '.':
    case '.?':
      return `(${node.op} ${show(node.args[0])} ${node.args[1]})`;
    case 'call':
      return `(${[node.args[0], ...node.args[1].map(show)].join(' ')})`;
    case 'rcall':
      return `(.${[node.args[0], show(node.args[1]), ...node.args[2].map(show)].join(' ')})`;
    case 'list':
      return `[${node.args.map(({ value, isOptional }) => `${isOptional ? '?' : ''}${show(value)}`).join(' ')}]`;
    case 'map':
      return `{${node.args.map((e) => `${e.isOptional ? '?' : ''}${show(e.key)}:${show(e.value)}`).join(' ')}}`;
    case 'fold':
      return assert.fail('no text says a loop');
    case '!_':
    case '-_':
      return `(${node.op[0]} ${show(node.args)})`;
    case '?:':
    case '[]':
    case '[?]':
    case '||':
    case '&&':
      return showOperator(node);
  }
}

function showOperator({ op, args }: { readonly op: string; readonly args: readonly CelNode[] }): string {
  return `(${op} ${args.map(show).join(' ')})`;
}

function showLiteral(value: unknown): string {
  if (value instanceof CelUint) return `${value.value}u`;
  if (value instanceof Uint8Array) return `b${JSON.stringify([...value])}`;
  if (typeof value === 'number') return `${value}d`;
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

describe('the syntax of CEL', () => {
  const cases: readonly (readonly [source: string, tree: string])[] = [
    ['1 + 2 * 3 - 4 % 5', '(- (+ 1 (* 2 3)) (% 4 5))'],
    // All comparisons bind alike, from the left.
    ['a == b in c', '(in (== a b) c)'],
    ['a < b == c', '(== (< a b) c)'],
    ['a || b && c || d', '(|| (|| a (&& b c)) d)'],
    ['a ? b : c ? d : e', '(?: a b (?: c d e))'],
    ['!!a', 'a'],
    ['!!!a', '(! a)'],
    ['!(!a)', '(! (! a))'],
    ['!-1', '(! -1)'],
    ['-1', '-1'],
    ['- 1', '-1'],
    ['--1', '1'],
    ['-(1)', '(- 1)'],
    ['-a.b', '(- (. a b))'],
    ['1 - -1', '(- 1 -1)'],
    ['a -1', '(- a 1)'],
    ['-1.5e3', '-1500d'],
    ['.5 + 1.25 + 2e-1', '(+ (+ 0.5d 1.25d) 0.2d)'],
    ['0x1F + 0x1fu + 7U', '(+ (+ 31 31u) 7u)'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['18446744073709551615u', '18446744073709551615u'],
    ['a.b.c(1, 2).d[3]', '([] (. (.c (. a b) 1 2) d) 3)'],
    ['a.?b[?c]', '([?] (.? a b) c)'],
    ['f() + g(1)', '(+ (f) (g 1))'],
    ['.a.b', '(. a b)'],
    ['a.namespace.as', '(. (. a namespace) as)'],
    ['[1, ?a, 2,]', '[1 ?a 2]'],
    ["{'a': 1, ?b: c,}", '{"a":1 ?b:c}'],
    ['[] == {}', '(== [] {})'],
    ['true && false || null == 1', '(|| (&& true false) (== null 1))'],
    ['a // comment\n + b', '(+ a b)'],
    [`'a\\n\\x41\\u00e9\\U0001F4A1\\101\\''`, `"a\\nAé💡A'"`],
    [`"double 'quoted'"`, `"double 'quoted'"`],
    [`'''three\nlines 'of' text'''`, `"three\\nlines 'of' text"`],
    [`r'raw\\d' + R"x"`, '(+ "raw\\\\d" "x")'],
    [`b'a\\x00\\377é'`, 'b[97,0,255,195,169]'],
    [`br'\\n'`, 'b[92,110]'],
  ];
  for (const [source, tree] of cases) it(source, () => assert.equal(show(parseCel(source)), tree));

  const wrong: readonly (readonly [source: string, place: string, problem: string])[] = [
    ['1 +', '1:4', 'Syntax error: unexpected end of the expression'],
    ['a b', '1:3', "Syntax error: unexpected 'b'"],
    ['(a', '1:3', "Syntax error: unexpected end of the expression, expected ')'"],
    ['a.in', '1:3', "Syntax error: unexpected 'in'"],
    ['.true', '1:2', "Syntax error: unexpected 'true'"],
    ['a\n.1', '2:1', "Syntax error: unexpected '.1'"],
    ["'open", '1:1', `Syntax error: unexpected character "'", which begins a text that does not end`],
    ['a @ b', '1:3', 'Syntax error: unexpected character "@"'],
    ['namespace', '1:1', 'reserved identifier: namespace'],
    ["'\\q'", '1:1', 'unable to unescape string'],
    ["'\\ud800'", '1:1', 'invalid unicode code point'],
    ["b'\\u0041'", '1:1', 'unable to unescape string'],
    ['1 + 9223372036854775808', '1:5', 'invalid int literal'],
    ['18446744073709551616u', '1:1', 'invalid uint literal'],
    ['1e999', '1:1', 'invalid double literal'],
  ];
  for (const [source, place, problem] of wrong) {
    it(`refuses ${JSON.stringify(source)}`, () => {
      assert.throws(
        () => parseCel(source),
        (error: Error) => error.message.startsWith(`ERROR: <input>:${place}: ${problem}\n | `),
      );
      assert.equal(celSyntaxProblem(source), problem);
    });
  }

  it('has one answer for all that is written', () => {
    const signs = ["'", '"', "'''", '\\', 'b', 'r', '`', '{', '}', '[', ']', '(', ')', '?', ':', '.', ',', '-', '!'];
    const piece = fc.constantFrom(...signs, '1', 'e', 'x', ' ', 'in');
    const source = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(source, (text) => {
        try {
          parseCel(text);
          assert.equal(celSyntaxProblem(text), undefined);
        } catch (error) {
          assert.ok(error instanceof CelCompileError, String(error));
          assert.equal(celSyntaxProblem(text), error.summary);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to what is written', () => {
    const started = performance.now();
    for (const part of ["'", '"""', 'r"', '(', '[', '-', '!', 'a.', '1+', "'a'+", '\\', 'a?']) {
      celSyntaxProblem(part.repeat(16_384 / part.length));
    }
    assert.ok(performance.now() - started < 2000);
  });
});
