/** When an endpoint that fails is left out for a while. */
import { boolean, type FieldPath, type Infer, type IssueReport, integer, object } from '../../schema/index.ts';
import { duration, uint32 } from './scalars.ts';

/** When a failing endpoint is left out. */
export const outlierDetection = object('When an endpoint that fails is left out for a while.', {
  splitExternalLocalOriginErrors: boolean('Count failures to connect apart from errors that the service answers.'),
  consecutiveLocalOriginFailures: uint32('Failures to connect in a row after which an endpoint is left out.', {
    nullable: true,
  }),
  consecutiveGatewayErrors: uint32('Answers 502, 503 or 504 in a row after which an endpoint is left out.', {
    nullable: true,
  }),
  consecutive5xxErrors: uint32('Answers 5xx in a row after which an endpoint is left out; 5 when absent.', {
    nullable: true,
  }),
  consecutiveErrors: integer('Older name of consecutiveGatewayErrors.', {
    deprecated: 'is deprecated, use consecutiveGatewayErrors or consecutive5xxErrors instead',
  }),
  interval: duration('Time between two looks at the counts; 10s when absent.'),
  baseEjectionTime: duration('Shortest time that an endpoint is left out; grows with each time; 30s when absent.'),
  maxEjectionPercent: integer('Most endpoints that may be left out at one time, in percent; 10 when absent.'),
  minHealthPercent: integer('Share of healthy endpoints, in percent, below which none is left out.'),
});

/** When a failing endpoint is left out. */
export type OutlierDetection = Infer<typeof outlierDetection>;

/** Checks percentages and that counted failures are counted apart. */
export function checkOutlierDetection(outlier: OutlierDetection, path: FieldPath, report: IssueReport): void {
  if (outlier.splitExternalLocalOriginErrors !== true && (outlier.consecutiveLocalOriginFailures ?? 0) > 0) {
    report.invalid(
      path.child('consecutiveLocalOriginFailures'),
      outlier.consecutiveLocalOriginFailures,
      'has no meaning unless splitExternalLocalOriginErrors is true',
    );
  }
  for (const field of ['maxEjectionPercent', 'minHealthPercent'] as const) {
    const value = outlier[field] ?? 0;
    if (value < 0 || value > 100) report.invalid(path.child(field), value, 'percentage is not in range 0..100');
  }
  if ((outlier.consecutiveErrors ?? 0) < 0) {
    report.invalid(path.child('consecutiveErrors'), outlier.consecutiveErrors, 'must be non-negative');
  }
}
