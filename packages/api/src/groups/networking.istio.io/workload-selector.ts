/** Which workloads an object applies to. Two shapes exist: `labels` in the older kinds, `matchLabels` in the newer. */
import { type FieldPath, type Infer, type IssueReport, map, object, string } from '../../schema/index.ts';

const MAX_LABEL_VALUE = 63;

/** Selection of workloads of the object's namespace by `labels`. */
export const workloadSelector = object('Workloads of this namespace to which this applies; all when absent.', {
  labels: map(
    'Labels that a workload must have.',
    string('Value of the label.', {
      maxLength: MAX_LABEL_VALUE,
      rules: [
        {
          message: 'wildcard is not supported in selector',
          check: (value) => !value.includes('*'),
          cel: "!self.contains('*')",
        },
      ],
    }),
    { maxProperties: 256 },
  ),
});

/** Selection of workloads by `labels`. */
export type WorkloadSelector = Infer<typeof workloadSelector>;

/** Selection of workloads by `matchLabels`, as policies have it. */
export const matchLabelsSelector = object('Workloads to which this applies; all in scope when absent.', {
  matchLabels: map(
    'Labels that a workload must have.',
    string('Value of the label.', {
      maxLength: MAX_LABEL_VALUE,
      rules: [
        {
          message: 'wildcard not allowed in label value match',
          check: (value) => !value.includes('*'),
          cel: "!self.contains('*')",
        },
      ],
    }),
    {
      maxProperties: 4096,
      rules: [
        {
          message: 'wildcard not allowed in label key match',
          check: (labels) => !Object.keys(labels).some((key) => key.includes('*')),
          cel: "self.all(key, !key.contains('*'))",
        },
        {
          message: 'key must not be empty',
          check: (labels) => !Object.hasOwn(labels, ''),
          cel: 'self.all(key, key.size() != 0)',
        },
      ],
    },
  ),
});

/** Selection of workloads by `matchLabels`. */
export type MatchLabelsSelector = Infer<typeof matchLabelsSelector>;

/** Checks keys, and warns of a selector that selects everything. */
export function checkWorkloadSelector(
  selector: WorkloadSelector | undefined,
  path: FieldPath,
  report: IssueReport,
): void {
  if (selector === undefined) return;
  const keys = Object.keys(selector.labels ?? {});
  for (const key of keys) {
    if (key === '') report.invalid(path.child('labels'), key, 'empty key is not supported in selector');
    if (key.includes('*')) report.invalid(path.child('labels'), key, 'wildcard is not supported in selector');
  }
  if (keys.length === 0) warnOfEmptySelector(path, report);
}

/** Warns of a selector that selects everything. */
export function checkMatchLabelsSelector(
  selector: MatchLabelsSelector | undefined,
  path: FieldPath,
  report: IssueReport,
): void {
  if (selector === undefined) return;
  if (Object.keys(selector.matchLabels ?? {}).length === 0) warnOfEmptySelector(path, report);
}

function warnOfEmptySelector(path: FieldPath, report: IssueReport): void {
  report.warn(
    `${path.toString()}: workload selector specified without labels, will be applied to all workloads in the namespace`,
  );
}
