/**
 * Probes of the workload, asked by the proxy in the kubelet's place: with mutual TLS the kubelet would be refused, and
 * capture would answer for a port that nobody listens on. The originals travel in a variable of the proxy.
 */
import { isPlainObject } from '@weft/api';
import { parseJson } from '@weft/core';
import { APP_PROBERS_ENV, PROXY_CONTAINER } from './names.ts';
import type { Container, EnvVar, PodSpec, Probe } from './pod-types.ts';

/** What checks something: one member of a probe or of a lifecycle handler. */
type Check = Pick<Probe, 'httpGet' | 'tcpSocket' | 'grpc'>;

/** The originals by the path under which the proxy is asked instead. */
type AppProbers = Record<string, Check & { readonly timeoutSeconds?: number }>;

type Handler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;

/** A place of a container where a check may stand. */
interface CheckPlace {
  readonly path: (container: string) => string;
  readonly get: (container: Container) => Check | undefined;
  readonly set: (container: Container, check: Check) => void;
}

const probeAt = (field: 'livenessProbe' | 'readinessProbe' | 'startupProbe', word: string): CheckPlace => ({
  path: (container) => `/app-health/${container}/${word}`,
  get: (container) => container[field],
  set: (container, check) => {
    container[field] = check as Probe;
  },
});

const handlerAt = (field: 'preStop' | 'postStart', word: string): CheckPlace => ({
  path: (container) => `/app-lifecycle/${container}/${word}`,
  get: (container) => container.lifecycle?.[field] as Check | undefined,
  set: (container, check) => {
    container.lifecycle = { ...container.lifecycle, [field]: check as Handler };
  },
});

const PLACES: readonly CheckPlace[] = [
  probeAt('readinessProbe', 'readyz'),
  probeAt('livenessProbe', 'livez'),
  probeAt('startupProbe', 'startupz'),
  handlerAt('preStop', 'prestopz'),
  handlerAt('postStart', 'poststartz'),
];

/** A pod with rewritten probes. */
export interface RewrittenProbes {
  readonly spec: PodSpec;
  /** Variable of the proxy with the originals; undefined when there is no probe to rewrite. */
  readonly env: EnvVar | undefined;
  readonly warnings: readonly string[];
}

/** Sends probes and lifecycle calls of all containers to the proxy. Those that run a command stay as they are. */
export function rewriteProbes(given: PodSpec, statusPort: number): RewrittenProbes {
  const spec = structuredClone(given);
  const probers: AppProbers = {};
  const warnings: string[] = [];
  for (const container of appContainers(spec)) {
    for (const place of PLACES) {
      const check = place.get(container);
      if (check === undefined || isElsewhere(check)) continue;
      const original = withPortNumber(check, container);
      if (original === undefined) continue;
      if (typeof original === 'string') {
        warnings.push(`container ${container.name}: ${original}; the probe is left as it is and will fail`);
        continue;
      }
      const path = place.path(container.name);
      const { timeoutSeconds } = check as Probe;
      probers[path] = timeoutSeconds === undefined ? original : { ...original, timeoutSeconds };
      place.set(container, redirected(check, path, statusPort));
    }
  }
  if (Object.keys(probers).length === 0) return { spec, env: undefined, warnings };
  return { spec, env: { name: APP_PROBERS_ENV, value: JSON.stringify(probers) }, warnings };
}

/** The opposite of `rewriteProbes`, for what an earlier injection left in the proxy's environment. */
export function restoreProbes(given: PodSpec, originals: string): PodSpec {
  const parsed = parseJson(originals);
  if (parsed.kind === 'err' || !isPlainObject(parsed.value)) return given;
  const probers = parsed.value;
  const spec = structuredClone(given);
  for (const container of appContainers(spec)) {
    for (const place of PLACES) {
      const path = place.path(container.name);
      const check = place.get(container);
      const original = Object.hasOwn(probers, path) ? probers[path] : undefined;
      // Somebody may have changed the probe since, and then it is the new original.
      if (check?.httpGet?.path !== path || !isPlainObject(original)) continue;
      const { httpGet: _, ...rest } = check;
      const { timeoutSeconds: _timeout, ...handler } = original;
      place.set(container, { ...rest, ...handler });
    }
  }
  return spec;
}

function appContainers(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(({ name }) => name !== PROXY_CONTAINER);
}

/** A check of another host is not about the pod, and never passes its proxy. */
function isElsewhere({ httpGet, tcpSocket }: Check): boolean {
  return (httpGet?.host ?? tcpSocket?.host ?? '') !== '';
}

/** The check with a number for the name of its port; a text says what is wrong, undefined that there is nothing to ask. */
function withPortNumber({ httpGet, tcpSocket, grpc }: Check, { ports = [] }: Container): Check | string | undefined {
  if (grpc !== undefined) return { grpc };
  const given = httpGet ?? tcpSocket;
  if (given === undefined) return undefined;
  const port = typeof given.port === 'number' ? given.port : numberOf(given.port, ports);
  if (port === undefined) return `no port of it is named ${JSON.stringify(given.port)}`;
  return httpGet === undefined ? { tcpSocket: { ...tcpSocket, port } } : { httpGet: { ...httpGet, port } };
}

function numberOf(name: string, ports: NonNullable<Container['ports']>): number | undefined {
  return /^\d+$/.test(name) ? Number(name) : ports.find((port) => port.name === name)?.containerPort;
}

/** Asks the proxy by HTTP whatever is checked behind it. */
function redirected(check: Check, path: string, port: number): Check {
  const { httpGet, tcpSocket: _tcp, grpc: _grpc, ...rest } = check;
  const { scheme, ...get } = httpGet ?? {};
  return { ...rest, httpGet: { ...get, path, port, ...(scheme === undefined ? {} : { scheme: 'HTTP' as const }) } };
}
