/** Text to tokens, by the lexer rules of the language definition of CEL. */
import { type CelCompileError, locatedError } from '../errors.ts';

/** One token. */
export interface Token {
  readonly kind: 'text' | 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly pos: number;
}

// An escape is checked when its text is read; here it only must not end the text.
const QUOTED = String.raw`"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\[^\n\r]|[^\\"\n\r])*"|'(?:\\[^\n\r]|[^\\'\n\r])*'`;
const RAW = String.raw`[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')`;
const NUMBER = String.raw`0x[0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+[uU]?`;
const TOKEN = new RegExp(
  [
    String.raw`(?<space>[\t \r\n\f]+|//[^\n]*)`,
    `(?<text>[bB]?(?:${RAW}|${QUOTED}))`,
    `(?<number>${NUMBER})`,
    '(?<name>[A-Za-z_][A-Za-z0-9_]*)',
    String.raw`(?<sign>==|!=|<=|>=|&&|\|\||[-<>()[\]{}.,!?:+*/%])`,
  ].join('|'),
  'y',
);
const KINDS = ['text', 'number', 'name', 'sign'] as const;

/** The tokens of an expression, ended by one of kind `end`; throws where a character begins none. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const pos = TOKEN.lastIndex;
    const groups = TOKEN.exec(source)?.groups;
    if (groups === undefined) throw unknownCharacter(source, pos);
    const kind = KINDS.find((name) => groups[name] !== undefined);
    if (kind !== undefined) tokens.push({ kind, text: groups[kind]!, pos });
  }
  tokens.push({ kind: 'end', text: '', pos: source.length });
  return tokens;
}

function unknownCharacter(source: string, pos: number): CelCompileError {
  const shown = String.fromCodePoint(source.codePointAt(pos)!);
  const hint = shown === '"' || shown === "'" ? ', which begins a text that does not end' : '';
  return locatedError(`Syntax error: unexpected character ${JSON.stringify(shown)}${hint}`, source, pos);
}
