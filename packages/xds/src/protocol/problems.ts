import type { StatusDetail } from './messages.ts';

/** Why one resource of a response was refused; the name is empty when the resource does not say it. */
export interface ResourceProblem {
  readonly name: string;
  readonly reason: string;
}

/** INVALID_ARGUMENT of gRPC: what clients reject with. */
const INVALID_ARGUMENT = 3;

/** Room for one reason, so that a single resource cannot hide the others. */
const MAX_REASON_CHARS = 1024;

/** Room for all reasons together: some servers keep the text for each client. */
const MAX_TEXT_CHARS = 8 * 1024;

/** The `error_detail` of a request that rejects: every reason, as far as there is room, and how many more there are. */
export function rejectionOf(problems: readonly ResourceProblem[]): StatusDetail {
  return { code: INVALID_ARGUMENT, message: describeProblems(problems) };
}

/** All reasons in one line of bounded length. */
export function describeProblems(problems: readonly ResourceProblem[]): string {
  const parts: string[] = [];
  let length = 0;
  for (const [index, { name, reason }] of problems.entries()) {
    const text = clip(name === '' ? reason : `${clip(name, MAX_REASON_CHARS)}: ${reason}`, MAX_REASON_CHARS);
    if (length + text.length > MAX_TEXT_CHARS) {
      parts.push(`and ${problems.length - index} more`);
      break;
    }
    parts.push(text);
    length += text.length + 2;
  }
  return parts.join('; ');
}

function clip(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
}
