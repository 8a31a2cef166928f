import { compareQuantities, parseQuantity } from '@weft/core';
import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath, type Infer, type IssueReport, list, object, required, string } from '../../schema/index.ts';
import { qualifiedNameProblems } from '../../validation/names.ts';
import { alwaysPresent, createdAtColumn } from '../meta/index.ts';
import { canonicalizeResources, resourceList } from './resources.ts';

const CORE = 'io.k8s.api.core.v1';
const limitsPath = FieldPath.root.child('spec', 'limits');

const limitRangeItem = object(
  'Limits for things of one type.',
  {
    type: required(string('What is limited: Container, Pod or PersistentVolumeClaim.')),
    max: resourceList('Most that may be used.'),
    min: resourceList('Least that may be asked for.'),
    default: resourceList('Limits of containers that give none.'),
    defaultRequest: resourceList('Requests of containers that give none.'),
    maxLimitRequestRatio: resourceList('Most that a limit may be, as a multiple of the request.'),
  },
  { name: `${CORE}.LimitRangeItem` },
);

/** Limits for things of one type. */
export type LimitRangeItem = Infer<typeof limitRangeItem>;

/** Limits what single objects of a namespace may use, and gives defaults. */
export const limitRange = defineBuiltin({
  group: '',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  scope: 'Namespaced',
  hasGeneration: false,
  description: 'Limits what single objects of a namespace may use, and gives defaults.',
  fields: {
    spec: alwaysPresent(
      object(
        'The limits.',
        { limits: required(list('Limits by type.', limitRangeItem, { listType: 'atomic', default: [] })) },
        { name: `${CORE}.LimitRangeSpec` },
      ),
    ),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [createdAtColumn],
  applyDefaults({ spec }) {
    for (const item of spec?.limits ?? []) applyItemDefaults(item);
  },
  check({ spec }, report) {
    const types = new Set<string>();
    for (const [i, item] of (spec?.limits ?? []).entries()) {
      const at = limitsPath.index(i);
      if (types.has(item.type)) report.duplicate(at.child('type'), item.type);
      types.add(item.type);
      checkItem(at, item, report);
    }
  },
});

/** Limits what single objects of a namespace may use. */
export type LimitRange = ObjectOf<typeof limitRange>;

const AMOUNTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** A missing default limit is the maximum; a missing default request is the default limit, or else the minimum. */
function applyItemDefaults(item: LimitRangeItem): void {
  for (const field of AMOUNTS) canonicalizeResources(item[field]);
  if (item.type !== 'Container') return;
  const limits = { ...item.max, ...item.default };
  if (Object.keys(limits).length > 0) item.default = limits;
  const requests = { ...item.min, ...item.default, ...item.defaultRequest };
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

function checkItem(path: FieldPath, item: LimitRangeItem, report: IssueReport): void {
  for (const problem of qualifiedNameProblems(item.type)) report.invalid(path.child('type'), item.type, problem);
  if (item.type === 'Pod') {
    for (const field of ['default', 'defaultRequest'] as const) {
      if (Object.keys(item[field] ?? {}).length > 0) {
        report.forbidden(path.child(field), "may not be specified when `type` is 'Pod'");
      }
    }
  }
  if (
    item.type === 'PersistentVolumeClaim' &&
    item.min?.['storage'] === undefined &&
    item.max?.['storage'] === undefined
  ) {
    report.required(limitsPath, 'either minimum or maximum storage value is required, but neither was provided');
  }
  const names = new Set(AMOUNTS.flatMap((field) => Object.keys(item[field] ?? {})));
  for (const name of names) checkOrder(path, item, name, report);
}

/** min ≤ defaultRequest ≤ default ≤ max, as far as they are given. */
function checkOrder(path: FieldPath, item: LimitRangeItem, name: string, report: IssueReport): void {
  const pairs = [
    ['min', 'max'],
    ['min', 'defaultRequest'],
    ['defaultRequest', 'max'],
    ['defaultRequest', 'default'],
    ['min', 'default'],
    ['default', 'max'],
  ] as const;
  const words = {
    min: 'min value',
    max: 'max value',
    default: 'default value',
    defaultRequest: 'default request value',
  };
  for (const [low, high] of pairs) {
    const a = parseQuantity(item[low]?.[name] ?? '');
    const b = parseQuantity(item[high]?.[name] ?? '');
    if (a === undefined || b === undefined || compareQuantities(a, b) <= 0) continue;
    const [lowText, highText] = [item[low]![name], item[high]![name]];
    const message = `${words[low]} ${lowText} is greater than ${words[high]} ${highText}`;
    report.invalid(path.child(low).key(name), lowText, message);
  }
  const ratio = item.maxLimitRequestRatio?.[name];
  const parsed = ratio === undefined ? undefined : parseQuantity(ratio);
  if (parsed !== undefined && parsed.nanos < 1_000_000_000n) {
    report.invalid(path.child('maxLimitRequestRatio').key(name), ratio, `ratio ${ratio} is less than 1`);
  }
}
