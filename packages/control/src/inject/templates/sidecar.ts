import { PROXY_CONTAINER } from '../names.ts';
import type { PodOverlay } from '../pod-types.ts';
import { captureContainer } from './capture-container.ts';
import { sidecarMetadata } from './pod-metadata.ts';
import { sidecarContainer } from './proxy-container.ts';
import { proxyVolumes } from './proxy-volumes.ts';
import type { TemplateInput } from './template.ts';

/** The sidecar of a workload: capture, the proxy, and what it needs. */
export function sidecarTemplate(input: TemplateInput): PodOverlay {
  const { settings, isNative, values } = input;
  const proxy = { name: PROXY_CONTAINER, ...sidecarContainer(input) };
  const capture = settings.capture.mode === 'NONE' ? [] : [captureContainer(input)];
  const init = isNative ? [...capture, proxy] : capture;
  return {
    metadata: sidecarMetadata(input),
    spec: {
      ...(init.length === 0 ? {} : { initContainers: init }),
      ...(isNative ? {} : { containers: [proxy] }),
      volumes: proxyVolumes(input),
      ...(values.imagePullSecrets.length === 0
        ? {}
        : { imagePullSecrets: values.imagePullSecrets.map((name) => ({ name })) }),
    },
  };
}
