/** The init container that sets up capture, or that checks what a CNI plug-in has set up. */
import { excludedInboundPorts } from '../capture-ports.ts';
import { INIT_CONTAINER, PROXY_ID, PROXY_METRICS_PORT, READY_PORT, VALIDATION_CONTAINER } from '../names.ts';
import type { Container } from '../pod-types.ts';
import { imageFields } from './proxy-container.ts';
import { proxyMetadataEnv } from './proxy-env.ts';
import type { TemplateInput } from './template.ts';

/** The option of the capture program that names the user whose connections it leaves alone. */
export const PROXY_UID_OPTION = '--proxy-uid';

/** The init container about capture. */
export function captureContainer(input: TemplateInput): Container {
  const { values, settings } = input;
  const env = [...proxyMetadataEnv(input), ...logFormatEnv(input)];
  return {
    name: values.isCapturedByCni ? VALIDATION_CONTAINER : INIT_CONTAINER,
    ...imageFields(settings.initImage, input),
    args: captureArgs(input),
    ...(env.length === 0 ? {} : { env }),
    ...(settings.initResources === undefined ? {} : { resources: settings.initResources }),
    securityContext: securityContext(input),
  };
}

function captureArgs({ values, settings, mesh, program }: TemplateInput): string[] {
  const { capture } = settings;
  const excluded = [String(PROXY_METRICS_PORT), String(READY_PORT), excludedInboundPorts(settings)];
  const option = (name: string, value: string): string[] => (value === '' ? [] : [name, value]);
  return [
    ...program.capture,
    '--outbound-port',
    String(mesh.proxyListenPort ?? 15_001),
    '--inbound-port',
    String(mesh.proxyInboundListenPort ?? 15_006),
    PROXY_UID_OPTION,
    String(PROXY_ID),
    '--mode',
    capture.mode,
    // Given even when empty: no ranges and no ports means that nothing is captured, and absent would mean all.
    '--include-outbound-ranges',
    capture.includeOutboundIPRanges,
    ...option('--exclude-outbound-ranges', capture.excludeOutboundIPRanges),
    '--include-inbound-ports',
    capture.includeInboundPorts,
    '--exclude-inbound-ports',
    excluded.filter((part) => part !== '').join(','),
    ...option('--include-outbound-ports', capture.includeOutboundPorts),
    ...option('--exclude-outbound-ports', capture.excludeOutboundPorts),
    ...option('--virtual-interfaces', capture.virtualInterfaces),
    ...option('--exclude-interfaces', capture.excludeInterfaces),
    ...(values.isCapturedByCni ? ['--check-only'] : []),
    ...(values.isCaptureForced && !values.isCapturedByCni ? ['--force'] : []),
  ];
}

function logFormatEnv({ values }: TemplateInput): { name: string; value: string }[] {
  return values.logsJson ? [{ name: 'WEFT_LOG_FORMAT', value: 'json' }] : [];
}

function securityContext({ values }: TemplateInput): Container['securityContext'] {
  const { isPrivileged, isCapturedByCni, seccompProfile } = values;
  const common = {
    allowPrivilegeEscalation: isPrivileged,
    privileged: isPrivileged,
    ...(seccompProfile === undefined ? {} : { seccompProfile }),
  };
  if (isCapturedByCni) {
    return {
      ...common,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsGroup: PROXY_ID,
      runAsNonRoot: true,
      runAsUser: PROXY_ID,
    };
  }
  return {
    ...common,
    capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] },
    readOnlyRootFilesystem: false,
    runAsGroup: 0,
    runAsNonRoot: false,
    runAsUser: 0,
  };
}
