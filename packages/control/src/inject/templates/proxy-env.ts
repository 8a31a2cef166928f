/** The environment of the proxy: what it is part of, and what the control plane is told about it. */
import { deepEqual, istio } from '@weft/api';
import { PROXY_CONTAINER } from '../names.ts';
import type { EnvVar } from '../pod-types.ts';
import type { TemplateInput } from './template.ts';

/** The environment of a proxy; a gateway captures nothing. */
export function proxyEnv(input: TemplateInput, isGateway: boolean): EnvVar[] {
  const { values, mesh, workload, clusterName, network, settings } = input;
  const trustDomain = values.trustDomain === '' ? (mesh.trustDomain ?? '') : values.trustDomain;
  const optional: [string, string][] = [
    ['ISTIO_META_NETWORK', network],
    ['ISTIO_META_WORKLOAD_NAME', workload.name],
    ['ISTIO_META_OWNER', ownerOf(input)],
    ['ISTIO_META_MESH_ID', values.meshId === '' ? trustDomain : values.meshId],
    ['TRUST_DOMAIN', trustDomain],
    ['WEFT_LOG_FORMAT', values.logsJson ? 'json' : ''],
    // Where connections are passed on to localhost, the originals of probes are asked there too.
    ['REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION', isLocalhost(mesh) ? 'true' : ''],
  ];
  return [
    { name: 'PILOT_CERT_PROVIDER', value: values.mountsRootCertificate ? 'istiod' : 'none' },
    { name: 'CA_ADDR', value: values.caAddress },
    fromField('POD_NAME', 'metadata.name'),
    fromField('POD_NAMESPACE', 'metadata.namespace'),
    fromField('INSTANCE_IP', 'status.podIP'),
    fromField('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    fromField('HOST_IP', 'status.hostIP'),
    { name: 'ISTIO_CPU_LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } } },
    { name: 'PROXY_CONFIG', value: JSON.stringify(proxyConfigOf(input, isGateway)) },
    { name: 'ISTIO_META_POD_PORTS', value: JSON.stringify(podPorts(input)) },
    { name: 'ISTIO_META_APP_CONTAINERS', value: appContainers(input).join(',') },
    { name: 'ISTIO_META_CLUSTER_ID', value: clusterName },
    fromField('ISTIO_META_NODE_NAME', 'spec.nodeName'),
    ...(isGateway ? [] : [{ name: 'ISTIO_META_INTERCEPTION_MODE', value: settings.capture.mode }]),
    ...optional.filter(([, value]) => value !== '').map(([name, value]) => ({ name, value })),
    ...proxyMetadataEnv(input),
  ];
}

/** Variables that the ProxyConfig names, sorted. */
export function proxyMetadataEnv({ proxyConfig }: TemplateInput): EnvVar[] {
  const entries = Object.entries(proxyConfig.proxyMetadata ?? {});
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value }));
}

function fromField(name: string, fieldPath: string): EnvVar {
  // The version is what the API server fills in: said here, a pod that went through it is the same as one that did not.
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}

/** The ProxyConfig without what holds anyway, which keeps pods small. */
function proxyConfigOf(input: TemplateInput, isGateway: boolean): Record<string, unknown> {
  const { proxyConfig, values, settings } = input;
  const defaults: Readonly<Record<string, unknown>> = istio.mesh.PROXY_CONFIG_DEFAULTS;
  const isDefaultAddress = proxyConfig.discoveryAddress === defaults['discoveryAddress'];
  const complete = {
    ...proxyConfig,
    // The control plane that injects is the one that the proxy asks, unless somebody says otherwise.
    discoveryAddress: isDefaultAddress ? values.discoveryAddress : proxyConfig.discoveryAddress,
    statusPort: settings.statusPort,
    interceptionMode: isGateway ? undefined : settings.capture.mode,
  };
  return Object.fromEntries(
    Object.entries(complete).filter(([name, value]) => value !== undefined && !deepEqual(value, defaults[name])),
  );
}

/** Ports of the workload, then those that its user gave the proxy, which may stand in either list. */
function podPorts({ pod }: TemplateInput): object[] {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const own = containers.filter(({ name }) => name !== PROXY_CONTAINER);
  const proxy = [...containers, ...initContainers].filter(({ name }) => name === PROXY_CONTAINER);
  return [...own, ...proxy].flatMap(({ ports = [] }) => ports);
}

function appContainers({ pod }: TemplateInput): string[] {
  return (pod.spec?.containers ?? []).map(({ name }) => name).filter((name) => name !== PROXY_CONTAINER);
}

function ownerOf({ workload }: TemplateInput): string {
  const { apiVersion, kind, namespace, name } = workload;
  if (name === '') return '';
  return `kubernetes://apis/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
}

function isLocalhost(mesh: istio.mesh.MeshConfig): boolean {
  return mesh.inboundTrafficPolicy?.mode === 'LOCALHOST';
}
