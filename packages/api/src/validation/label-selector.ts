/** Label selectors: their schema, their rules, and what they select. */
import {
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  map,
  object,
  required,
  type Schema,
  string,
} from '../schema/index.ts';
import { labelValueProblems, qualifiedNameProblems } from './names.ts';

const requirement = object(
  'One condition on a label.',
  {
    key: required(string('Label that the condition is about.')),
    operator: required(string('Relation of the label to the values: In, NotIn, Exists or DoesNotExist.')),
    values: list('Values for In and NotIn; none for the other operators.', string('A label value.'), {
      listType: 'atomic',
    }),
  },
  { name: 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement' },
);

const members = {
  matchLabels: map('Labels that an object must have with exactly these values.', string('A label value.')),
  matchExpressions: list('Conditions that must all hold.', requirement, { listType: 'atomic' }),
};

const anySelector = object('A selector.', members);

/** The static type of a label selector. */
export type LabelSelector = Infer<typeof anySelector>;

/** A field that holds a label selector; owned as a whole, because parts of two selectors make a third. */
export function labelSelector(description: string): Schema<LabelSelector> {
  return object(description, members, {
    name: 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
    mapType: 'atomic',
  });
}

/** Refuses selectors that cannot be evaluated. */
export function checkLabelSelector(path: FieldPath, selector: LabelSelector | undefined, report: IssueReport): void {
  if (selector === undefined) return;
  checkMatchLabels(path.child('matchLabels'), selector.matchLabels, report);
  for (const [i, expression] of (selector.matchExpressions ?? []).entries()) {
    checkRequirement(path.child('matchExpressions').index(i), expression, report);
  }
}

/** Refuses label keys and values that no object can have. */
export function checkMatchLabels(
  path: FieldPath,
  labels: Readonly<Record<string, string>> | undefined,
  report: IssueReport,
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const problem of qualifiedNameProblems(key)) report.invalid(path, key, problem);
    for (const problem of labelValueProblems(value)) report.invalid(path, value, problem);
  }
}

function checkRequirement(
  path: FieldPath,
  { key, operator, values = [] }: Infer<typeof requirement>,
  report: IssueReport,
): void {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        report.required(path.child('values'), "must be specified when `operator` is 'In' or 'NotIn'");
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        report.forbidden(path.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      }
      break;
    default:
      report.invalid(path.child('operator'), operator, 'not a valid selector operator');
  }
  for (const problem of qualifiedNameProblems(key)) report.invalid(path.child('key'), key, problem);
  for (const [i, value] of values.entries()) {
    for (const problem of labelValueProblems(value)) report.invalid(path.child('values').index(i), value, problem);
  }
}

/** Whether a selector has no condition at all, and therefore selects everything. */
export function isEmptySelector(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

/** Whether the labels satisfy the selector; an absent selector selects nothing, an empty one everything. */
export function selectsLabels(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (selector === undefined) return false;
  const has = labels ?? {};
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (!Object.hasOwn(has, key) || has[key] !== value) return false;
  }
  return (selector.matchExpressions ?? []).every((expression) => holds(expression, has));
}

function holds(
  { key, operator, values = [] }: Infer<typeof requirement>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** The selector as `kubectl` writes it: `app=web,tier in (a,b),!legacy`; `<none>` when it selects everything. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined || isEmptySelector(selector)) return '<none>';
  const parts: [string, string][] = Object.entries(selector.matchLabels ?? {}).map(([k, v]) => [k, `${k}=${v}`]);
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const sorted = values.toSorted().join(',');
    const text = {
      In: `${key} in (${sorted})`,
      NotIn: `${key} notin (${sorted})`,
      Exists: key,
      DoesNotExist: `!${key}`,
    };
    parts.push([key, text[operator as keyof typeof text] ?? key]);
  }
  return parts
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, text]) => text)
    .join(',');
}
