/** Reads JSONPath texts. */

/** One step of a path from a value to values in it. */
export type JsonPathStep =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from: number; readonly to: number | undefined; readonly by: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'descend' }
  | {
      readonly kind: 'filter';
      readonly left: Operand;
      readonly operator: FilterOperator;
      readonly right: Operand | undefined;
    };

/** How a filter compares; `exists` asks only whether there is a value. */
export type FilterOperator = 'exists' | '==' | '!=' | '<' | '<=' | '>' | '>=';

/** One side of a filter: a path from the item (`@.type`), or a value. */
export type Operand =
  | { readonly kind: 'path'; readonly steps: readonly JsonPathStep[] }
  | { readonly kind: 'literal'; readonly value: string | number | boolean };

/** A path that cannot be read. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

const MAX_LENGTH = 1024;
const NUMBER = /^-?\d+(?:\.\d+)?/;
const SLICE = /^(-?\d+)?:(-?\d+)?(?::(\d+))?$/;
const OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;

/** The steps of a path, with or without braces around it. */
export function parseJsonPath(text: string): readonly JsonPathStep[] {
  if (text.length > MAX_LENGTH) throw new JsonPathError(`a JSONPath must not be longer than ${MAX_LENGTH} characters`);
  const bare = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1).trim() : text;
  return new JsonPathParser(bare).path();
}

class JsonPathParser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  path(): JsonPathStep[] {
    if (this.peek() === '$' || this.peek() === '@') this.at++;
    const steps = this.steps();
    if (this.at < this.text.length) this.fail(`unexpected ${JSON.stringify(this.peek())}`);
    return steps;
  }

  private steps(): JsonPathStep[] {
    const steps: JsonPathStep[] = [];
    for (;;) {
      if (this.text.startsWith('..', this.at)) {
        this.at += 2;
        steps.push({ kind: 'descend' });
        if (this.peek() !== '[') steps.push(this.name());
      } else if (this.peek() === '.') {
        this.at++;
        // A single dot is the object itself; `.[0]` is as good as `[0]`.
        if (this.peek() === '[' || this.at === this.text.length) continue;
        steps.push(this.name());
      } else if (this.peek() === '[') steps.push(this.bracket());
      else return steps;
    }
  }

  private name(): JsonPathStep {
    let name = '';
    for (;;) {
      const c = this.peek();
      if (c === '\\' && this.at + 1 < this.text.length) {
        name += this.text[this.at + 1];
        this.at += 2;
      } else if (c === '' || '.[]()=!<>\'" '.includes(c)) break;
      else {
        name += c;
        this.at++;
      }
    }
    if (name === '') this.fail('a name is missing');
    return name === '*' ? { kind: 'all' } : { kind: 'names', names: [name] };
  }

  private bracket(): JsonPathStep {
    this.at++;
    const c = this.peek();
    if (c === '?') return this.filter();
    if (c === "'" || c === '"') return this.quotedNames();
    const end = this.text.indexOf(']', this.at);
    if (end < 0) this.fail('] is missing');
    const inner = this.text.slice(this.at, end).trim();
    this.at = end + 1;
    if (inner === '*') return { kind: 'all' };
    const slice = SLICE.exec(inner);
    if (slice !== null) {
      const [, from, to, by] = slice;
      if (by === '0') this.fail('a slice must not have a step of 0');
      return {
        kind: 'slice',
        from: Number(from ?? 0),
        to: to === undefined ? undefined : Number(to),
        by: Number(by ?? 1),
      };
    }
    const indexes = inner.split(',').map((part) => part.trim());
    if (!indexes.every((part) => /^-?\d+$/.test(part))) this.fail(`${JSON.stringify(inner)} is no index`);
    return { kind: 'indexes', indexes: indexes.map(Number) };
  }

  private quotedNames(): JsonPathStep {
    const names: string[] = [];
    do {
      this.skipSpace();
      names.push(this.quoted());
      this.skipSpace();
    } while (this.take(','));
    this.expect(']');
    return { kind: 'names', names };
  }

  private filter(): JsonPathStep {
    this.at++;
    this.expect('(');
    const left = this.operand();
    this.skipSpace();
    const operator = OPERATORS.find((op) => this.text.startsWith(op, this.at));
    let right: Operand | undefined;
    if (operator !== undefined) {
      this.at += operator.length;
      right = this.operand();
    }
    this.skipSpace();
    this.expect(')');
    this.expect(']');
    return { kind: 'filter', left, operator: operator ?? 'exists', right };
  }

  private operand(): Operand {
    this.skipSpace();
    const c = this.peek();
    if (c === '@') {
      this.at++;
      return { kind: 'path', steps: this.steps() };
    }
    if (c === "'" || c === '"') return { kind: 'literal', value: this.quoted() };
    for (const [word, value] of [
      ['true', true],
      ['false', false],
    ] as const) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return { kind: 'literal', value };
    }
    const number = NUMBER.exec(this.text.slice(this.at));
    if (number === null) this.fail('a filter compares @ paths, quoted texts, numbers, true and false');
    this.at += number[0].length;
    return { kind: 'literal', value: Number(number[0]) };
  }

  private quoted(): string {
    const quote = this.peek();
    if (quote !== "'" && quote !== '"') this.fail('a quoted text is missing');
    this.at++;
    let text = '';
    for (;;) {
      const c = this.peek();
      if (c === '') this.fail(`${quote} is missing`);
      this.at++;
      if (c === quote) return text;
      text += c === '\\' ? this.text[this.at++] : c;
    }
  }

  private peek(): string {
    return this.text[this.at] ?? '';
  }

  private take(c: string): boolean {
    if (this.peek() !== c) return false;
    this.at++;
    return true;
  }

  private expect(c: string): void {
    if (!this.take(c)) this.fail(`${c} is missing`);
  }

  private skipSpace(): void {
    while (this.peek() === ' ') this.at++;
  }

  private fail(problem: string): never {
    throw new JsonPathError(`invalid JSONPath ${JSON.stringify(this.text)} at character ${this.at + 1}: ${problem}`);
  }
}
