import { invariant } from '@weft/core';
import type { DeltaRequest, StatusDetail, XdsResponse } from '../../protocol/messages.ts';
import { type ResourceProblem, rejectionOf } from '../../protocol/problems.ts';
import type { ResourceTypeRules } from '../../protocol/resource-types.ts';
import type { RemovedResource } from '../handler.ts';
import {
  type AcceptedUpdate,
  type ApplyUpdate,
  applyResponse,
  type SortedResponse,
  sortResources,
} from './acceptance.ts';
import { AcceptedResources } from './accepted-resources.ts';
import { Interest, type InterestDiff } from './interest.ts';
import type { TypeState } from './type-state.ts';

/** The answer to one response. */
interface Answer {
  readonly nonce: string;
  readonly rejection: StatusDetail | undefined;
}

const noVersions: ReadonlyMap<string, string> = new Map();
const noChange: InterestDiff = { subscribe: [], unsubscribe: [] };

/**
 * The delta protocol of one type (xDS, "Incremental xDS"). A request says what has changed in what is wanted, and may carry the answer to one
 * response; every response is answered by itself. The first request of a stream says everything that is wanted and all versions in use.
 */
export class DeltaState implements TypeState {
  readonly rules: ResourceTypeRules;
  readonly interest = new Interest();
  readonly accepted = new AcceptedResources();
  #acceptedVersion = '';
  /** In the order of the responses; the owner of the stream bounds it by ending a stream whose answers cannot be sent. */
  readonly #answers: Answer[] = [];

  constructor(rules: ResourceTypeRules) {
    this.rules = rules;
  }

  get acceptedVersion(): string {
    return this.#acceptedVersion;
  }

  get pendingAnswers(): number {
    return this.#answers.length;
  }

  openStream(): void {
    this.#answers.length = 0;
    this.interest.forgetStream();
  }

  hasRequest(): boolean {
    return this.#answers.length > 0 || this.interest.isDirty;
  }

  takeRequest(): DeltaRequest | undefined {
    if (!this.hasRequest()) return undefined;
    const isFirst = !this.interest.isTold;
    const change = this.interest.isDirty ? this.interest.diff() : noChange;
    // An answer alone must not cost a walk over all names.
    if (this.interest.isDirty) this.interest.markTold();
    const answer = this.#answers.shift();
    return {
      kind: 'delta',
      typeUrl: this.rules.typeUrl,
      subscribe: isFirst ? this.#render(change.subscribe) : change.subscribe,
      unsubscribe: change.unsubscribe,
      initialResourceVersions: isFirst ? this.accepted.versions() : noVersions,
      responseNonce: answer?.nonce ?? '',
      errorDetail: answer?.rejection,
    };
  }

  handleResponse(response: XdsResponse, apply: ApplyUpdate): AcceptedUpdate {
    invariant(response.kind === 'delta', `a ${response.kind} response on a delta stream`);
    const sorted = sortResources(this, response.resources, response.versionInfo);
    const { removed, problems } = this.#removed(sorted, response.removed);
    const update = applyResponse(
      this,
      { ...sorted, problems: [...sorted.problems, ...problems] },
      { version: response.versionInfo, removed, apply },
    );
    const isGood = update.problems.length === 0;
    if (isGood) this.#acceptedVersion = response.versionInfo;
    this.#answers.push({ nonce: response.nonce, rejection: isGood ? undefined : rejectionOf(update.problems) });
    return update;
  }

  /** What the server removes, or says does not exist although it was asked for by name. */
  #removed(
    sorted: SortedResponse,
    names: readonly string[],
  ): { readonly removed: RemovedResource[]; readonly problems: ResourceProblem[] } {
    const removed: RemovedResource[] = [];
    const problems: ResourceProblem[] = [];
    for (const name of new Set(names)) {
      if (sorted.names.has(name)) problems.push({ name, reason: 'the response has and removes the resource' });
      else if (this.accepted.has(name)) removed.push({ name, cause: 'removed' });
      else if (this.interest.names(name)) removed.push({ name, cause: 'not-found' });
      else this.accepted.remove(name);
    }
    return { removed, problems };
  }

  /** The first request asks for everything by asking for nothing, which servers that do not know `*` understand too. */
  #render(wanted: readonly string[]): readonly string[] {
    const isLegacyWildcard = this.rules.hasLegacyWildcard && wanted.length === 1 && this.interest.isWildcard;
    return isLegacyWildcard ? [] : wanted;
  }
}
