/** Scale, the body of the `scale` subresource of workloads. It is a type of its own, but no resource. */
import { objectMeta } from '../../kind/index.ts';
import { FieldPath, type Infer, type IssueReport, integer, object, required, string } from '../../schema/index.ts';
import { alwaysPresent } from '../meta/index.ts';

const PREFIX = 'io.k8s.api.autoscaling.v1';

/** How many pods a workload has and should have. */
export const scale = object(
  'How many pods a workload has and should have.',
  {
    apiVersion: string('Version of the API: autoscaling/v1.'),
    kind: string('Scale.'),
    metadata: objectMeta,
    spec: alwaysPresent(
      object(
        'What is wanted.',
        { replicas: integer('Pods that should run.', { default: 0 }) },
        { name: `${PREFIX}.ScaleSpec` },
      ),
    ),
    status: object(
      'What there is.',
      {
        replicas: required(integer('Pods that exist.')),
        selector: string('Selector of the pods, as it stands in a query.'),
      },
      { name: `${PREFIX}.ScaleStatus` },
    ),
  },
  { name: `${PREFIX}.Scale` },
);

/** How many pods a workload has and should have. */
export type Scale = Infer<typeof scale>;

/** Refuses fewer than no pods. */
export function checkScale(object: Scale, report: IssueReport): void {
  const replicas = object.spec?.replicas ?? 0;
  if (replicas < 0) {
    report.invalid(FieldPath.root.child('spec', 'replicas'), replicas, 'must be greater than or equal to 0');
  }
}
