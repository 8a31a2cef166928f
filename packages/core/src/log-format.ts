import type { MessageLevel } from './log-levels.ts';
import type { LogValue } from './log-value.ts';
import { REDACTED } from './secret.ts';

/** One log message, ready to be written: bounded and free of secrets. */
export interface LogRecord {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly level: MessageLevel;
  readonly component: string;
  readonly message: string;
  readonly fields: readonly (readonly [name: string, value: LogValue])[];
}

/** Makes one line, without its line end, of a record. */
export type LogFormat = (record: LogRecord) => string;

/**
 * Everything a terminal or a log reader could take for something else than text: control characters, invisible marks
 * such as those that turn the direction of writing, line and paragraph separators, and halves of characters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** The text on one line: a line end becomes `\n`, other unsafe characters their code. */
export function escapeLogText(text: string): string {
  return text.replaceAll(UNSAFE, escapeCharacter);
}

/** A text value that can be told from its surroundings: quoted when it is empty or has spaces, quotes or `=`. */
const PLAIN = /^[^\s"=\\[\]{},]+$/u;

const LEVEL_WIDTH = 'warning'.length;

/** For people: time, level, component, message, then `name=value` pairs. */
export const formatLogText: LogFormat = (record) => {
  const head = `${isoTime(record.timeMs)} ${record.level.padEnd(LEVEL_WIDTH)} ${escapeLogText(record.component)}: `;
  let line = head + escapeLogText(record.message);
  for (const [name, value] of record.fields) line += ` ${textField(textName(name), value)}`;
  return line;
};

/** For machines: one JSON object; fields never replace the record's own `time`, `level`, `component` and `message`. */
export const formatLogJson: LogFormat = (record) => {
  const own = ['time', 'level', 'component', 'message'];
  const out: Record<string, LogValue> = Object.create(null) as Record<string, LogValue>;
  out['time'] = isoTime(record.timeMs);
  out['level'] = record.level;
  out['component'] = record.component;
  out['message'] = record.message;
  for (const [name, value] of record.fields) out[own.includes(name) ? `field.${name}` : name] = value;
  // JSON itself leaves separators and writing direction marks alone.
  return JSON.stringify(out).replaceAll(UNSAFE, escapeForJson);
};

function isoTime(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? 'invalid-time' : date.toISOString();
}

function textName(name: string): string {
  return escapeLogText(PLAIN.test(name) ? name : JSON.stringify(name));
}

function textField(name: string, value: LogValue): string {
  return isErrorShape(value) ? textError(name, value) : `${name}=${textValue(value)}`;
}

function textValue(value: LogValue): string {
  if (value === REDACTED) return value;
  if (typeof value === 'string') return escapeLogText(PLAIN.test(value) ? value : JSON.stringify(value));
  return escapeLogText(JSON.stringify(value));
}

function isErrorShape(value: LogValue): value is { readonly [name: string]: LogValue } {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value['message'] === 'string';
}

/** An error reads as its messages from the outside to the root cause, then what else is known of it. */
function textError(name: string, value: { readonly [name: string]: LogValue }): string {
  const messages: string[] = [];
  let current: LogValue | undefined = value;
  while (current !== undefined && isErrorShape(current)) {
    const message = current['message'] as string;
    if (!messages.some((seen) => seen.includes(message))) messages.push(message);
    current = current['cause'];
  }
  let out = `${name}=${escapeLogText(JSON.stringify(messages.join(': ')))}`;
  for (const detail of ['code', 'hint', 'stack']) {
    const extra = value[detail];
    if (extra !== undefined) out += ` ${name}.${detail}=${textValue(extra)}`;
  }
  return out;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  return SHORT_ESCAPES[character] ?? escapeForJson(character);
}

function escapeForJson(character: string): string {
  // Some marks are two code units long.
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
