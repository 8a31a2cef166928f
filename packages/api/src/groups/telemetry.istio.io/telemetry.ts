/** What proxies report about traffic. */
import { defineKind, type ObjectMeta, type ObjectOf, specPath } from '../../kind/index.ts';
import { type Infer, type IssueReport, list, object } from '../../schema/index.ts';
import { istioStatus } from '../networking.istio.io/status.ts';
import { ageColumn } from '../networking.istio.io/versions.ts';
import { attachmentFields, checkAttachment, oneAttachment } from '../security.istio.io/attachment.ts';
import { accessLogging, checkAccessLogging } from './access-logging.ts';
import { checkMetrics, metrics } from './metrics.ts';
import { checkTracing, tracing } from './tracing.ts';

const telemetrySpec = object(
  'What proxies report about traffic.',
  {
    ...attachmentFields,
    tracing: list('How requests are traced.', tracing),
    metrics: list('Which metrics are reported.', metrics),
    accessLogging: list('Which requests are logged.', accessLogging),
  },
  { rules: [oneAttachment] },
);

function checkTelemetry(
  object: { readonly metadata: ObjectMeta; readonly spec?: Infer<typeof telemetrySpec> },
  report: IssueReport,
): void {
  const spec = object.spec ?? {};
  checkAttachment(spec, report);
  checkTracing(spec.tracing ?? [], specPath.child('tracing'), report);
  checkMetrics(spec.metrics ?? [], specPath.child('metrics'), report);
  checkAccessLogging(spec.accessLogging ?? [], specPath.child('accessLogging'), report);
}

/** What the proxies of the mesh, a namespace or a selection report about traffic. */
export const telemetry = defineKind({
  group: 'telemetry.istio.io',
  kind: 'Telemetry',
  plural: 'telemetries',
  shortNames: ['telemetry'],
  categories: ['istio-io', 'telemetry-istio-io'],
  scope: 'Namespaced',
  description: 'What the proxies of the mesh, a namespace or a selection report about traffic.',
  fields: { spec: telemetrySpec, status: istioStatus },
  versions: [{ name: 'v1', isStorage: true }, { name: 'v1alpha1' }],
  hasStatus: true,
  columns: [ageColumn],
  check: checkTelemetry,
});

/** A Telemetry object. */
export type Telemetry = ObjectOf<typeof telemetry>;
