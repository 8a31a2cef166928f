/**
 * Holds the authority that signs, in one cell, and changes it without a handshake that fails: what is to sign next is trusted everywhere
 * before it signs, and what signed before is trusted until its last leaf is over. That holds for every change, planned or not, as long as this
 * process lives; what has to outlive it is kept by the sources.
 */
import type { X509Certificate } from 'node:crypto';
import { type Clock, type Logger, MeshError, type ReadonlyWatch, type Timer, unwrap, Watch } from '@weft/core';
import { certificatesToPem, describeCertificate, TrustBundle } from '@weft/identity';
import type { AuthorityState } from '../authority-state.ts';
import { type CaContext, type CaMaterial, withoutDoubles } from './ca-files.ts';
import { followPluggedIn, type PluggedInSource, readPluggedIn } from './plugged-in.ts';
import type { RotationPolicy } from './rotation-plan.ts';
import type { SecretStore } from './secret-store.ts';
import { type RootOptions, SelfSignedAuthority } from './self-signed.ts';

/** What a keeper works with. */
export interface AuthorityKeeperOptions {
  readonly context: CaContext;
  readonly log: Logger;
  readonly trustDomain: string;
  /** In the order of their precedence; the first that has something is used. */
  readonly pluggedIn: readonly PluggedInSource[];
  /** Where a root is kept that the mesh makes when nothing is plugged in. */
  readonly selfSigned: { readonly store: SecretStore; readonly root: Omit<RootOptions, 'trustDomain'> };
  readonly policy: RotationPolicy;
  /** Tells whether every proxy of the mesh trusts these roots by now; only time decides unless given. */
  readonly isDistributed?: (roots: readonly X509Certificate[]) => boolean;
}

/** How often it is looked whether something that waits may happen. */
const CHECK_MS = 5_000;
/** The wall clock may be set while a timer runs, so no wait is longer than this. */
const MAX_WAIT_MS = 3_600_000;
const WARN_EVERY_MS = 86_400_000;

interface Retiring {
  readonly root: X509Certificate;
  readonly intermediates: readonly X509Certificate[];
  readonly untilMs: number;
}

/** See the file's head. */
export class AuthorityKeeper {
  readonly #options: AuthorityKeeperOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #state: Watch<AuthorityState | undefined> = new Watch<AuthorityState | undefined>(undefined);
  /** Key: the fingerprint of a root; when it was first published here. Sole writer: #publish. */
  readonly #announcedMs = new Map<string, number>();
  /** Roots that signed before, and until when they are trusted. Sole writers: #adopt and #check. */
  #retiring: readonly Retiring[] = [];
  /** What the source says now; its authority signs once its root is known everywhere. */
  #wanted: CaMaterial | undefined;
  #selfSigned: SelfSignedAuthority | undefined;
  readonly #stops: (() => Promise<void>)[] = [];
  #timer: Timer | undefined;
  #nextWarningMs = 0;
  #isClosed = false;

  constructor(options: AuthorityKeeperOptions) {
    this.#options = options;
    this.#clock = options.context.clock;
    this.#log = options.log;
  }

  /** The authority; undefined until `start` is done. */
  get state(): ReadonlyWatch<AuthorityState | undefined> {
    return this.#state;
  }

  /** Finds the authority, or makes one, and follows its source. Rejects when there is one that cannot be used. */
  async start(): Promise<AuthorityState> {
    const material = (await this.#readPluggedIn()) ?? (await this.#startSelfSigned());
    this.#wanted ??= material;
    for (const source of this.#options.pluggedIn) this.#follow(source);
    this.#adopt(this.#wanted, 'start');
    this.#check();
    return this.current();
  }

  /** The authority, of a keeper that has been started. */
  current(): AuthorityState {
    const state = this.#state.get();
    if (state === undefined) throw new MeshError('MESH_CLOSED', 'the authority of the mesh is not there yet');
    return state;
  }

  /** Has a new root made; only for a mesh that makes its own. */
  async rotate(): Promise<void> {
    if (this.#selfSigned !== undefined) return this.#selfSigned.rotate();
    const origin = this.#state.get()?.origin ?? 'none';
    throw new MeshError(
      'MESH_UNSUPPORTED',
      `the authority of the mesh is plugged in (${origin}), so it is not rotated here`,
      { hint: 'plug in the new one: the mesh changes over without failed handshakes' },
    );
  }

  /** Looks at once whether something that waits may happen: to be called when proxies have learned of roots. */
  async recheck(): Promise<void> {
    await this.#selfSigned?.recheck();
    this.#check();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await Promise.all([this.#selfSigned?.close(), ...this.#stops.map((stop) => stop())]);
  }

  async #readPluggedIn(): Promise<CaMaterial | undefined> {
    for (const source of this.#options.pluggedIn) {
      const material = await readPluggedIn(source, this.#options.context);
      if (material !== undefined) return material;
    }
    return undefined;
  }

  #startSelfSigned(): Promise<CaMaterial> {
    const { context, log, policy, selfSigned, trustDomain } = this.#options;
    this.#selfSigned = new SelfSignedAuthority({
      store: selfSigned.store,
      context,
      root: { ...selfSigned.root, trustDomain },
      policy,
      log,
      isDistributed: (roots) => this.#isDistributed(roots),
      onMaterial: (material) => this.#offer(material, 'the Secret of the root has changed'),
    });
    return this.#selfSigned.start();
  }

  #follow(source: PluggedInSource): void {
    const { context, log, pluggedIn } = this.#options;
    const rank = pluggedIn.indexOf(source);
    const onMaterial = (material: CaMaterial) => {
      const used = pluggedIn.findIndex(({ origin }) => origin === this.#wanted?.origin);
      if (used >= 0 && used < rank)
        log.info('an authority is plugged in twice: this one is not used', { source: source.name });
      else this.#offer(material, `${source.name} has changed`);
    };
    this.#stops.push(followPluggedIn(source, context, log, onMaterial));
  }

  #offer(material: CaMaterial, cause: string): void {
    if (this.#isClosed) return;
    if (material.origin !== 'self-signed' && this.#selfSigned !== undefined) {
      // The root that the mesh made before something was plugged in is followed no more.
      const closing = this.#selfSigned.close();
      this.#stops.push(() => closing);
      this.#selfSigned = undefined;
    }
    this.#wanted = material;
    // What comes while the start is under way is what the start adopts.
    if (this.#state.get() === undefined) return;
    this.#publish(this.current(), cause);
    this.#check();
  }

  /** Adopts what is wanted, and drops what has been retained long enough. */
  #check(): void {
    const state = this.#state.get();
    const wanted = this.#wanted;
    if (this.#isClosed || state === undefined || wanted === undefined) return;
    const nowMs = this.#clock.now();
    const kept = this.#retiring.filter(({ untilMs }) => untilMs > nowMs);
    const hasRetired = kept.length < this.#retiring.length;
    this.#retiring = kept;
    if (!isSame(wanted, state) && this.#mayAdopt(wanted, state, nowMs)) {
      this.#retire(state, nowMs);
      this.#adopt(wanted, 'the new authority is trusted everywhere');
    } else if (hasRetired) this.#publish(state, 'an old root is trusted no more');
    this.#warnOfEnd(nowMs);
    this.#schedule();
  }

  /** What is plugged in is replaced by people, who have to know in time. */
  #warnOfEnd(nowMs: number): void {
    const { authority, origin } = this.current();
    if (origin === 'self-signed' || nowMs < this.#nextWarningMs) return;
    for (const certificate of authority.path) {
      const endMs = certificate.validToDate.getTime();
      const lifeMs = endMs - certificate.validFromDate.getTime();
      if (endMs - nowMs > lifeMs * this.#options.policy.renewAtLeft) continue;
      this.#nextWarningMs = nowMs + WARN_EVERY_MS;
      this.#log.warning('a plugged-in authority ends soon: plug in a new one', {
        authority: describeCertificate(certificate),
        origin,
        ends: certificate.validToDate,
      });
    }
  }

  #mayAdopt(wanted: CaMaterial, state: AuthorityState, nowMs: number): boolean {
    // With the same root nobody has to learn anything, and nothing is left to break when the authority has ended.
    if (wanted.authority.root.fingerprint256 === state.authority.root.fingerprint256) return true;
    if (state.authority.path.some((authority) => authority.validToDate.getTime() <= nowMs)) return true;
    const announcedMs = this.#announcedMs.get(wanted.authority.root.fingerprint256);
    if (announcedMs === undefined) return false;
    const knownForMs = this.#clock.monotonic() - announcedMs;
    return knownForMs >= this.#options.policy.minAnnounceMs && this.#isDistributed(state.roots);
  }

  #isDistributed(roots: readonly X509Certificate[]): boolean {
    return this.#options.isDistributed?.(roots) ?? true;
  }

  #retire({ authority: { path, root } }: AuthorityState, nowMs: number): void {
    const untilMs = Math.min(nowMs + this.#options.policy.retainMs, root.validToDate.getTime());
    this.#retiring = [...this.#retiring, { root, intermediates: path.slice(0, -1), untilMs }];
  }

  #adopt(material: CaMaterial, cause: string): void {
    this.#wanted = material;
    this.#log.info('certificates are issued by this authority', {
      authority: describeCertificate(material.authority.certificate),
      origin: material.origin,
      until: material.authority.certificate.validToDate,
      cause,
    });
    this.#publish(material, cause);
  }

  /** Puts a state into the cell: the authority given, and all roots that anything needs. */
  #publish({ authority, origin }: Pick<CaMaterial, 'authority' | 'origin'>, cause: string): void {
    const wanted = this.#wanted?.roots ?? [];
    const retiring = this.#retiring.map(({ root }) => root);
    const roots = withoutDoubles([authority.root, ...wanted, ...retiring]);
    const intermediates = withoutDoubles([
      ...authority.path.slice(0, -1),
      ...(this.#wanted?.intermediates ?? []),
      ...this.#retiring.flatMap((retiring) => retiring.intermediates),
    ]);
    const before = this.#state.get();
    const isFirst = before === undefined;
    for (const { fingerprint256 } of roots) {
      // Those of the first state have been published by whoever was here before.
      if (!this.#announcedMs.has(fingerprint256))
        this.#announcedMs.set(fingerprint256, isFirst ? Number.NEGATIVE_INFINITY : this.#clock.monotonic());
    }
    for (const known of [...this.#announcedMs.keys()]) {
      if (!roots.some(({ fingerprint256 }) => fingerprint256 === known)) this.#announcedMs.delete(known);
    }
    const rootsPem = certificatesToPem(roots);
    if (before?.authority === authority && before.rootsPem === rootsPem) return;
    const bundle = unwrap(TrustBundle.empty.with(this.#options.trustDomain, roots));
    const version = (before?.version ?? 0) + 1;
    this.#state.swap(Object.freeze({ version, cause, origin, authority, roots, rootsPem, intermediates, bundle }));
    this.#schedule();
  }

  #schedule(): void {
    this.#timer?.cancel();
    const state = this.#state.get();
    if (this.#isClosed || state === undefined || this.#wanted === undefined) return;
    const retireMs = Math.min(...this.#retiring.map(({ untilMs }) => untilMs)) - this.#clock.now();
    const waitMs = isSame(this.#wanted, state) ? Math.min(Math.max(retireMs, CHECK_MS), MAX_WAIT_MS) : CHECK_MS;
    this.#timer = this.#clock.setTimer(waitMs, () => this.#check());
    this.#timer.unref();
  }
}

function isSame(one: Pick<CaMaterial, 'authority'>, other: Pick<CaMaterial, 'authority'>): boolean {
  return one.authority.certificate.fingerprint256 === other.authority.certificate.fingerprint256;
}
