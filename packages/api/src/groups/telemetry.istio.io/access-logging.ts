/** Access logs: where they go, and which requests they hold. */
import { celSyntaxProblem } from '@weft/cel';
import {
  boolean,
  enumeration,
  type FieldPath,
  type Infer,
  type IssueReport,
  object,
  string,
} from '../../schema/index.ts';
import { providerRefs } from './provider-ref.ts';

/** Which requests are logged, and where. */
export const accessLogging = object('Which requests are logged, and where.', {
  match: object('Which side of requests this is for.', {
    mode: enumeration('The calling side, the called side or both.', ['CLIENT_AND_SERVER', 'CLIENT', 'SERVER']),
  }),
  providers: providerRefs('Where log lines go; the defaults of the mesh when absent.'),
  disabled: boolean('Log nothing.', { nullable: true }),
  filter: object('Which requests are logged.', {
    expression: string('CEL expression that is true of them, such as response.code >= 400.'),
  }),
});

/** Which requests are logged, and where. */
export type AccessLogging = Infer<typeof accessLogging>;

/** Checks all entries of `spec.accessLogging`. */
export function checkAccessLogging(entries: readonly AccessLogging[], path: FieldPath, report: IssueReport): void {
  for (const [i, entry] of entries.entries()) {
    const expression = entry.filter?.expression;
    if (entry.filter === undefined) continue;
    const at = path.index(i).child('filter', 'expression');
    if (expression === undefined || expression === '') {
      report.required(at, 'a filter needs a CEL expression');
      continue;
    }
    const problem = celSyntaxProblem(expression);
    if (problem !== undefined) report.invalid(at, expression, `must be a valid CEL expression: ${problem}`);
  }
}
