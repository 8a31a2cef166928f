/** Metrics: where they go, and how they differ from the standard ones. */
import { celSyntaxProblem } from '@weft/cel';
import {
  boolean,
  enumeration,
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  map,
  object,
  type SchemaRule,
  string,
} from '../../schema/index.ts';
import { atMostOneOf } from '../networking.istio.io/one-of.ts';
import { duration } from '../networking.istio.io/scalars.ts';
import { providerRefs } from './provider-ref.ts';

const metricSelector = object(
  'Metrics that are changed.',
  {
    metric: enumeration('One of the standard metrics, or all of them.', [
      'ALL_METRICS',
      'REQUEST_COUNT',
      'REQUEST_DURATION',
      'REQUEST_SIZE',
      'RESPONSE_SIZE',
      'TCP_OPENED_CONNECTIONS',
      'TCP_CLOSED_CONNECTIONS',
      'TCP_SENT_BYTES',
      'TCP_RECEIVED_BYTES',
      'GRPC_REQUEST_MESSAGES',
      'GRPC_RESPONSE_MESSAGES',
    ]),
    customMetric: string('Name of a metric of the user.', { minLength: 1 }),
    mode: enumeration('The calling side, the called side or both.', ['CLIENT_AND_SERVER', 'CLIENT', 'SERVER']),
  },
  { rules: [atMostOneOf('metric', 'customMetric')] },
);

interface TagOverrideShape {
  readonly operation?: string | undefined;
  readonly value?: string | undefined;
}

const tagRules: readonly SchemaRule<TagOverrideShape>[] = [
  {
    message: 'value must be set when operation is UPSERT',
    cel: "!has(self.operation) || self.operation != 'UPSERT' || (has(self.value) && self.value != '')",
    check: (tag) => tag.operation !== 'UPSERT' || (tag.value ?? '') !== '',
  },
  {
    message: 'value must not be set when operation is REMOVE',
    cel: "!has(self.operation) || self.operation != 'REMOVE' || !has(self.value)",
    check: (tag) => tag.operation !== 'REMOVE' || tag.value === undefined,
  },
];

const tagOverride = object(
  'What happens to a tag.',
  {
    operation: enumeration('Set the tag, or take it away; UPSERT when absent.', ['UPSERT', 'REMOVE']),
    value: string('Expression over the request that gives the value.'),
  },
  { rules: tagRules },
);

const override = object('A change of metrics.', {
  match: metricSelector,
  disabled: boolean('Do not report the metrics.', { nullable: true }),
  tagOverrides: map('Changes of tags, by name.', tagOverride),
});

/** Which metrics are reported, and where. */
export const metrics = object('Which metrics are reported, and where.', {
  providers: providerRefs('Where metrics go; the defaults of the mesh when absent.'),
  overrides: list('Changes of the standard metrics; later entries win.', override),
  reportingInterval: duration('Time between reports of a long TCP connection; 5s when absent.'),
});

/** Which metrics are reported, and where. */
export type Metrics = Infer<typeof metrics>;

/** Checks all entries of `spec.metrics`. */
export function checkMetrics(entries: readonly Metrics[], path: FieldPath, report: IssueReport): void {
  for (const [i, entry] of entries.entries()) {
    for (const [j, change] of (entry.overrides ?? []).entries()) {
      const at = path.index(i).child('overrides').index(j).child('tagOverrides');
      for (const [name, tag] of Object.entries(change.tagOverrides ?? {})) checkTag(name, tag, at, report);
    }
  }
}

function checkTag(name: string, tag: TagOverrideShape, path: FieldPath, report: IssueReport): void {
  if (name === '') report.warn(`${path.toString()}: tagOverrides.name may not be empty`);
  if (tag.operation === 'REMOVE') return;
  const { value = '' } = tag;
  if (value === '') {
    report.required(path.key(name).child('value'), 'tagOverrides.value must be set when operation is UPSERT');
    return;
  }
  const problem = celSyntaxProblem(value);
  // Refusing would break configuration that is in use; the proxy reports such a tag as "unknown".
  if (problem !== undefined)
    report.warn(`${path.key(name).child('value').toString()}: not a CEL expression: ${problem}`);
}
