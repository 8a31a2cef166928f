/** Kinds of Kubernetes: what is filled in, shown and refused. */
import { get, type OracleCase, patch, post, put, scene, TABLE } from '../case.ts';
import { collectionOf, type Sample, samples } from './samples.ts';

const DRY = '?dryRun=All';

/** A sample as it is stored, as a table, read back and with a status. */
function lifeOf(sample: Sample): OracleCase {
  const path = collectionOf(sample);
  const name = String(sample.object.metadata.name);
  const hasTable = { headers: TABLE, pick: cellsOf };
  return scene(
    `${sample.object.kind} ${sample.object.apiVersion}`,
    post(path, sample.object),
    post(path, sample.object),
    get(`${path}/${name}`, hasTable),
    put(`${path}/${name}`, sample.object),
    patch(`${path}/${name}`, 'merge', { metadata: { labels: { patched: 'yes' } } }),
    patch(`${path}/${name}?fieldManager=applier&force=true`, 'apply', sample.object),
    ...(sample.status === undefined
      ? []
      : [
          patch(`${path}/${name}/status`, 'merge', { status: sample.status }),
          get(`${path}/${name}/status`),
          get(`${path}/${name}`, hasTable),
        ]),
    { method: 'DELETE', path: `${path}/${name}` },
  );
}

/** A table without the objects in its rows, which are compared elsewhere. */
function cellsOf({ rows, ...rest }: { readonly rows?: readonly { readonly cells: unknown }[] }): unknown {
  return { ...rest, rows: rows?.map(({ cells }) => ({ cells })) };
}

/** Values that are wrong somewhere. */
const WRONG: readonly unknown[] = [-1, '', 'Not Valid!', null, {}];

/** Which of several things that are wrong is told, and how, is compared elsewhere. */
const verdict = ({ kind, reason }: { readonly kind: string; readonly reason?: string }): unknown =>
  kind === 'Status' ? reason : undefined;

/** Every field of a sample in turn is given every wrong value, and left out. */
function mutationsOf(sample: Sample): OracleCase {
  const path = `${collectionOf(sample)}${DRY}`;
  const objects = placesIn(sample.object).flatMap((at) =>
    [undefined, ...WRONG].map((value) => changed(sample.object, at, value)),
  );
  const { kind, apiVersion } = sample.object;
  return {
    name: `${kind} ${apiVersion} with wrong values`,
    steps: objects.map((object) => post(path, object, { pick: verdict })),
  };
}

type Place = readonly (string | number)[];

function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const place = [...at, Array.isArray(value) ? Number(key) : key];
    if (['apiVersion', 'kind', 'metadata'].includes(String(place[0])) && place.length < 3) return [];
    return [place, ...placesIn(item, place)];
  });
}

function changed(object: object, at: Place, value: unknown): unknown {
  const copy = structuredClone(object) as Record<string | number, unknown>;
  let holder = copy;
  for (const key of at.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>;
  const last = at.at(-1)!;
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

export const kindCases: readonly OracleCase[] = [...samples.map(lifeOf), ...samples.map(mutationsOf)];
