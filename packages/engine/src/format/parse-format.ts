import { err, ok } from '@weft/core';
import type { Compiled } from '../match/compile-error.ts';

/** A command of a format: `%NAME(param):maxLength%`. */
export interface FormatCommand {
  readonly kind: 'command';
  readonly name: string;
  /** Empty without one, as in Envoy. */
  readonly param: string;
  readonly maxLength: number | undefined;
  /** Where it begins in the format, from 0. */
  readonly position: number;
}

/** A part of a format. */
export type FormatPart = FormatCommand | { readonly kind: 'text'; readonly text: string };

/** The shortest parameter that lets the command end: it may hold brackets and percent signs, as those of dates and expressions do. */
const COMMAND = /%([A-Z0-9_]+)(?:\(([^\n]*?)\))?(?::(\d+))?%/y;

/** Splits a format into its parts; texts are never next to each other. */
export function parseFormat(format: string, path: string): Compiled<readonly FormatPart[]> {
  const parts: FormatPart[] = [];
  let text = '';
  let at = 0;
  while (at < format.length) {
    const percent = format.indexOf('%', at);
    if (percent === -1) break;
    text += format.slice(at, percent);
    if (format.charCodeAt(percent + 1) === 37) {
      text += '%';
      at = percent + 2;
      continue;
    }
    COMMAND.lastIndex = percent;
    const found = COMMAND.exec(format);
    if (found === null) return err([{ path, reason: noCommand(format, percent) }]);
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
    parts.push(commandOf(found, percent));
    at = COMMAND.lastIndex;
  }
  text += format.slice(at);
  if (text !== '') parts.push({ kind: 'text', text });
  return ok(parts);
}

function commandOf(found: RegExpExecArray, position: number): FormatCommand {
  const [, name = '', param = '', length] = found;
  return { kind: 'command', name, param, maxLength: length === undefined ? undefined : Number(length), position };
}

const SHOWN = 40;

function noCommand(format: string, position: number): string {
  const rest = format.slice(position, position + SHOWN);
  return `at character ${position}: ${JSON.stringify(rest)} does not begin with a command such as %PROTOCOL% or %REQ(x):8%; write %% for a percent sign`;
}
