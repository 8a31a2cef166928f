import { invariant } from '@weft/core';
import type { SotwRequest, StatusDetail, XdsResponse } from '../../protocol/messages.ts';
import { rejectionOf } from '../../protocol/problems.ts';
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
import { Interest } from './interest.ts';
import type { TypeState } from './type-state.ts';

/**
 * The state-of-the-world protocol of one type (xDS, "Basic Protocol Overview"). A request says everything that is wanted, the version in use
 * and the nonce of the newest response, so a later one makes an earlier one superfluous: only the newest is ever kept to be sent.
 */
export class SotwState implements TypeState {
  readonly rules: ResourceTypeRules;
  readonly interest = new Interest();
  readonly accepted = new AcceptedResources();
  #acceptedVersion = '';
  /** The nonce of the newest response on this stream; nonces do not outlive streams. */
  #nonce = '';
  #owesAnswer = false;
  #rejection: StatusDetail | undefined;
  /** Whether a name, perhaps `*`, was ever sent on this stream: from then on an empty list means nothing instead of everything. */
  #isExplicit = false;

  constructor(rules: ResourceTypeRules) {
    this.rules = rules;
  }

  get acceptedVersion(): string {
    return this.#acceptedVersion;
  }

  get pendingAnswers(): number {
    return this.#owesAnswer ? 1 : 0;
  }

  openStream(): void {
    this.#nonce = '';
    this.#owesAnswer = false;
    this.#rejection = undefined;
    this.#isExplicit = false;
    this.interest.forgetStream();
  }

  hasRequest(): boolean {
    if (this.#owesAnswer) return true;
    // The wildcard that an empty list stands for cannot be taken back by another empty list.
    const isInexpressible = this.interest.isTold && this.interest.isEmpty && !this.#isExplicit;
    return this.interest.isDirty && !isInexpressible;
  }

  takeRequest(): SotwRequest | undefined {
    if (!this.hasRequest()) return undefined;
    // A server answers to names that are new to it. Names that were dropped and wanted again are no news unless they are left out once.
    const leftOut = new Set(this.interest.again);
    const { wanted } = this.interest;
    const resourceNames = this.#render(leftOut.size === 0 ? wanted : wanted.filter((name) => !leftOut.has(name)));
    const request: SotwRequest = {
      kind: 'sotw',
      typeUrl: this.rules.typeUrl,
      versionInfo: this.#acceptedVersion,
      resourceNames,
      responseNonce: this.#nonce,
      errorDetail: this.#rejection,
    };
    if (this.interest.isDirty || !this.interest.isTold) this.interest.markTold(leftOut);
    this.#isExplicit ||= resourceNames.length > 0;
    this.#owesAnswer = false;
    this.#rejection = undefined;
    return request;
  }

  handleResponse(response: XdsResponse, apply: ApplyUpdate): AcceptedUpdate {
    invariant(response.kind === 'sotw', `a ${response.kind} response on a state-of-the-world stream`);
    const sorted = sortResources(this, response.resources, response.versionInfo);
    const removed = this.#absent(sorted, response.versionInfo);
    const update = applyResponse(this, sorted, { version: response.versionInfo, removed, apply });
    this.#nonce = response.nonce;
    this.#owesAnswer = true;
    if (update.problems.length === 0) {
      this.#acceptedVersion = response.versionInfo;
      this.#rejection = undefined;
    } else {
      this.#rejection = rejectionOf(update.problems);
    }
    return update;
  }

  /** What the response of a full-state type leaves out and so removes. */
  #absent(sorted: SortedResponse, version: string): RemovedResource[] {
    // A resource without a name could be any of those that seem to be absent. Heartbeats come without the rest (xDS, "SotW TTL").
    const isPureHeartbeat = sorted.isHeartbeat && version === this.#acceptedVersion;
    if (!this.rules.isFullState || sorted.hasNameless || isPureHeartbeat) return [];
    const removed: RemovedResource[] = [];
    for (const [name, record] of [...this.accepted.entries()]) {
      if (sorted.names.has(name)) continue;
      // What was only ever refused is gone without anybody having used it.
      if (record.version === undefined) this.accepted.remove(name);
      else removed.push({ name, cause: 'removed' });
    }
    return removed;
  }

  #render(wanted: readonly string[]): readonly string[] {
    const isLegacyWildcard = this.rules.hasLegacyWildcard && wanted.length === 1 && this.interest.isWildcard;
    return isLegacyWildcard && !this.#isExplicit ? [] : wanted;
  }
}
