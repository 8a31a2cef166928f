/** A slow reader of the JSON grammar (RFC 8259) that finds the first mistake, and keys that an object has twice. */

/** The first thing wrong with a document. */
export interface JsonProblem {
  /** In UTF-16 units from 0; the length of the text when it ends too early. */
  readonly offset: number;
  readonly reason: string;
}

/** A key that stands in one object more than once. */
export interface DuplicateJsonKey {
  /** The field with its parents, such as `spec.http[0].name`. */
  readonly path: string;
  /** Where the repetition starts. */
  readonly offset: number;
}

/** A document could repeat a key a million times; nobody reads more than this. */
const MAX_DUPLICATES = 100;

/** The first syntax error of the text, or undefined when it is JSON. */
export function findJsonProblem(text: string): JsonProblem | undefined {
  return new JsonReader(text, false).read();
}

/** The keys given twice in one object, in the order of the text; the text must be valid JSON. */
export function findDuplicateJsonKeys(text: string): readonly DuplicateJsonKey[] {
  const reader = new JsonReader(text, true);
  reader.read();
  return reader.duplicates;
}

/** An array or object that is open: where the reader is inside of it. */
interface Frame {
  readonly kind: 'array' | 'object';
  /** How many elements of an array have begun. */
  index: number;
  /** The key of an object that is being read. */
  key: string;
  /** The keys of the object so far; only kept when duplicates are wanted. */
  readonly keys: Set<string> | undefined;
}

const WHITESPACE = /[ \t\n\r]*/y;
/** Everything from the space on but the quote and the backslash. */
const PLAIN_CHARACTERS = /[ !#-[\]-\uffff]*/y;
const ESCAPES = '"\\/bfnrt';

class JsonReader {
  readonly #text: string;
  readonly #keepKeys: boolean;
  readonly duplicates: DuplicateJsonKey[] = [];
  readonly #frames: Frame[] = [];
  #at = 0;
  #problem: JsonProblem | undefined;

  constructor(text: string, keepKeys: boolean) {
    this.#text = text;
    this.#keepKeys = keepKeys;
  }

  /** A loop with a list of open frames, not recursion: hostile documents are nested deeper than the stack. */
  read(): JsonProblem | undefined {
    this.#value();
    while (this.#problem === undefined && this.#frames.length > 0) this.#next(this.#frames.at(-1) as Frame);
    this.#space();
    if (this.#problem === undefined && this.#at < this.#text.length) this.#unexpected('after top-level value');
    return this.#problem;
  }

  /** One step inside an open array or object: its end, or its next element. */
  #next(frame: Frame): void {
    this.#space();
    const character = this.#text[this.#at];
    const end = frame.kind === 'array' ? ']' : '}';
    if (character === end) {
      this.#at += 1;
      this.#frames.pop();
      return;
    }
    if (frame.index > 0) {
      const where = frame.kind === 'array' ? 'after array element' : 'after object key:value pair';
      if (character !== ',') {
        this.#unexpected(where);
        return;
      }
      this.#at += 1;
      this.#space();
    }
    frame.index += 1;
    if (frame.kind === 'object') this.#key(frame);
    if (this.#problem === undefined) this.#value();
  }

  #key(frame: Frame): void {
    const start = this.#at;
    if (this.#text[start] !== '"') {
      this.#unexpected('looking for beginning of object key string');
      return;
    }
    this.#string();
    if (this.#problem !== undefined) return;
    if (frame.keys !== undefined) this.#remember(frame, start);
    this.#space();
    if (this.#text[this.#at] !== ':') {
      this.#unexpected('after object key');
      return;
    }
    this.#at += 1;
  }

  #remember(frame: Frame, start: number): void {
    frame.key = JSON.parse(this.#text.slice(start, this.#at)) as string;
    if (frame.keys?.has(frame.key) && this.duplicates.length < MAX_DUPLICATES) {
      this.duplicates.push({ path: pathOf(this.#frames), offset: start });
    }
    frame.keys?.add(frame.key);
  }

  #value(): void {
    this.#space();
    const character = this.#text[this.#at];
    if (character === '{' || character === '[') {
      this.#at += 1;
      const kind = character === '{' ? 'object' : 'array';
      const keys = kind === 'object' && this.#keepKeys ? new Set<string>() : undefined;
      this.#frames.push({ kind, index: 0, key: '', keys });
    } else if (character === '"') this.#string();
    else if (character === 't') this.#literal('true');
    else if (character === 'f') this.#literal('false');
    else if (character === 'n') this.#literal('null');
    else if (character === '-' || isDigit(character)) this.#number();
    else this.#unexpected('looking for beginning of value');
  }

  #literal(word: string): void {
    for (const expected of word) {
      if (this.#text[this.#at] !== expected) {
        this.#unexpected(`in literal ${word} (expecting ${quoteCharacter(expected)})`);
        return;
      }
      this.#at += 1;
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') this.#at += 1;
    if (this.#text[this.#at] === '0') this.#at += 1;
    else if (!this.#digits('in numeric literal')) return;
    if (this.#text[this.#at] === '.') {
      this.#at += 1;
      if (!this.#digits('after decimal point in numeric literal')) return;
    }
    if (this.#text[this.#at] === 'e' || this.#text[this.#at] === 'E') {
      this.#at += 1;
      if (this.#text[this.#at] === '+' || this.#text[this.#at] === '-') this.#at += 1;
      this.#digits('in exponent of numeric literal');
    }
  }

  #digits(where: string): boolean {
    if (!isDigit(this.#text[this.#at])) {
      this.#unexpected(where);
      return false;
    }
    while (isDigit(this.#text[this.#at])) this.#at += 1;
    return true;
  }

  #string(): void {
    this.#at += 1;
    for (;;) {
      this.#skip(PLAIN_CHARACTERS);
      const character = this.#text[this.#at];
      if (character === '"') {
        this.#at += 1;
        return;
      }
      if (character !== '\\') {
        this.#unexpected('in string literal');
        return;
      }
      this.#at += 1;
      if (!this.#escape()) return;
    }
  }

  #escape(): boolean {
    const character = this.#text[this.#at];
    if (character !== 'u') {
      if (character !== undefined && ESCAPES.includes(character)) this.#at += 1;
      else this.#unexpected('in string escape code');
      return this.#problem === undefined;
    }
    this.#at += 1;
    for (let digit = 0; digit < 4; digit += 1) {
      if (!/^[0-9a-fA-F]$/.test(this.#text[this.#at] ?? '')) {
        this.#unexpected('in \\u hexadecimal character escape');
        return false;
      }
      this.#at += 1;
    }
    return true;
  }

  #space(): void {
    this.#skip(WHITESPACE);
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    pattern.test(this.#text);
    this.#at = pattern.lastIndex;
  }

  #unexpected(where: string): void {
    const code = this.#text.codePointAt(this.#at);
    const reason =
      code === undefined
        ? 'unexpected end of JSON input'
        : `invalid character ${quoteCharacter(String.fromCodePoint(code))} ${where}`;
    this.#problem ??= { offset: this.#at, reason };
  }
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

/** A character in quotes as Go writes it, with the unprintable ones escaped. */
function quoteCharacter(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const code = character.codePointAt(0) as number;
  const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
  if (short[character] !== undefined) return `'${short[character]}'`;
  if (/^[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]$/u.test(character)) {
    return code <= 0xff ? `'\\x${code.toString(16).padStart(2, '0')}'` : `'\\u${code.toString(16).padStart(4, '0')}'`;
  }
  return `'${character}'`;
}

/** The path of the innermost key, as Kubernetes writes field paths. */
function pathOf(frames: readonly Frame[]): string {
  let path = '';
  for (const frame of frames) {
    if (frame.kind === 'array') path += `[${frame.index - 1}]`;
    else path += path === '' ? frame.key : `.${frame.key}`;
  }
  return path;
}
