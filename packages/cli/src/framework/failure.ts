import { describeError, isMeshError, thrownMessage, UserError } from '@weft/core';
import type { Style } from '../output/style.ts';
import { EXIT } from './exit-codes.ts';

/** What to print for a thrown value, and how the command ends. */
export interface FailureReport {
  readonly exitCode: number;
  readonly text: string;
}

/** Judges a thrown value: the user's mistake, a failure outside, or a bug of ours. Only bugs, and `-vv`, show a stack. */
export function reportFailure(thrown: unknown, verbosity: number, style: Style): FailureReport {
  const stack = verbosity >= 2 && thrown instanceof Error ? `\n${thrown.stack ?? ''}` : '';
  if (isMeshError(thrown) && thrown.source !== 'bug') {
    const exitCode = thrown instanceof UserError || thrown.code === 'MESH_USAGE' ? EXIT.usage : EXIT.no;
    const hint = thrown.hint === undefined ? '' : `\n${style.dim('hint:')} ${thrown.hint}`;
    const code = thrown.code === 'MESH_USAGE' ? '' : `\n${style.dim('code:')} ${thrown.code} (weft doc ${thrown.code})`;
    return { exitCode, text: `${style.red('error:')} ${messageWithoutHint(thrown)}${hint}${code}${stack}` };
  }
  if (isSystemError(thrown)) return { exitCode: EXIT.no, text: `${style.red('error:')} ${thrown.message}${stack}` };
  const details = thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrownMessage(thrown);
  const text = [
    `${style.red('bug:')} ${describeError(thrown)}`,
    details,
    '',
    'This is a mistake in weft itself. Please report it with the lines above, the command line and the output of "weft version -o json".',
  ];
  return { exitCode: EXIT.bug, text: text.join('\n') };
}

/** The chain of causes without the hint, which gets a line of its own. */
function messageWithoutHint(error: Error & { readonly hint?: string | undefined }): string {
  const text = describeError(error);
  const suffix = error.hint === undefined ? '' : ` (${error.hint})`;
  return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
}

/** A refusal of the operating system, such as a file that is not there: its message names the call and the path. */
function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'syscall' in thrown && 'errno' in thrown;
}
