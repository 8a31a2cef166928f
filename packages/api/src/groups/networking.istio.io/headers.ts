/** Changes of headers on the way to a service and back. */
import { type FieldPath, type Infer, type IssueReport, list, map, object, string } from '../../schema/index.ts';
import {
  headerChangeProblem,
  headerValueProblem,
  isAuthorityHeader,
  requestHeaderChangeProblem,
} from '../../validation/http.ts';

const headerOperations = object('Changes of headers.', {
  set: map('Headers that replace those of the same name.', string('Value; %NAME% stands for facts of the request.')),
  add: map('Headers that are added.', string('Value; %NAME% stands for facts of the request.')),
  remove: list('Headers that are taken away.', string('Name of a header.')),
});

/** Changes of the headers of requests and responses. */
export const headers = object('Changes of headers of requests and responses.', {
  request: headerOperations,
  response: headerOperations,
});

/** Changes of the headers of requests and responses. */
export type Headers = Infer<typeof headers>;

type Operations = Infer<typeof headerOperations>;

/** Checks names and values. */
export function checkHeaders(value: Headers, path: FieldPath, report: IssueReport): void {
  if (value.request !== undefined) {
    checkOperations(value.request, requestHeaderChangeProblem, path.child('request'), report);
  }
  if (value.response !== undefined) {
    checkOperations(value.response, headerChangeProblem, path.child('response'), report);
  }
}

/** The authority may be rewritten in one place only; `current` is what the rewrite says. */
export function checkAuthorityOnce(
  value: Headers,
  current: string | undefined,
  path: FieldPath,
  report: IssueReport,
): void {
  let authority = current ?? '';
  for (const operation of ['set', 'add'] as const) {
    const changes = value.request?.[operation];
    if (changes === undefined) continue;
    for (const name of Object.keys(changes)) {
      if (!isAuthorityHeader(name)) continue;
      if (authority !== '') {
        report.invalid(
          path.child('request', operation).key(name),
          changes[name],
          `authority header cannot be set multiple times: have ${JSON.stringify(authority)}`,
        );
      }
      authority = changes[name]!;
    }
  }
}

function checkOperations(
  operations: Operations,
  nameProblem: (name: string) => string | undefined,
  path: FieldPath,
  report: IssueReport,
): void {
  for (const operation of ['set', 'add'] as const) {
    const changes = operations[operation];
    if (changes === undefined) continue;
    for (const name of Object.keys(changes)) {
      const at = path.child(operation);
      const badName = nameProblem(name);
      if (badName !== undefined) report.invalid(at, name, badName);
      const badValue = headerValueProblem(changes[name]!);
      if (badValue !== undefined) report.invalid(at.key(name), changes[name], badValue);
    }
  }
  const removed = operations.remove ?? [];
  for (let i = 0; i < removed.length; i++) {
    const problem = headerChangeProblem(removed[i]!);
    if (problem !== undefined) report.invalid(path.child('remove').index(i), removed[i], problem);
  }
  warnOfContradictions(operations, path, report);
}

/** Removal comes last, so a header that is both set and removed is removed. */
function warnOfContradictions(operations: Operations, path: FieldPath, report: IssueReport): void {
  if (operations.remove === undefined || operations.set === undefined) return;
  const removed = new Set(operations.remove.map((name) => name.toLowerCase()));
  for (const name of Object.keys(operations.set)) {
    if (!removed.has(name.toLowerCase())) continue;
    report.warn(`${path.child('set').key(name).toString()}: has no effect, as the header is removed as well`);
  }
}
