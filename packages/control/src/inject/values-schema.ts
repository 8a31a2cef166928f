/** The part of Istio's Helm values that injection reads, as it is written. */
import {
  any,
  anyObject,
  boolean,
  type Infer,
  integer,
  intOrString,
  labelSelector,
  list,
  map,
  object,
  string,
} from '@weft/api';

const ranges = (what: string) => intOrString(`${what}, separated by commas; * for all.`);

const readiness = {
  readinessInitialDelaySeconds: integer('Seconds before the first readiness check.', { minimum: 0 }),
  readinessPeriodSeconds: integer('Seconds between readiness checks.', { minimum: 1 }),
  readinessFailureThreshold: integer('Failed checks after which the proxy counts as not ready.', { minimum: 1 }),
  startupProbe: object('Check that everything else waits for.', {
    enabled: boolean('Whether there is one.'),
    failureThreshold: integer('Failed checks, one a second, after which the proxy is started again.', { minimum: 1 }),
  }),
};

const proxy = object('The proxy container.', {
  image: string('Image; a name without slash is put behind hub and before tag.'),
  clusterDomain: string('Domain of the cluster.'),
  logLevel: string('Log level of the proxy.'),
  componentLogLevel: string('Log levels of its components.'),
  privileged: boolean('Runs containers privileged.'),
  resources: anyObject('What the proxy needs and may use.'),
  statusPort: integer('Port for probes and merged metrics; 0 for none.', { minimum: 0, maximum: 65_535 }),
  ...readiness,
  includeIPRanges: ranges('Destinations whose connections are captured'),
  excludeIPRanges: ranges('Destinations whose connections are not captured'),
  excludeOutboundIPRanges: ranges('Newer name of excludeIPRanges'),
  includeInboundPorts: ranges('Ports whose incoming connections are captured'),
  excludeInboundPorts: ranges('Ports whose incoming connections are not captured'),
  includeOutboundPorts: ranges('Ports whose outgoing connections are captured wherever they go'),
  excludeOutboundPorts: ranges('Ports whose outgoing connections are not captured'),
  lifecycle: anyObject('Hooks in place of those that injection sets.'),
  holdApplicationUntilProxyStarts: boolean('Starts the workload after the proxy is ready.'),
  seccompProfile: anyObject('System calls that are allowed.'),
  capNetBindService: intOrString('Whether the proxy may listen on ports below 1024.'),
  autoInject: string('Policy; enabled or disabled.'),
  enableCoreDump: boolean('Not served.'),
  outlierLogPath: string('Not served.'),
  tracer: string('Not served.'),
});

const global = object('Settings of the mesh.', {
  hub: string('Registry and folder of images.'),
  tag: any('Version of images: a text or a number.'),
  variant: string('Kind of images: default, debug or distroless.'),
  imagePullPolicy: string('When images are fetched.'),
  imagePullSecrets: list('Secrets for the registry.', string('Name of a Secret.')),
  proxy,
  proxy_init: object('The container that sets up capture.', {
    image: string('Image; that of the proxy unless it has a slash.'),
    resources: anyObject('What it needs and may use; as the proxy when absent.'),
    forceApplyIptables: boolean('Sets up capture anew even where it is already.'),
  }),
  multiCluster: object('This cluster among others.', { clusterName: string('Its name.') }),
  network: string('Network of this cluster.'),
  meshID: string('Name of the mesh.'),
  trustDomain: string('Trust domain of the identities.'),
  caAddress: string('Address of the certificate authority.'),
  istioNamespace: string('Namespace of the control plane.'),
  logAsJson: boolean('Logs are JSON.'),
  sds: object('Secrets.', { token: object('The token.', { aud: string('Its audience.') }) }),
  pilotCertProvider: string('Where the root certificate comes from: istiod or none.'),
  caName: string('Not served.'),
  jwtPolicy: string('Not served but third-party-jwt.'),
  podDNSSearchNamespaces: list('Not served.', string('A domain.')),
  mountMtlsCerts: boolean('Not served.'),
  sts: object('Not served.', { servicePort: integer('Not served.') }),
});

const sidecarInjectorWebhook = object('Injection.', {
  rewriteAppHTTPProbe: boolean('Sends probes through the proxy.'),
  enableNamespacesByDefault: boolean('Injects in namespaces that say nothing.'),
  injectedAnnotations: map('Annotations of every injected pod.', string('Value.')),
  alwaysInjectSelector: list('Pods that are always injected.', labelSelector('Their labels.')),
  neverInjectSelector: list('Pods that are never injected.', labelSelector('Their labels.')),
  defaultTemplates: list('Templates of pods that name none.', string('Name.')),
  templates: map('Further templates.', string('Strategic merge patch of a pod, as YAML.')),
  reinvocationPolicy: string('Whether injection is asked again after other webhooks.'),
  injectionURL: string('Address of the webhook outside of the cluster.'),
});

/** The part of the values that injection reads. */
export const valuesSchema = object('Values.', {
  global,
  sidecarInjectorWebhook,
  revision: string('Revision of the control plane.'),
  pilot: object('The control plane.', {
    env: map('Its environment; ENABLE_NATIVE_SIDECARS is read.', any('A text, or what YAML takes for something else.')),
    cni: object('Capture by the CNI plug-in.', {
      enabled: boolean('Whether it sets up capture.'),
      provider: string('How it is called: default; multus is not served.'),
    }),
  }),
});

/** Values as they are written. */
export type ValuesSpec = Infer<typeof valuesSchema>;
