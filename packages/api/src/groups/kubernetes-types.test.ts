import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IDeploymentSpec } from 'kubernetes-models/apps/v1/DeploymentSpec';
import type { IStatefulSetSpec } from 'kubernetes-models/apps/v1/StatefulSetSpec';
import type { IHorizontalPodAutoscalerSpec } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscalerSpec';
import type { IJobSpec } from 'kubernetes-models/batch/v1/JobSpec';
import type { IEndpoint } from 'kubernetes-models/discovery.k8s.io/v1/Endpoint';
import type { IIngressSpec } from 'kubernetes-models/networking.k8s.io/v1/IngressSpec';
import type { INetworkPolicySpec } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec';
import type { IPolicyRule } from 'kubernetes-models/rbac.authorization.k8s.io/v1/PolicyRule';
import type { INodeStatus } from 'kubernetes-models/v1/NodeStatus';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IPodStatus } from 'kubernetes-models/v1/PodStatus';
import type { IServiceSpec } from 'kubernetes-models/v1/ServiceSpec';
import type { apps, autoscaling, batch, core, discovery, networking, rbac } from './kubernetes-groups.ts';

/** Compiles only when a value of ours can stand where one of theirs is expected. */
type Fits<Ours extends Theirs, Theirs> = [Ours, Theirs];

/** Texts whose values a rule of ours judges, where theirs lists them in the type. */
type PodSpecWithoutRules = Omit<core.PodSpec, 'tolerations' | 'containers' | 'initContainers' | 'ephemeralContainers'>;

type Checked = [
  Fits<PodSpecWithoutRules, Omit<IPodSpec, 'containers'>>,
  Fits<core.ServiceSpec, IServiceSpec>,
  Fits<Omit<apps.DeploymentSpec, 'template'>, Omit<IDeploymentSpec, 'template'>>,
  Fits<Omit<apps.StatefulSetSpec, 'template' | 'volumeClaimTemplates'>, Omit<IStatefulSetSpec, 'template'>>,
  Fits<autoscaling.AutoscalerSpecV2, IHorizontalPodAutoscalerSpec>,
  Fits<Omit<batch.JobSpec, 'template'>, Omit<IJobSpec, 'template'>>,
  Fits<discovery.Endpoint, IEndpoint>,
  Fits<networking.IngressSpec, IIngressSpec>,
  Fits<networking.NetworkPolicySpec, INetworkPolicySpec>,
  Fits<rbac.PolicyRule, IPolicyRule>,
  Fits<core.NodeStatus, INodeStatus>,
  Fits<Omit<core.PodStatus, 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses'>, IPodStatus>,
];

test('our types can stand where those of the published models are expected', () => {
  // The compiler has judged already; at run time there is only the list.
  const count: Checked['length'] = 12;
  assert.equal(count, 12);
});
