// A small tokenizer for TypeScript and JavaScript: enough to see imports and identifiers without being fooled by strings, comments,
// template literals and regular expressions. It never fails: on odd input it yields tokens as best it can.

/** One token. Strings carry their content without quotes; every other text is as written. */
export interface Token {
  readonly kind: 'ident' | 'number' | 'string' | 'template' | 'regex' | 'punct';
  readonly text: string;
  readonly line: number;
}

/** After these words an expression starts, so a slash opens a regular expression. */
const EXPRESSION_KEYWORDS = new Set(
  'return typeof instanceof in of new delete void throw case do else yield await extends default'.split(' '),
);

/** A parenthesis after these words closes a head, not an expression: a slash behind it opens a regular expression. */
const HEAD_KEYWORDS = new Set(['if', 'while', 'for', 'with']);

const IDENT = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:0[xXbBoO][\da-fA-F_]+n?|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d[\d_]*)?n?)/y;

/** What an open bracket means for a slash behind its closing partner; `template` closes a `${`. */
type Bracket = 'head' | 'group' | 'block' | 'object' | 'template';

/** Splits source text into tokens, leaving out white space and comments. */
export function tokenize(source: string): Token[] {
  return new Tokenizer(source).run();
}

class Tokenizer {
  private readonly source: string;
  private readonly tokens: Token[] = [];
  private readonly brackets: Bracket[] = [];
  private position = 0;
  private line = 1;
  /** Whether a slash at this point would open a regular expression. */
  private regexAllowed = true;

  constructor(source: string) {
    this.source = source;
  }

  run(): Token[] {
    const { source } = this;
    if (source.startsWith('#!')) this.skipLine();
    while (this.position < source.length) {
      const char = source[this.position]!;
      if (char === '\n') {
        this.line++;
        this.position++;
      } else if (char === ' ' || char === '\t' || char === '\r') this.position++;
      else if (char === '/') this.slash();
      else if (char === '"' || char === "'") this.string(char);
      else if (char === '`') this.template();
      else if (char >= '0' && char <= '9') this.number();
      else if (!this.identifier()) this.punctuation(char);
    }
    return this.tokens;
  }

  private push(kind: Token['kind'], text: string, line: number, regexAllowed: boolean): void {
    this.tokens.push({ kind, text, line });
    this.regexAllowed = regexAllowed;
  }

  private skipLine(): void {
    const end = this.source.indexOf('\n', this.position);
    this.position = end === -1 ? this.source.length : end;
  }

  private slash(): void {
    const next = this.source[this.position + 1];
    if (next === '/') this.skipLine();
    else if (next === '*') {
      const end = this.source.indexOf('*/', this.position + 2);
      this.advanceTo(end === -1 ? this.source.length : end + 2);
    } else if (this.regexAllowed) this.regex();
    else {
      this.push('punct', '/', this.line, true);
      this.position++;
    }
  }

  /** Moves on over text that may contain line ends. */
  private advanceTo(end: number): void {
    for (
      let at = this.source.indexOf('\n', this.position);
      at !== -1 && at < end;
      at = this.source.indexOf('\n', at + 1)
    ) {
      this.line++;
    }
    this.position = end;
  }

  private regex(): void {
    const start = this.position;
    let inClass = false;
    let at = start + 1;
    for (; at < this.source.length; at++) {
      const char = this.source[at];
      if (char === '\\') at++;
      else if (char === '\n') break;
      else if (char === '[') inClass = true;
      else if (char === ']') inClass = false;
      else if (char === '/' && !inClass) {
        at++;
        break;
      }
    }
    this.position = at;
    IDENT.lastIndex = at;
    if (IDENT.test(this.source)) this.position = IDENT.lastIndex;
    this.push('regex', this.source.slice(start, this.position), this.line, false);
  }

  private string(quote: string): void {
    const start = this.position + 1;
    const { line } = this;
    let at = start;
    for (; at < this.source.length; at++) {
      const char = this.source[at];
      // A line end closes a string that nothing else does, so that a wrong guess about a slash stays within its line.
      if (char === quote || char === '\n') break;
      if (char === '\\') {
        at++;
        if (this.source[at] === '\n') this.line++;
      }
    }
    this.push('string', this.source.slice(start, at), line, false);
    this.position = this.source[at] === quote ? at + 1 : at;
  }

  /** Reads from a backtick, or from the brace that ends a substitution, to the next substitution or the closing backtick. */
  private template(): void {
    const start = this.position + 1;
    const { line } = this;
    let at = start;
    for (; at < this.source.length; at++) {
      const char = this.source[at];
      if (char === '\\') at++;
      else if (char === '`' || (char === '$' && this.source[at + 1] === '{')) break;
    }
    const opensSubstitution = this.source[at] === '$';
    this.advanceTo(at);
    this.push('template', this.source.slice(start, at), line, opensSubstitution);
    if (opensSubstitution) this.brackets.push('template');
    this.position = at + (opensSubstitution ? 2 : 1);
  }

  private number(): void {
    NUMBER.lastIndex = this.position;
    const text = NUMBER.exec(this.source)?.[0] ?? this.source[this.position]!;
    this.push('number', text, this.line, false);
    this.position += text.length;
  }

  private identifier(): boolean {
    IDENT.lastIndex = this.position;
    const text = IDENT.exec(this.source)?.[0];
    if (text === undefined) return false;
    const isProperty = this.tokens.at(-1)?.text === '.' || this.tokens.at(-1)?.text === '?.';
    this.push('ident', text, this.line, !isProperty && EXPRESSION_KEYWORDS.has(text));
    this.position += text.length;
    return true;
  }

  private punctuation(char: string): void {
    const previous = this.tokens.at(-1);
    const three = this.source.startsWith('...', this.position);
    const text = three ? '...' : this.source.startsWith('?.', this.position) ? '?.' : char;
    let regexAllowed = true;
    if (char === '(') {
      this.brackets.push(previous !== undefined && HEAD_KEYWORDS.has(previous.text) ? 'head' : 'group');
    } else if (char === '[') this.brackets.push('group');
    else if (char === '{') this.brackets.push(this.opensObject(previous) ? 'object' : 'block');
    else if (char === ')' || char === ']' || char === '}') {
      const bracket = this.brackets.pop();
      if (bracket === 'template' && char === '}') {
        this.template();
        return;
      }
      regexAllowed = bracket === 'head' || bracket === 'block';
    } else if (char === '+' || char === '-') {
      // `i++ / 2` divides.
      regexAllowed = !(previous?.kind === 'punct' && previous.text === char && !this.regexAllowedBefore(previous));
    } else if (char === '!' && previous !== undefined && !this.regexAllowed && this.source[this.position + 1] !== '=') {
      // A non-null assertion: the expression goes on.
      regexAllowed = false;
    }
    this.push('punct', text, this.line, regexAllowed);
    this.position += text.length;
  }

  /** True if the operand before a first `+` or `-` was missing, which makes the pair a prefix operator. */
  private regexAllowedBefore(sign: Token): boolean {
    const operand = this.tokens.at(-2);
    if (operand === undefined || operand === sign) return true;
    if (operand.kind === 'punct') return operand.text !== ')' && operand.text !== ']';
    return operand.kind === 'ident' && EXPRESSION_KEYWORDS.has(operand.text);
  }

  /** A brace in expression position opens an object literal, behind which a slash divides. */
  private opensObject(previous: Token | undefined): boolean {
    if (previous === undefined) return false;
    if (previous.kind === 'ident') return previous.text === 'return' || previous.text === 'throw';
    if (previous.kind === 'template') return true;
    if (previous.kind !== 'punct') return false;
    if (previous.text === '>') return false;
    return '=(,:[?&|+-*!~^%<...'.includes(previous.text);
  }
}
