import { PROXY_CONTAINER } from '../names.ts';
import type { PodOverlay } from '../pod-types.ts';
import { gatewayMetadata } from './pod-metadata.ts';
import { gatewayContainer } from './proxy-container.ts';
import { proxyVolumes } from './proxy-volumes.ts';
import type { TemplateInput } from './template.ts';

/** A gateway: the proxy alone, in the container that the user named after it. */
export function gatewayTemplate(input: TemplateInput): PodOverlay {
  const { values } = input;
  return {
    metadata: gatewayMetadata(input),
    spec: {
      // So that the proxy can listen on 80 and 443 without rights.
      securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
      containers: [{ name: PROXY_CONTAINER, ...gatewayContainer(input) }],
      volumes: proxyVolumes(input),
      ...(values.imagePullSecrets.length === 0
        ? {}
        : { imagePullSecrets: values.imagePullSecrets.map((name) => ({ name })) }),
    },
  };
}
