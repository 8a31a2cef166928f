// From the resources of a response to what is accepted: the part that both variants of the protocol share.
import type { WireResource } from '../../protocol/messages.ts';
import type { ResourceProblem } from '../../protocol/problems.ts';
import { readResourceName } from '../../protocol/resource-name.ts';
import type { ResourceTypeRules } from '../../protocol/resource-types.ts';
import { WILDCARD } from '../../protocol/subscription.ts';
import type { ReceivedResource, RemovedResource, ResourceUpdate } from '../handler.ts';
import { type AcceptedResources, digestOf } from './accepted-resources.ts';
import type { Interest, InterestChange, InterestDiff } from './interest.ts';

/** What the state of one type is made of. */
export interface TypeParts {
  readonly rules: ResourceTypeRules;
  readonly interest: Interest;
  readonly accepted: AcceptedResources;
}

/** A resource of a response that is wanted and well formed as far as the protocol can tell. */
interface Candidate {
  readonly resource: ReceivedResource;
  readonly digest: string;
  readonly ttlMs: number | undefined;
}

/** What a response brings, before anybody has looked into the resources. */
export interface SortedResponse {
  readonly problems: readonly ResourceProblem[];
  /** Wanted resources whose content differs from what is in use. */
  readonly changed: readonly Candidate[];
  /** Wanted resources that are in use already, and heartbeats of such. */
  readonly unchanged: readonly {
    readonly name: string;
    readonly version: string;
    readonly ttlMs: number | undefined;
  }[];
  /** The names of all resources in the response, wanted or not, good or not. */
  readonly names: ReadonlySet<string>;
  /** Whether some resource did not say its name, so that nothing can be concluded from what is absent. */
  readonly hasNameless: boolean;
  /** Whether there are resources, and each is a heartbeat. */
  readonly isHeartbeat: boolean;
}

/** What became of a response. */
export interface AcceptedUpdate {
  readonly problems: readonly ResourceProblem[];
  /** Every name that is known to be good now, with its time to live. */
  readonly alive: readonly { readonly name: string; readonly ttlMs: number | undefined }[];
  /** Names that were refused and have no earlier version. */
  readonly unavailable: readonly string[];
  readonly removed: readonly RemovedResource[];
}

/** Calls the handler. */
export type ApplyUpdate = (update: ResourceUpdate) => readonly ResourceProblem[];

/** Changes what is wanted, and forgets what nobody wants any more. Says which names are new and which are gone. */
export function changeInterest({ interest, accepted }: TypeParts, change: InterestChange): InterestDiff {
  const diff = interest.change(change);
  if (diff.unsubscribe.includes(WILDCARD)) accepted.retain((name) => interest.covers(name));
  else for (const name of diff.unsubscribe) if (!interest.covers(name)) accepted.remove(name);
  return diff;
}

/** Sorts the resources of a response; `version` is used for those that have none of their own. */
export function sortResources(parts: TypeParts, resources: readonly WireResource[], version: string): SortedResponse {
  const problems: ResourceProblem[] = [];
  const duplicates = new Set<string>();
  const named = new Map<string, WireResource>();
  let hasNameless = false;
  for (const wire of resources) {
    const { name, reason } = inspect(parts.rules, wire);
    if (name === '') hasNameless = true;
    else if (named.has(name)) duplicates.add(name);
    else named.set(name, wire);
    if (reason !== undefined) problems.push({ name, reason });
  }
  for (const name of duplicates) problems.push({ name, reason: 'there is more than one resource of this name' });
  const faulty = new Set(problems.map(({ name }) => name));
  const changed: Candidate[] = [];
  const unchanged: { name: string; version: string; ttlMs: number | undefined }[] = [];
  for (const [name, wire] of named) {
    if (faulty.has(name) || !parts.interest.covers(name)) continue;
    const resourceVersion = wire.version === '' ? version : wire.version;
    const record = parts.accepted.get(name);
    if (wire.body === undefined) {
      // Servers differ in what they call the version of a heartbeat: the resource's own or the response's.
      const isNamed = wire.version === '' || wire.version === record.version || wire.version === version;
      if (record.version !== undefined && isNamed) unchanged.push({ name, version: record.version, ttlMs: wire.ttlMs });
      else problems.push({ name, reason: `the resource is empty and version ${wire.version} is not the one in use` });
      continue;
    }
    const { typeUrl, value } = wire.body;
    const digest = digestOf(value);
    if (digest === record.digest) unchanged.push({ name, version: resourceVersion, ttlMs: wire.ttlMs });
    else changed.push({ resource: { name, version: resourceVersion, typeUrl, value }, digest, ttlMs: wire.ttlMs });
  }
  const isHeartbeat = resources.length > 0 && resources.every(({ body, problem }) => body === undefined && !problem);
  return { problems, changed, unchanged, names: new Set(named.keys()), hasNameless, isHeartbeat };
}

/** Hands what changed to the handler and takes over what it accepts. */
export function applyResponse(
  parts: TypeParts,
  sorted: SortedResponse,
  response: { readonly version: string; readonly removed: readonly RemovedResource[]; readonly apply: ApplyUpdate },
): AcceptedUpdate {
  const { accepted, interest, rules } = parts;
  const { version, removed } = response;
  const faulty = new Set(sorted.problems.map(({ name }) => name));
  const changed = sorted.changed.filter(({ resource }) => !faulty.has(resource.name));
  // What is removed is forgotten first, so that the handler may ask for it again.
  for (const { name } of removed) accepted.remove(name);
  const refused = response.apply({
    typeUrl: rules.typeUrl,
    version,
    resources: changed.map(({ resource }) => resource),
    unchanged: sorted.unchanged.map(({ name }) => name).filter((name) => !faulty.has(name)),
    removed,
  });
  const problems = [...sorted.problems, ...refused];
  const reasons = new Map(problems.map(({ name, reason }) => [name, reason]));
  const alive: { name: string; ttlMs: number | undefined }[] = [];
  for (const { resource, digest, ttlMs } of changed) {
    // The handler may have lost interest in a name while it applied the update.
    if (reasons.has(resource.name) || !interest.covers(resource.name)) continue;
    accepted.accept(resource.name, resource.version, digest);
    alive.push({ name: resource.name, ttlMs });
  }
  for (const { name, version: newest, ttlMs } of sorted.unchanged) {
    const { digest } = accepted.get(name);
    if (digest === undefined || !interest.covers(name)) continue;
    accepted.accept(name, newest, digest);
    alive.push({ name, ttlMs });
  }
  const unavailable: string[] = [];
  const offered = new Map(sorted.changed.map(({ resource }) => [resource.name, resource.version]));
  for (const [name, reason] of reasons) {
    if (name === '' || !interest.covers(name)) continue;
    accepted.reject(name, offered.get(name) ?? version, reason);
    if (!accepted.has(name)) unavailable.push(name);
  }
  return { problems, alive, unavailable, removed };
}

/** The name of a resource and what is wrong with it. */
function inspect(rules: ResourceTypeRules, wire: WireResource): { name: string; reason: string | undefined } {
  const { name, body, problem, ttlMs } = wire;
  if (problem !== undefined) return { name, reason: problem };
  if (ttlMs !== undefined && ttlMs <= 0) return { name, reason: `the time to live of ${ttlMs} ms is not above zero` };
  if (body === undefined) {
    return { name, reason: name === '' ? 'a resource has neither a name nor content' : undefined };
  }
  if (body.typeUrl !== rules.typeUrl) {
    return { name, reason: `the resource is a ${body.typeUrl} in a response of ${rules.typeUrl}` };
  }
  if (!rules.isNamedInside) return { name, reason: name === '' ? 'a resource has no name on its wrapper' : undefined };
  const inner = readResourceName(body.value);
  if (inner === undefined) return { name, reason: 'the resource has no name or cannot be decoded' };
  if (name !== '' && name !== inner) return { name, reason: `the resource is called ${inner} inside` };
  return { name: inner, reason: undefined };
}
