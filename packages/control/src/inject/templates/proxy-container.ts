/** The container of the proxy. */
import { PROXY_ID, PROXY_METRICS_PORT, READY_PORT } from '../names.ts';
import type { Container, Probe } from '../pod-types.ts';
import { proxyEnv } from './proxy-env.ts';
import { proxyMounts } from './proxy-volumes.ts';
import type { TemplateInput } from './template.ts';

type Fields = Omit<Container, 'name'>;

/** The proxy beside a workload. */
export function sidecarContainer(input: TemplateInput): Fields {
  const { isNative, settings, program } = input;
  const lifecycle = lifecycleOf(input);
  return {
    ...imageFields(settings.image, input),
    ...(isNative ? { restartPolicy: 'Always' } : {}),
    ...common(input, program.sidecar, false),
    ...(lifecycle === undefined ? {} : { lifecycle }),
    securityContext: sidecarSecurity(input),
  };
}

/** The proxy as a gateway. */
export function gatewayContainer(input: TemplateInput): Fields {
  const { settings, program, values } = input;
  return {
    ...imageFields(settings.image, input),
    ...common(input, program.router, true),
    ...(values.lifecycle === undefined ? {} : { lifecycle: values.lifecycle }),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsGroup: PROXY_ID,
      runAsNonRoot: true,
      runAsUser: PROXY_ID,
    },
  };
}

/** Image and entry point of a container that runs our program. */
export function imageFields(image: string, { values, program }: TemplateInput): Pick<Fields, 'image' | 'command'> {
  return {
    image,
    ...(values.imagePullPolicy === undefined ? {} : { imagePullPolicy: values.imagePullPolicy }),
    ...(program.command.length === 0 ? {} : { command: [...program.command] }),
  };
}

function common(input: TemplateInput, words: readonly string[], isGateway: boolean): Fields {
  const { settings, values } = input;
  const { componentLogLevel } = settings;
  return {
    ports: [{ containerPort: PROXY_METRICS_PORT, protocol: 'TCP', name: 'http-envoy-prom' }],
    args: [
      ...words,
      '--domain',
      `$(POD_NAMESPACE).svc.${values.clusterDomain}`,
      '--log-level',
      settings.logLevel,
      ...(componentLogLevel === '' ? [] : ['--component-log-level', componentLogLevel]),
    ],
    env: proxyEnv(input, isGateway),
    ...probes(input),
    ...(settings.resources === undefined ? {} : { resources: settings.resources }),
    volumeMounts: proxyMounts(input),
  };
}

function probes({ settings, values }: TemplateInput): Pick<Fields, 'startupProbe' | 'readinessProbe'> {
  if (settings.statusPort === 0) return {};
  const check: Probe = { httpGet: { path: '/healthz/ready', port: READY_PORT }, timeoutSeconds: 3 };
  const { startupFailureThreshold } = values;
  const startup = { ...check, initialDelaySeconds: 0, periodSeconds: 1, failureThreshold: startupFailureThreshold };
  return {
    ...(startupFailureThreshold === undefined ? {} : { startupProbe: startup }),
    readinessProbe: { ...structuredClone(check), ...settings.readiness },
  };
}

/** A native sidecar is ready before the workload starts and ends after it, so it needs to be told when the end begins. */
function lifecycleOf({ values, settings, isNative, program }: TemplateInput): Fields['lifecycle'] {
  if (values.lifecycle !== undefined) return values.lifecycle;
  if (isNative) return { preStop: { exec: { command: [...program.drain] } } };
  return settings.holdsApplication ? { postStart: { exec: { command: [...program.wait] } } } : undefined;
}

function sidecarSecurity({ settings, values }: TemplateInput): Fields['securityContext'] {
  const added: string[] = [];
  if (settings.capture.mode === 'TPROXY') added.push('NET_ADMIN');
  if (settings.bindsLowPorts) added.push('NET_BIND_SERVICE');
  const { seccompProfile } = values;
  return {
    allowPrivilegeEscalation: values.isPrivileged,
    capabilities: { ...(added.length === 0 ? {} : { add: added }), drop: ['ALL'] },
    privileged: values.isPrivileged,
    readOnlyRootFilesystem: true,
    runAsGroup: PROXY_ID,
    // Capabilities of a container reach a process of another user only through files, so these need root.
    runAsNonRoot: added.length === 0,
    runAsUser: added.length === 0 ? PROXY_ID : 0,
    ...(seccompProfile === undefined ? {} : { seccompProfile }),
  };
}
