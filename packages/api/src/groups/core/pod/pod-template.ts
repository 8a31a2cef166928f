import { embeddedMeta } from '../../../kind/index.ts';
import { type Infer, object } from '../../../schema/index.ts';
import { alwaysPresent } from '../../meta/index.ts';
import { podSpec } from './pod-spec.ts';

/** From what a workload makes its pods. */
export const podTemplateSpec = object(
  'From what pods are made.',
  { metadata: alwaysPresent(embeddedMeta), spec: alwaysPresent(podSpec) },
  { name: 'io.k8s.api.core.v1.PodTemplateSpec' },
);

/** From what a workload makes its pods. */
export type PodTemplateSpec = Infer<typeof podTemplateSpec>;
