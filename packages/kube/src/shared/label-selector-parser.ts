/**
 * The grammar of label selectors in strings. Tolerant where the API server is: empty values, `x in (,a)`, keys called `in`.
 *
 *     selector    = [ requirement { "," requirement } ]
 *     requirement = "!" KEY | KEY | KEY ("=" | "==" | "!=" | ">" | "<") [ VALUE ] | KEY ("in" | "notin") "(" VALUES ")"
 */
import { qualifiedNameProblems } from '@weft/api';
import { badRequest } from './api-errors.ts';
import { goQuote } from './go-quote.ts';
import type { LabelOperator, LabelRequirement } from './label-requirement.ts';
import { ApiStatusError } from './status.ts';

/** A symbol or keyword is told by its own text; `word` is any other run of characters. */
type TokenKind = 'word' | 'end' | 'bad' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'in' | 'notin';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const SYMBOLS: ReadonlySet<string> = new Set(['(', ')', ',', '!', '=', '==', '!=', '>', '<']);
const TOKEN = /[ \t\r\n]*(?:([=!(),><]+)|([^=!(),>< \t\r\n]+))/y;
const OPERATORS: Readonly<Partial<Record<TokenKind, LabelOperator>>> = {
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
  in: 'in',
  notin: 'notin',
};

/** Splits a selector into its conditions; `check` refuses a condition that is well formed but wrong. */
export function parseRequirements(
  text: string,
  check: (requirement: LabelRequirement) => LabelRequirement,
): LabelRequirement[] {
  const reader = new TokenReader(tokenize(text));
  const requirements: LabelRequirement[] = [];
  for (;;) {
    const { kind, text: found } = reader.peekValue();
    if (kind === 'end') return requirements;
    if (kind !== 'word' && kind !== '!') {
      throw badRequest(`found '${found}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(parseRequirement(reader, check));
    const after = reader.takeValue();
    if (after.kind === 'end') return requirements;
    if (after.kind !== ',') throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`);
    const next = reader.peekValue();
    if (next.kind !== 'word' && next.kind !== '!') {
      throw badRequest(`found '${next.text}', expected: identifier after ','`);
    }
  }
}

function parseRequirement(
  reader: TokenReader,
  check: (requirement: LabelRequirement) => LabelRequirement,
): LabelRequirement {
  try {
    const isNegated = reader.peekValue().kind === '!';
    if (isNegated) reader.takeValue();
    const key = reader.takeValue();
    if (key.kind !== 'word') throw badRequest(`found '${key.text}', expected: identifier`);
    const problems = qualifiedNameProblems(key.text);
    if (problems.length > 0) {
      throw badRequest(`<nil>: Invalid value: ${goQuote(key.text)}: ${problems.join('; ')}`);
    }
    const next = reader.peekValue().kind;
    if (isNegated) return check({ key: key.text, operator: '!', values: [] });
    if (next === 'end' || next === ',') return check({ key: key.text, operator: 'exists', values: [] });
    return check(parseComparison(reader, key.text));
  } catch (thrown) {
    if (!(thrown instanceof ApiStatusError)) throw thrown;
    throw badRequest(`unable to parse requirement: ${thrown.message}`);
  }
}

function parseComparison(reader: TokenReader, key: string): LabelRequirement {
  const { kind, text } = reader.take();
  const operator = OPERATORS[kind];
  if (operator === undefined) throw badRequest(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
  const values = operator === 'in' || operator === 'notin' ? parseValueSet(reader) : [parseValue(reader)];
  return { key, operator, values };
}

function parseValue(reader: TokenReader): string {
  const next = reader.peekValue();
  if (next.kind === 'end' || next.kind === ',') return '';
  const value = reader.takeValue();
  if (value.kind !== 'word') throw badRequest(`found '${value.text}', expected: identifier`);
  return value.text;
}

function parseValueSet(reader: TokenReader): string[] {
  const open = reader.takeValue();
  if (open.kind !== '(') throw badRequest(`found '${open.text}' expected: '('`);
  const values = new Set<string>();
  let isFirst = true;
  // An empty place between commas and parentheses is the empty value.
  for (;;) {
    const token = reader.takeValue();
    let end = token;
    if (token.kind === 'word') {
      values.add(token.text);
      end = reader.takeValue();
      if (end.kind !== ',' && end.kind !== ')') throw badRequest(`found '${end.text}', expected: ',' or ')'`);
    } else if (token.kind === ',' || token.kind === ')') values.add('');
    else
      throw badRequest(`found '${token.text}', expected: ${isFirst ? "',', ')' or identifier" : "',', or identifier"}`);
    isFirst = false;
    if (end.kind === ')') return [...values].sort();
  }
}

/** Hands out tokens one by one; behind the last one there is always `end`. */
class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  take(): Token {
    const token = this.#tokens[this.#next] ?? END;
    this.#next++;
    return token;
  }

  /** Where no operator can stand, `in` and `notin` are ordinary words. */
  takeValue(): Token {
    return asValue(this.take());
  }

  peekValue(): Token {
    return asValue(this.#tokens[this.#next] ?? END);
  }
}

const END: Token = { kind: 'end', text: '' };

function asValue(token: Token): Token {
  return token.kind === 'in' || token.kind === 'notin' ? { kind: 'word', text: token.text } : token;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const [, symbols, word] = match;
    if (symbols !== undefined) pushSymbols(symbols, tokens);
    else if (word === 'in' || word === 'notin') tokens.push({ kind: word, text: word });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
  }
  return tokens;
}

/** The longest symbol first: `!=` is one symbol, `=(` are two. */
function pushSymbols(run: string, tokens: Token[]): void {
  for (let i = 0; i < run.length; ) {
    const two = run.slice(i, i + 2);
    const symbol = SYMBOLS.has(two) ? two : run.charAt(i);
    tokens.push({ kind: symbol as TokenKind, text: symbol });
    i += symbol.length;
  }
}
