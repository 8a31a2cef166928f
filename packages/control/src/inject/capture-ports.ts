import { partsOf } from './annotation-checks.ts';
import type { SidecarSettings } from './sidecar-settings.ts';

/** Ports whose incoming connections are left alone, as a text with commas: those of the pod, and the one for probes. */
export function excludedInboundPorts({ capture, statusPort }: SidecarSettings): string {
  const ports = partsOf(capture.excludeInboundPorts);
  const status = String(statusPort);
  return [...ports, ...(statusPort === 0 || ports.includes(status) ? [] : [status])].join(',');
}
