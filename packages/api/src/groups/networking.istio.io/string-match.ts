/** How a text is matched: exactly, by prefix, or by an RE2 expression. */
import { type FieldPath, type Infer, type IssueReport, object, string } from '../../schema/index.ts';
import { regexProblem } from '../../validation/re2.ts';
import { atMostOneOf } from './one-of.ts';

/** One way to match a text. */
export const stringMatch = object(
  'How a text is matched; one of exact, prefix and regex.',
  {
    exact: string('The whole text.'),
    prefix: string('How the text starts.'),
    regex: string('An RE2 expression that matches the whole text.'),
  },
  { rules: [atMostOneOf('exact', 'prefix', 'regex')] },
);

/** One way to match a text. */
export type StringMatch = Infer<typeof stringMatch>;

/** Whether the match says nothing; for headers and query parameters that means "is present". */
export function isEmptyMatch(match: StringMatch): boolean {
  return match.exact === undefined && match.prefix === undefined && match.regex === undefined;
}

/** Checks the expression of a match. */
export function checkStringMatch(match: StringMatch, path: FieldPath, report: IssueReport): void {
  if (match.regex === undefined) return;
  checkRegex(match.regex, path.child('regex'), report);
}

/** Checks a match in a place where an empty prefix would match nothing the proxy accepts. */
export function checkFilledMatch(match: StringMatch, path: FieldPath, report: IssueReport): void {
  if (match.prefix === '') report.invalid(path.child('prefix'), '', 'prefix string match should not be empty');
  checkStringMatch(match, path, report);
}

/** Checks one RE2 expression. */
export function checkRegex(regex: string, path: FieldPath, report: IssueReport): void {
  if (regex === '') {
    report.invalid(path, '', 'regex string match should not be empty');
    return;
  }
  const problem = regexProblem(regex);
  if (problem !== undefined) report.invalid(path, regex, problem);
}
