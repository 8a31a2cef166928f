/** The verdict of the injection webhook. Pure. */
import type { istio } from '@weft/api';
import { createJsonPatch } from '@weft/kube/patch';
import { injectPod } from '../inject-pod.ts';
import type { InjectionConfig } from '../injection-config.ts';
import type { NodeVersion } from '../native-sidecar.ts';
import type { PodLike } from '../pod-types.ts';
import { readPod } from '../read-pod.ts';
import type { AdmissionQuestion, AdmissionVerdict } from './admission-review.ts';

/** What injection looks at beside the pod, as it is now. */
export interface InjectionState {
  readonly config: InjectionConfig;
  readonly proxyConfigs: readonly istio.networking.ProxyConfig[];
  readonly nodes: readonly NodeVersion[];
}

/** What was done, for logs and metrics. */
export interface JudgedInjection {
  readonly verdict: AdmissionVerdict;
  readonly outcome: 'injected' | 'skipped' | 'refused';
  /** The reason of what was not injected. */
  readonly why: string;
}

/** Judges one question; `env` are the variables of the webhook's address. */
export function judgeInjection(
  question: AdmissionQuestion,
  state: InjectionState,
  env: Readonly<Record<string, string>>,
): JudgedInjection {
  const { object, operation, namespace, subresource } = question;
  if (object === undefined || operation !== 'CREATE' || subresource !== '') {
    return { verdict: { kind: 'allowed' }, outcome: 'skipped', why: 'pods are injected when they are made' };
  }
  if (object.apiVersion !== 'v1' || object.kind !== 'Pod') {
    const why = `injection is asked about a ${object.kind}, and injects pods only: correct the rules of the webhook`;
    return { verdict: { kind: 'allowed', warnings: [why] }, outcome: 'skipped', why };
  }
  const pod = object as PodLike;
  const { config, proxyConfigs, nodes } = state;
  // The API server has compared the labels of the namespace with the webhook's selectors already.
  const request = { pod, namespace: { name: pod.metadata?.namespace ?? namespace }, proxyConfigs, nodes, env };
  const result = injectPod(request, config);
  switch (result.kind) {
    case 'skipped':
      return { verdict: { kind: 'allowed' }, outcome: 'skipped', why: result.reason.message };
    case 'refused': {
      const message = `the sidecar cannot be injected: ${result.errors.join('; ')}`;
      const { warnings } = result;
      return {
        verdict: { kind: 'denied', code: 400, reason: 'BadRequest', message, warnings },
        outcome: 'refused',
        why: message,
      };
    }
    case 'injected': {
      // Members that are null in the text are absent for the API server, so the patch must not remove them.
      const read = readPod(pod);
      const before = read.kind === 'ok' ? read.value : pod;
      const patch = createJsonPatch(before, result.pod);
      return { verdict: { kind: 'allowed', patch, warnings: result.warnings }, outcome: 'injected', why: '' };
    }
  }
}
