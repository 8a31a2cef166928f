/** From resources as data to the bytes that proxies are sent. */
import { hash } from 'node:crypto';
import { createResourceSet, type ResourceSet, type ServedResource, serveResource } from '@weft/xds/server';
import type { Finding, ObjectRef } from '../mesh/model/index.ts';
import { encodeMessage } from './encode-message.ts';
import { findingAt } from './finding-at.ts';
import { firstSource } from './provenance.ts';
import type { ProxyResources } from './resources.ts';

/** The lists of resources, by the type of what they hold. */
const TYPES = {
  listeners: 'envoy.config.listener.v3.Listener',
  routes: 'envoy.config.route.v3.RouteConfiguration',
  clusters: 'envoy.config.cluster.v3.Cluster',
  endpoints: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
} as const satisfies Record<keyof ProxyResources, string>;

type Kind = keyof typeof TYPES;
type Json = ProxyResources[Kind][number];

const KINDS = Object.keys(TYPES) as readonly Kind[];
/** Enough of a digest that two contents never have the same. */
const VERSION_CHARS = 22;

/** A resource that no proxy would take. */
export interface RefusedResource {
  readonly typeUrl: string;
  readonly name: string;
  readonly reason: string;
  /** The object that it is made of first, where it says so. */
  readonly object?: ObjectRef;
}

/** Resources, ready to be served. */
export interface EncodedResources {
  /** By type URL; every type is there. */
  readonly sets: ReadonlyMap<string, ResourceSet>;
  readonly refused: readonly RefusedResource[];
}

/** A resource as it is encoded, or why it is not. */
type Encoded = { readonly resource: ServedResource; readonly stamp: Stamp } | RefusedResource;

/** What stands for a resource and its version in the version of a set. */
type Stamp = readonly [number, number, number, number];

/** What was encoded, by the object it was made of, which never changes: every resource is encoded once, whoever gets it. */
const encoded = new WeakMap<Json, Encoded>();
const encodedParts = new WeakMap<ProxyResources, ReadonlyMap<string, EncodedList>>();

/** The resources of one type in a part. */
interface EncodedList {
  readonly version: string;
  readonly resources: ReadonlyMap<string, ServedResource>;
  readonly refused: readonly RefusedResource[];
  /** The list alone. */
  readonly set: ResourceSet;
}

/**
 * Encodes what a proxy is sent. A resource that breaks the rules of its schema is left out and told of; where `before` has one of that
 * name, the proxy keeps that: what is wrong never takes away what works.
 */
export function encodeResources(parts: readonly ProxyResources[], before?: EncodedResources): EncodedResources {
  const [first = NO_RESOURCES, second = NO_RESOURCES] = parts;
  if (parts.length > 2) return joinParts(parts, before);
  const ofFirst = known.get(first) ?? new WeakMap<ProxyResources, EncodedResources>();
  known.set(first, ofFirst);
  const shared = ofFirst.get(second);
  if (shared !== undefined) return shared;
  const made = joinParts(parts, before);
  // What was left out depends on what the proxy had before.
  if (made.refused.length === 0) ofFirst.set(second, made);
  return made;
}

const NO_RESOURCES: ProxyResources = { listeners: [], routes: [], clusters: [], endpoints: [] };

/** What proxies with the same two parts are sent is the same object. */
const known = new WeakMap<ProxyResources, WeakMap<ProxyResources, EncodedResources>>();

function joinParts(parts: readonly ProxyResources[], before: EncodedResources | undefined): EncodedResources {
  const lists = parts.map(encodePart);
  const sets = new Map<string, ResourceSet>();
  const refused: RefusedResource[] = [];
  for (const kind of KINDS) {
    const typeUrl = `type.googleapis.com/${TYPES[kind]}`;
    const ofType = lists.map((part) => part.get(typeUrl)!);
    const problems = ofType.flatMap((list) => list.refused);
    refused.push(...problems);
    const kept = problems.flatMap(({ name }) => before?.sets.get(typeUrl)?.get(name) ?? []);
    sets.set(typeUrl, setOf(kept.length === 0 ? ofType : [...ofType, listOf(kept.map(withStamp), [])]));
  }
  return { sets, refused };
}

/** What is said on the objects of resources that are left out. */
export function findingsOf({ refused }: EncodedResources): readonly Finding[] {
  return refused.flatMap(({ object, name, typeUrl, reason }) => {
    if (object === undefined) return [];
    const what = `${typeUrl.slice(typeUrl.lastIndexOf('.') + 1)} ${name}`;
    const message = `${what} is left out, and proxies keep the last one that was valid, since no proxy would take it: ${reason}`;
    return [findingAt('InvalidResource', object, '', message)];
  });
}

function encodePart(part: ProxyResources): ReadonlyMap<string, EncodedList> {
  let lists = encodedParts.get(part);
  if (lists === undefined) {
    lists = new Map(KINDS.map((kind) => [`type.googleapis.com/${TYPES[kind]}`, encodeList(part[kind], TYPES[kind])]));
    encodedParts.set(part, lists);
  }
  return lists;
}

/** Lists stay the same objects in parts of which other lists changed. */
const encodedLists = new WeakMap<readonly Json[], EncodedList>();

function encodeList(list: readonly Json[], typeName: string): EncodedList {
  const before = encodedLists.get(list);
  if (before !== undefined) return before;
  const resources: Exclude<Encoded, RefusedResource>[] = [];
  const refused: RefusedResource[] = [];
  for (const json of list) {
    let one = encoded.get(json);
    if (one === undefined) {
      one = encodeOne(json, typeName);
      encoded.set(json, one);
    }
    if ('resource' in one) resources.push(one);
    else refused.push(one);
  }
  const made = listOf(resources, refused);
  encodedLists.set(list, made);
  return made;
}

function listOf(
  entries: readonly Exclude<Encoded, RefusedResource>[],
  refused: readonly RefusedResource[],
): EncodedList {
  const byName = new Map<string, ServedResource>();
  const sum: [number, number, number, number] = [0, 0, 0, 0];
  for (const { resource, stamp } of entries) {
    if (byName.has(resource.name)) continue;
    byName.set(resource.name, resource);
    // Sums, so that the same resources in another order are the same set, and a large set has its version at once.
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i]! + stamp[i]!) >>> 0;
  }
  const version = [byName.size, ...sum].map((word) => word.toString(36)).join('-');
  return { version, resources: byName, refused, set: createResourceSet(version, byName) };
}

function withStamp(resource: ServedResource): Exclude<Encoded, RefusedResource> {
  const bytes = hash('sha256', `${resource.name} ${resource.version}`, 'buffer');
  const word = (i: number): number => bytes.readUInt32LE(i * 4);
  return { resource, stamp: [word(0), word(1), word(2), word(3)] };
}

function encodeOne(json: Json, typeName: string): Encoded {
  const name = ('clusterName' in json ? json.clusterName : (json as { readonly name?: string }).name) ?? '';
  const typeUrl = `type.googleapis.com/${typeName}`;
  const value = encodeMessage(typeName, json);
  if ('problems' in value) {
    const object = 'metadata' in json ? firstSource(json.metadata) : undefined;
    const reason = value.problems.join('; ');
    return { typeUrl, name, reason, ...(object === undefined ? {} : { object }) };
  }
  return withStamp(serveResource({ name, version: digest(value), typeUrl, value }));
}

function digest(content: Uint8Array): string {
  return hash('sha256', content, 'base64url').slice(0, VERSION_CHARS);
}

const NOTHING: ResourceSet = createResourceSet('', new Map());

/** Sets over two lists, so that proxies that share both share the set, and what it is compared with. */
const joined = new WeakMap<EncodedList, WeakMap<EncodedList, ResourceSet>>();

function setOf(lists: readonly EncodedList[]): ResourceSet {
  const filled = lists.filter(({ resources }) => resources.size > 0);
  const [first, second, ...rest] = filled;
  if (first === undefined || second === undefined || rest.length > 0)
    return first === undefined ? NOTHING : joinLists(filled);
  const known = joined.get(first) ?? new WeakMap<EncodedList, ResourceSet>();
  joined.set(first, known);
  const set = known.get(second) ?? joinLists(filled);
  known.set(second, set);
  return set;
}

/** Of two resources of one name the first is served. */
function joinLists(lists: readonly EncodedList[]): ResourceSet {
  if (lists.length === 1) return lists[0]!.set;
  return {
    version: lists.map(({ version }) => version).join('.'),
    get: (name) => {
      for (const { resources } of lists) {
        const resource = resources.get(name);
        if (resource !== undefined) return resource;
      }
      return undefined;
    },
    names: () => new Set(lists.flatMap(({ resources }) => [...resources.keys()])),
  };
}
