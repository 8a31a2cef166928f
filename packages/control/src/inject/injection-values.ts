/** What the installation says about proxies, read and completed with defaults. */
import { formatIssue, isPlainObject, prune, validateSchema } from '@weft/api';
import type { Container } from './pod-types.ts';
import { type ValuesSpec, valuesSchema } from './values-schema.ts';

/** What proxies are made with; frozen. */
export interface InjectionValues {
  readonly hub: string;
  readonly tag: string;
  /** Kind of images, such as debug; empty for the usual one. */
  readonly variant: string;
  readonly proxyImage: string;
  readonly initImage: string;
  readonly imagePullPolicy: Container['imagePullPolicy'];
  readonly imagePullSecrets: readonly string[];
  readonly clusterDomain: string;
  readonly clusterName: string;
  readonly network: string;
  readonly meshId: string;
  readonly trustDomain: string;
  /** Where the control plane of the revision serves configuration. */
  readonly discoveryAddress: string;
  readonly caAddress: string;
  readonly mountsRootCertificate: boolean;
  readonly tokenAudience: string;
  readonly logLevel: string;
  readonly componentLogLevel: string;
  readonly logsJson: boolean;
  readonly isPrivileged: boolean;
  readonly bindsLowPorts: boolean;
  readonly statusPort: number;
  readonly readiness: {
    readonly initialDelaySeconds: number;
    readonly periodSeconds: number;
    readonly failureThreshold: number;
  };
  /** Failed checks, one a second, that the proxy may take to start; undefined without that check. */
  readonly startupFailureThreshold: number | undefined;
  readonly capture: CaptureDefaults;
  readonly isCaptureForced: boolean;
  /** A CNI plug-in sets up capture, so that pods need no rights for it. */
  readonly isCapturedByCni: boolean;
  readonly resources: Container['resources'];
  readonly initResources: Container['resources'];
  readonly lifecycle: Container['lifecycle'];
  readonly seccompProfile: NonNullable<Container['securityContext']>['seccompProfile'];
  readonly holdsApplication: boolean;
  readonly rewritesProbes: boolean;
}

/** What is captured unless a pod says otherwise; lists are texts with commas, as annotations have them. */
export interface CaptureDefaults {
  readonly includeOutboundIPRanges: string;
  readonly excludeOutboundIPRanges: string;
  readonly includeInboundPorts: string;
  readonly excludeInboundPorts: string;
  readonly includeOutboundPorts: string;
  readonly excludeOutboundPorts: string;
}

/** Values that were read, as they were written and completed. */
export interface ParsedValues {
  readonly values: InjectionValues;
  readonly spec: ValuesSpec;
  readonly errors: readonly string[];
}

const DEFAULT_RESOURCES = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2000m', memory: '1024Mi' } };
/** What Istio's charts set, for a component that this proxy does not have. */
const ISTIO_COMPONENT_LEVELS = 'misc:error';
/** Values have sections for much else; in these a name that is not known is a mistake. */
const OWN_SECTIONS = /^(?:global\.proxy|global\.proxy_init|sidecarInjectorWebhook)\./;

/** Reads values: parsed YAML in, values with defaults out; a revision takes the place of theirs. Never changes `given`. */
export function parseInjectionValues(given: unknown, revision?: string): ParsedValues {
  const pruned = prune(valuesSchema, withoutNulls(given ?? {}));
  const report = validateSchema(valuesSchema, pruned.value);
  const errors = [
    ...pruned.unknown.filter((path) => OWN_SECTIONS.test(path)).map((path) => `unknown value "${path}"`),
    ...report.issues.map(formatIssue),
  ];
  const read = report.issues.length === 0 ? (pruned.value as ValuesSpec) : {};
  const spec = revision === undefined ? read : { ...read, revision };
  return { values: Object.freeze(complete(spec)), spec, errors: [...errors, ...unservedIn(spec)] };
}

/** Helm writes null for what is not set. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
}

function complete({ global = {}, sidecarInjectorWebhook = {}, revision = '', pilot }: ValuesSpec): InjectionValues {
  const proxy = global.proxy ?? {};
  const namespace = orElse(global.istioNamespace, 'istio-system');
  const service = revision === '' || revision === 'default' ? 'istiod' : `istiod-${revision}`;
  const discoveryAddress = `${service}.${namespace}.svc:15012`;
  return {
    hub: orElse(global.hub, 'weft'),
    tag: isPlainValue(global.tag) ? String(global.tag) : 'latest',
    variant: global.variant ?? '',
    proxyImage: orElse(proxy.image, 'proxy'),
    initImage: global.proxy_init?.image ?? '',
    imagePullPolicy: orElse(global.imagePullPolicy, undefined) as Container['imagePullPolicy'],
    imagePullSecrets: global.imagePullSecrets ?? [],
    clusterDomain: orElse(proxy.clusterDomain, 'cluster.local'),
    clusterName: orElse(global.multiCluster?.clusterName, 'Kubernetes'),
    network: global.network ?? '',
    meshId: global.meshID ?? '',
    trustDomain: global.trustDomain ?? '',
    discoveryAddress,
    caAddress: orElse(global.caAddress, discoveryAddress),
    mountsRootCertificate: orElse(global.pilotCertProvider, 'istiod') === 'istiod',
    tokenAudience: orElse(global.sds?.token?.aud, 'istio-ca'),
    logsJson: global.logAsJson ?? false,
    ...proxyValues(proxy),
    isCaptureForced: global.proxy_init?.forceApplyIptables ?? false,
    isCapturedByCni: pilot?.cni?.enabled ?? false,
    initResources: global.proxy_init?.resources as Container['resources'],
    rewritesProbes: sidecarInjectorWebhook.rewriteAppHTTPProbe ?? true,
  };
}

type ProxySpec = NonNullable<NonNullable<ValuesSpec['global']>['proxy']>;

function proxyValues(proxy: ProxySpec) {
  return {
    logLevel: orElse(proxy.logLevel, 'warning'),
    componentLogLevel: proxy.componentLogLevel === ISTIO_COMPONENT_LEVELS ? '' : (proxy.componentLogLevel ?? ''),
    isPrivileged: proxy.privileged ?? false,
    bindsLowPorts: String(proxy.capNetBindService) === 'true',
    statusPort: proxy.statusPort ?? 15_020,
    readiness: {
      initialDelaySeconds: proxy.readinessInitialDelaySeconds ?? 0,
      periodSeconds: proxy.readinessPeriodSeconds ?? 15,
      failureThreshold: proxy.readinessFailureThreshold ?? 4,
    },
    startupFailureThreshold:
      proxy.startupProbe?.enabled === false ? undefined : (proxy.startupProbe?.failureThreshold ?? 600),
    capture: {
      includeOutboundIPRanges: String(proxy.includeIPRanges ?? '*'),
      excludeOutboundIPRanges: String(proxy.excludeOutboundIPRanges ?? proxy.excludeIPRanges ?? ''),
      includeInboundPorts: String(proxy.includeInboundPorts ?? '*'),
      excludeInboundPorts: String(proxy.excludeInboundPorts ?? ''),
      includeOutboundPorts: String(proxy.includeOutboundPorts ?? ''),
      excludeOutboundPorts: String(proxy.excludeOutboundPorts ?? ''),
    },
    resources: (proxy.resources ?? DEFAULT_RESOURCES) as Container['resources'],
    lifecycle: filled(proxy.lifecycle) as Container['lifecycle'],
    seccompProfile: filled(proxy.seccompProfile) as InjectionValues['seccompProfile'],
    holdsApplication: proxy.holdApplicationUntilProxyStarts ?? false,
  };
}

/** Values that ask for something that the proxy does not have, with what to do. */
function unservedIn({ global = {}, pilot }: ValuesSpec): string[] {
  const { proxy = {} } = global;
  const provider = global.pilotCertProvider ?? '';
  const found: string[] = [];
  const refuse = (isAsked: boolean, path: string, why: string): void => {
    if (isAsked) found.push(`${path}: ${why}`);
  };
  refuse(global.tag !== undefined && !isPlainValue(global.tag), 'global.tag', 'must be a text or a number');
  refuse(proxy.enableCoreDump === true, 'global.proxy.enableCoreDump', 'the proxy writes no core dumps: leave it out');
  refuse((proxy.outlierLogPath ?? '') !== '', 'global.proxy.outlierLogPath', 'is not served: leave it out');
  refuse(
    !['', 'none', 'zipkin'].includes(proxy.tracer ?? ''),
    'global.proxy.tracer',
    `${proxy.tracer} is not served here: name a provider in MeshConfig and use it in a Telemetry`,
  );
  refuse((global.sts?.servicePort ?? 0) !== 0, 'global.sts.servicePort', 'the proxy exchanges no tokens: leave it out');
  refuse(global.mountMtlsCerts === true, 'global.mountMtlsCerts', 'certificates come over SDS only: leave it out');
  refuse(
    !['', 'third-party-jwt'].includes(global.jwtPolicy ?? ''),
    'global.jwtPolicy',
    `${global.jwtPolicy} is not served: tokens are always bound to their audience, leave it out`,
  );
  refuse(
    (global.podDNSSearchNamespaces ?? []).length > 0,
    'global.podDNSSearchNamespaces',
    'is not served: write dnsConfig in a template of your own',
  );
  refuse((global.caName ?? '') !== '', 'global.caName', 'is not served: use caAddress');
  refuse(
    !['', 'istiod', 'none'].includes(provider),
    'global.pilotCertProvider',
    `${provider} is not served: use istiod or none`,
  );
  refuse(pilot?.cni?.provider === 'multus', 'pilot.cni.provider', 'multus is not served: use default');
  return found;
}

/** YAML reads the tag 1.2 as a number. */
function isPlainValue(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function orElse<T extends string, D>(value: T | undefined, fallback: D): T | D {
  return value === undefined || value === '' ? fallback : value;
}

/** Helm writes `{}` for what is not set. */
function filled<T extends object>(value: T | undefined): T | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : value;
}
