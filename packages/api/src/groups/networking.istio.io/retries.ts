/** When a failed request is tried again. */
import { boolean, type FieldPath, type Infer, type IssueReport, integer, object, string } from '../../schema/index.ts';
import { isRetryCondition } from '../../validation/http.ts';
import { duration } from './scalars.ts';

/** When a failed request is tried again. */
export const retries = object('When a failed request is tried again.', {
  attempts: integer('Most retries of one request; 0 means none.'),
  perTryTimeout: duration('Longest time of one try; that of the whole request when absent.'),
  retryOn: string('Failures that are tried again, separated by commas: names such as 5xx or reset, and status codes.'),
  retryRemoteLocalities: boolean('Whether retries may go to other localities.', { nullable: true }),
  retryIgnorePreviousHosts: boolean('Whether retries avoid endpoints that failed before; true when absent.', {
    nullable: true,
  }),
  backoff: duration('Shortest pause before the first retry; 25ms when absent.'),
});

/** When a failed request is tried again. */
export type Retries = Infer<typeof retries>;

const NEEDS_ATTEMPTS = ['perTryTimeout', 'retryOn', 'retryRemoteLocalities', 'backoff'] as const;

/** Checks the number of tries and the names of failures. */
export function checkRetries(value: Retries, path: FieldPath, report: IssueReport): void {
  const attempts = value.attempts ?? 0;
  if (attempts < 0) report.invalid(path.child('attempts'), attempts, 'attempts cannot be negative');
  if (attempts === 0) {
    const field = NEEDS_ATTEMPTS.find((name) => value[name] !== undefined && value[name] !== '');
    if (field !== undefined) {
      report.invalid(
        path.child('attempts'),
        attempts,
        `http retry policy configured (${field}) when attempts are set to 0 (disabled)`,
      );
    }
  }
  if (value.retryOn === undefined || value.retryOn === '') return;
  for (const condition of value.retryOn.split(',')) {
    if (isRetryCondition(condition)) continue;
    const hint = isRetryCondition(condition.trim()) ? ' (remove the spaces)' : '';
    report.invalid(
      path.child('retryOn'),
      value.retryOn,
      `${JSON.stringify(condition)} is not a valid retryOn policy${hint}`,
    );
  }
}
