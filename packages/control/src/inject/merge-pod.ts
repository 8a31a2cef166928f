/**
 * Merges parts of pods by strategic merge. Where Kubernetes allows one of several members only (a variable's value or its
 * source, the handler of a probe, the source of a volume), what is merged in drives out what was there: plain strategic
 * merge would keep both, and the API server would refuse the pod.
 */
import { applyStrategicMerge } from '@weft/kube/patch';
import type { Container, PodLike, PodOverlay, Volume } from './pod-types.ts';
import { podSchema } from './read-pod.ts';

type Members = Readonly<Record<string, unknown>>;
type Named = { readonly name: string };

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'];
const ENV_SOURCES = ['value', 'valueFrom'];

/** The pod, or overlay, with another part merged in, which wins. Changes neither. */
export function mergePod<P extends PodLike>(pod: P, overlay: PodOverlay): P {
  const patch = drivingOut(pod, overlay);
  return applyStrategicMerge(podSchema, pod as Record<string, unknown>, patch) as P;
}

/** The overlay without the sources of volumes that the user has given other sources. */
export function withUserVolumes(overlay: PodOverlay, { spec: own }: PodLike): PodOverlay {
  const { spec = {} } = overlay;
  if (spec.volumes === undefined) return overlay;
  const volumes = spec.volumes.map((volume): Volume => {
    const given = own?.volumes?.find(({ name }) => name === volume.name);
    const source = sourcesOf(given)[0];
    return source === undefined || sourcesOf(volume).includes(source) ? volume : { name: volume.name };
  });
  return { ...overlay, spec: { ...spec, volumes } };
}

/** The overlay with null for every member that it drives out. */
function drivingOut({ spec: earlier }: PodLike, overlay: PodOverlay): PodOverlay {
  const { spec: later } = overlay;
  if (earlier === undefined || later === undefined) return overlay;
  const spec: Record<string, unknown> = { ...later };
  for (const field of ['containers', 'initContainers'] as const) {
    if (later[field] !== undefined) spec[field] = pairs(earlier[field], later[field], containerPatch);
  }
  if (later.volumes !== undefined) spec['volumes'] = pairs(earlier.volumes, later.volumes, volumePatch);
  return { ...overlay, spec };
}

function containerPatch(earlier: Container, later: Container): Container {
  const patch: Record<string, unknown> = { ...later };
  for (const field of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    patch[field] = exclusive(earlier[field], later[field], HANDLERS);
  }
  if (later.lifecycle !== undefined) {
    const { preStop, postStart } = earlier.lifecycle ?? {};
    patch['lifecycle'] = present({
      ...later.lifecycle,
      preStop: exclusive(preStop, later.lifecycle.preStop, HANDLERS),
      postStart: exclusive(postStart, later.lifecycle.postStart, HANDLERS),
    });
  }
  if (later.env !== undefined) {
    patch['env'] = pairs(earlier.env, later.env, (before, after) => exclusive(before, after, ENV_SOURCES));
  }
  return present(patch) as Container;
}

function volumePatch(earlier: Volume, later: Volume): Volume {
  return exclusive(earlier, later, [...sourcesOf(earlier), ...sourcesOf(later)]);
}

function sourcesOf(volume: Volume | undefined): string[] {
  return Object.keys(volume ?? {}).filter((member) => member !== 'name');
}

/** Items of a list, each seen together with the earlier one of its name. */
function pairs<T extends Named>(
  earlier: readonly T[] | undefined,
  later: readonly T[],
  combine: (earlier: T, later: T) => T,
): T[] {
  return later.map((item) => {
    const before = earlier?.find(({ name }) => name === item.name);
    return before === undefined ? item : combine(before, item);
  });
}

/** `later` with null for members of the set that `earlier` has, if it has another one of the set itself. */
function exclusive<T extends object | undefined>(earlier: T, later: T, members: readonly string[]): T {
  if (earlier === undefined || later === undefined) return later;
  const [before, after] = [earlier as Members, later as Members];
  if (!members.some((member) => after[member] !== undefined)) return later;
  const driven = members.filter((member) => before[member] !== undefined && after[member] === undefined);
  return driven.length === 0 ? later : ({ ...after, ...Object.fromEntries(driven.map((m) => [m, null])) } as T);
}

function present(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
