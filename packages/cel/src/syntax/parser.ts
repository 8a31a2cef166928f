/** Tokens to syntax tree: recursive descent along the grammar of the language definition of CEL. */
import { type CelCompileError, locatedError } from '../errors.ts';
import { type Token, tokenize } from './lexer.ts';
import { type LiteralResult, readNumber, readText } from './literals.ts';
import type { BinaryOperator, CelNode, ListItem, MapEntry } from './tree.ts';

/** Names that are no variables; as members they are fine, but for the first four. */
const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const KEYWORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in']);
const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** All comparisons bind alike, unlike in most languages: `a == b in c` is `(a == b) in c`. */
const RELATIONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in']);
const SUMS: ReadonlySet<string> = new Set(['+', '-']);
const PRODUCTS: ReadonlySet<string> = new Set(['*', '/', '%']);

/** cel-go's limit too; the stack of a walk over the tree bears far more. */
const MAX_DEPTH = 250;

/** Reads one expression. */
export class Parser {
  private readonly source: string;
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(source: string) {
    this.source = source;
    this.tokens = tokenize(source);
  }

  /** The tree of the whole source; throws a `CelCompileError` that shows where it is wrong. */
  parse(): CelNode {
    const node = this.expression();
    if (this.token.kind !== 'end') throw this.unexpected();
    return node;
  }

  private get token(): Token {
    return this.tokens[this.at]!;
  }

  private expression(): CelNode {
    if (++this.depth > MAX_DEPTH) {
      throw locatedError(`expression recursion limit exceeded: ${MAX_DEPTH}`, this.source, this.token.pos);
    }
    const condition = this.either();
    const { pos } = this.token;
    if (!this.skip('?')) {
      this.depth--;
      return condition;
    }
    const yes = this.either();
    this.expect(':');
    const no = this.expression();
    this.depth--;
    return { op: '?:', args: [condition, yes, no], pos };
  }

  private either(): CelNode {
    let left = this.both();
    for (;;) {
      const { pos } = this.token;
      if (!this.skip('||')) return left;
      left = { op: '||', args: [left, this.both()], pos };
    }
  }

  private both(): CelNode {
    let left = this.relation();
    for (;;) {
      const { pos } = this.token;
      if (!this.skip('&&')) return left;
      left = { op: '&&', args: [left, this.relation()], pos };
    }
  }

  private relation(): CelNode {
    const product = (): CelNode => this.binary(PRODUCTS, () => this.unary());
    return this.binary(RELATIONS, () => this.binary(SUMS, product));
  }

  private binary(signs: ReadonlySet<string>, operand: () => CelNode): CelNode {
    let left = operand();
    for (;;) {
      const { text, pos } = this.token;
      if (!signs.has(text)) return left;
      this.at++;
      left = { op: text as BinaryOperator, args: [left, operand()], pos };
    }
  }

  /** Signs that follow each other cancel out; a minus before a number belongs to the number. */
  private unary(): CelNode {
    const { text, pos, kind } = this.token;
    if (kind !== 'sign' || (text !== '!' && text !== '-') || this.isNegativeNumber()) return this.operand();
    let count = 0;
    while (this.skip(text)) count++;
    const operand = this.operand();
    if (count % 2 === 0) return operand;
    return text === '!' ? { op: '!_', args: operand, pos } : { op: '-_', args: operand, pos };
  }

  private operand(): CelNode {
    const isNegative = this.isNegativeNumber();
    if (isNegative) this.at++;
    return this.members(this.primary(isNegative));
  }

  private isNegativeNumber(): boolean {
    const { kind, text } = this.token;
    if (kind !== 'sign' || text !== '-') return false;
    const next = this.tokens[this.at + 1]!;
    return next.kind === 'number' && !/[uU]$/.test(next.text);
  }

  /** What follows a value: members, calls of methods, indexes. */
  private members(start: CelNode): CelNode {
    let node = start;
    for (;;) {
      const { pos } = this.token;
      if (this.skip('.')) node = this.member(node, pos);
      else if (this.skip('[')) {
        const op = this.skip('?') ? '[?]' : '[]';
        node = { op, args: [node, this.expression()], pos };
        this.expect(']');
      } else return node;
    }
  }

  private member(node: CelNode, pos: number): CelNode {
    const isOptional = this.skip('?');
    const { kind, text } = this.token;
    if (kind !== 'name' || KEYWORDS.has(text)) throw this.unexpected();
    this.at++;
    if (isOptional) return { op: '.?', args: [node, text], pos };
    const opening = this.token.pos;
    return this.skip('(')
      ? { op: 'rcall', args: [text, node, this.args()], pos: opening }
      : { op: '.', args: [node, text], pos };
  }

  private primary(isNegative: boolean): CelNode {
    const { kind, text, pos } = this.token;
    if (kind === 'number') return this.literal(readNumber(text, isNegative));
    if (kind === 'text') return this.literal(readText(text));
    if (this.skip('(')) {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (this.skip('[')) return { op: 'list', args: this.items(), pos };
    if (this.skip('{')) return { op: 'map', args: this.entries(), pos };
    if (kind === 'name' && Object.hasOwn(CONSTANTS, text)) {
      this.at++;
      return { op: 'value', args: CONSTANTS[text]!, pos };
    }
    // A leading dot says that the name is not looked for in a container; there is none here.
    this.skip('.');
    return this.name();
  }

  private name(): CelNode {
    const { kind, text, pos } = this.token;
    if (kind !== 'name' || KEYWORDS.has(text)) throw this.unexpected();
    if (RESERVED.has(text)) throw locatedError(`reserved identifier: ${text}`, this.source, pos);
    this.at++;
    const opening = this.token.pos;
    return this.skip('(') ? { op: 'call', args: [text, this.args()], pos: opening } : { op: 'id', args: text, pos };
  }

  private literal(read: LiteralResult): CelNode {
    const { pos } = this.token;
    if ('problem' in read) throw locatedError(read.problem, this.source, pos);
    this.at++;
    return { op: 'value', args: read.value, pos };
  }

  private args(): CelNode[] {
    const args: CelNode[] = [];
    if (this.skip(')')) return args;
    do args.push(this.expression());
    while (this.skip(','));
    this.expect(')');
    return args;
  }

  private items(): ListItem[] {
    const items: ListItem[] = [];
    while (!this.skip(']')) {
      const isOptional = this.skip('?');
      items.push({ value: this.expression(), isOptional });
      this.separator(']');
    }
    return items;
  }

  private entries(): MapEntry[] {
    const entries: MapEntry[] = [];
    while (!this.skip('}')) {
      const isOptional = this.skip('?');
      const key = this.expression();
      this.expect(':');
      entries.push({ key, value: this.expression(), isOptional });
      this.separator('}');
    }
    return entries;
  }

  /** A comma, which may stand before the end too. */
  private separator(end: string): void {
    if (!this.skip(',') && this.token.text !== end) throw this.unexpected();
  }

  private skip(sign: string): boolean {
    if (this.token.kind !== 'sign' || this.token.text !== sign) return false;
    this.at++;
    return true;
  }

  private expect(sign: string): void {
    if (!this.skip(sign)) throw this.unexpected(`, expected '${sign}'`);
  }

  private unexpected(hint = ''): CelCompileError {
    const { kind, text, pos } = this.token;
    const shown = kind === 'end' ? 'end of the expression' : `'${text}'`;
    return locatedError(`Syntax error: unexpected ${shown}${hint}`, this.source, pos);
  }
}
