/**
 * The root that the mesh makes for itself when it is given none. It lives in a Secret that all replicas read and write: whoever is too late with
 * a write takes what is there, so there are never two roots that do not know of each other.
 */
import { X509Certificate } from 'node:crypto';
import { type Clock, describeError, type Logger, MeshError, type Timer, unwrap } from '@weft/core';
import { CertificateAuthority, describeCertificate, type KeyKind } from '@weft/identity';
import { CA_FILE, type CaContext, type CaMaterial } from './ca-files.ts';
import { type CaRecord, decodeCaRecord, decodeNext, encodeCaRecord, materialOf, rootsOf } from './ca-record.ts';
import { nextRotationStep, type RotationPolicy, type RotationStep } from './rotation-plan.ts';
import type { SecretStore, StoredSecret } from './secret-store.ts';

/** What a new root is. */
export interface RootOptions {
  readonly trustDomain: string;
  readonly validForMs: number;
  readonly keyKind: KeyKind;
}

/** What a self-signed authority works with. */
export interface SelfSignedOptions {
  readonly store: SecretStore;
  readonly context: CaContext;
  readonly root: RootOptions;
  readonly policy: RotationPolicy;
  readonly log: Logger;
  /** Tells whether every proxy of the mesh trusts these roots by now. */
  readonly isDistributed: (roots: readonly X509Certificate[]) => boolean;
  /** Called with every change after `start`. */
  readonly onMaterial: (material: CaMaterial) => void;
}

/** The wall clock may be set while a timer runs, so no wait is longer than this. */
const MAX_WAIT_MS = 3_600_000;
/** How often it is looked whether all proxies know a new root. */
const DISTRIBUTION_CHECK_MS = 5_000;
/** After a write that failed. */
const RETRY_MS = 10_000;
/** Replicas that start together get in each other's way only this often. */
const MAX_ATTEMPTS = 10;

/** See the file's head. */
export class SelfSignedAuthority {
  readonly #options: SelfSignedOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** The newest good one. Sole writers: #accept and #onSecret. */
  #known: { readonly record: CaRecord; readonly resourceVersion: string } | undefined;
  #stopWatch: (() => Promise<void>) | undefined;
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: SelfSignedOptions) {
    this.#options = options;
    this.#clock = options.context.clock;
    this.#log = options.log;
  }

  /** Takes up the root, or makes one when there is none yet, and follows its Secret from then on. */
  async start(): Promise<CaMaterial> {
    const record = await this.#load();
    this.#stopWatch = this.#options.store.watch((secret) => this.#onSecret(secret));
    this.#schedule(0);
    return materialOf(record);
  }

  /** Has a new root made, though the present one would last; it takes over when all proxies know it. */
  async rotate(): Promise<void> {
    await this.#working;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const record = this.#known?.record;
      if (record === undefined) throw new MeshError('MESH_CLOSED', 'the authority has not been started');
      if (record.next !== undefined || record.isRotationAskedFor) break;
      // Another replica may write at the same time, and what it wrote then holds.
      await this.#write({ ...record, isRotationAskedFor: true });
    }
    await this.recheck();
  }

  /** Looks at once what is to be done: to be called when proxies have learned of roots. */
  async recheck(): Promise<void> {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    await this.#working;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#stopWatch?.();
    await this.#working;
  }

  async #load(): Promise<CaRecord> {
    const { store } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const found = await store.read();
      const record = found === undefined ? await this.#create() : await this.#take(found);
      if (record !== undefined) return record;
    }
    throw new MeshError('MESH_STORE', `${store.name} changes faster than it can be read`);
  }

  /** Undefined when another replica was faster. */
  async #create(): Promise<CaRecord | undefined> {
    const record = await this.#newRecord();
    const stored = await this.#options.store.create(encodeCaRecord(record));
    if (stored === 'conflict') return undefined;
    this.#log.info('made a root for the mesh', { secret: this.#options.store.name, root: nameOf(record.current) });
    this.#accept(record, stored.resourceVersion);
    return record;
  }

  async #take(secret: StoredSecret): Promise<CaRecord | undefined> {
    const { context, store } = this.#options;
    if (hasEnded(secret, this.#clock.now())) return this.#replaceEnded(secret);
    const record = decodeCaRecord(secret, context);
    if (record.kind === 'err') {
      // Everything that was ever issued hangs on it, so it is never replaced without being told to.
      throw new MeshError('MESH_CERTIFICATE', `${store.name} cannot be used: ${record.error.message}`, {
        cause: record.error,
        hint: `correct it, or delete it to start with a new root: workloads then lose contact until they have new certificates`,
      });
    }
    this.#accept(record.value, secret.resourceVersion);
    return record.value;
  }

  /** Nothing of an ended root is believed any more: the successor signs at once, and a new root where there is none. */
  async #replaceEnded(secret: StoredSecret): Promise<CaRecord | undefined> {
    const { context, store } = this.#options;
    const next = decodeNext(secret, context);
    const announced = next.kind === 'ok' ? next.value?.authority : undefined;
    const record = announced === undefined ? await this.#newRecord() : recordOf(announced);
    const stored = await store.replace(encodeCaRecord(record), secret.resourceVersion);
    if (stored === 'conflict') return undefined;
    this.#log.warning('the root of the mesh had ended and was replaced: workloads need new certificates', {
      secret: store.name,
      root: nameOf(record.current),
    });
    this.#accept(record, stored.resourceVersion);
    return record;
  }

  #onSecret(secret: StoredSecret | undefined): void {
    if (this.#isClosed) return;
    if (secret === undefined) {
      // Whoever writes it again begins a new count.
      if (this.#known !== undefined) this.#known = { ...this.#known, resourceVersion: '0' };
      this.#log.warning('the Secret of the root was deleted: it is written again', {
        secret: this.#options.store.name,
      });
      void this.#restore();
      return;
    }
    // A watch may still tell of what was there before our own last write.
    if (!isNewer(secret.resourceVersion, this.#known?.resourceVersion ?? '0')) return;
    const record = decodeCaRecord(secret, this.#options.context);
    if (record.kind === 'err') {
      this.#log.error('a changed root cannot be used: the one before stays in use', {
        secret: this.#options.store.name,
        reason: record.error.message,
      });
      return;
    }
    this.#accept(record.value, secret.resourceVersion);
    this.#options.onMaterial(materialOf(record.value));
    void this.recheck();
  }

  async #restore(): Promise<void> {
    const known = this.#known;
    if (known === undefined) return;
    try {
      const stored = await this.#options.store.create(encodeCaRecord(known.record));
      if (stored !== 'conflict') this.#accept(known.record, stored.resourceVersion);
    } catch (thrown: unknown) {
      this.#log.error('the Secret of the root cannot be written', { reason: describeError(thrown) });
    }
  }

  /** Takes steps until there is something to wait for. */
  async #work(): Promise<void> {
    try {
      for (let steps = 0; steps < MAX_ATTEMPTS && !this.#isClosed; steps += 1) {
        const waitMs = await this.#step();
        if (waitMs !== undefined) {
          this.#schedule(waitMs);
          return;
        }
      }
      this.#schedule(RETRY_MS);
    } catch (thrown: unknown) {
      this.#log.error('the root could not be looked after', { reason: describeError(thrown), retryInMs: RETRY_MS });
      this.#schedule(RETRY_MS);
    }
  }

  /** Takes one step; returns how long to wait when there is none to take. */
  async #step(): Promise<number | undefined> {
    const record = this.#known?.record;
    if (record === undefined) return RETRY_MS;
    const nowMs = this.#clock.now();
    const step = nextRotationStep(
      {
        nowMs,
        current: record.current.root,
        announcedAtMs: record.next?.announcedAtMs,
        retiring: record.retiring,
        isAskedFor: record.isRotationAskedFor,
        isDistributed: this.#options.isDistributed(rootsOf(record)),
      },
      this.#options.policy,
    );
    if (step.kind === 'wait') return Math.min(MAX_WAIT_MS, Math.max(0, step.untilMs - nowMs));
    if (step.kind === 'distribute') return DISTRIBUTION_CHECK_MS;
    await this.#write(await this.#after(record, step));
    return undefined;
  }

  async #after(record: CaRecord, step: Exclude<RotationStep, { kind: 'wait' | 'distribute' }>): Promise<CaRecord> {
    const nowMs = this.#clock.now();
    if (step.kind === 'retire') {
      const isDue = (fingerprint: string) => step.fingerprints.includes(fingerprint);
      this.#log.info('old roots are trusted no more', { roots: step.fingerprints });
      return {
        ...record,
        otherRoots: record.otherRoots.filter((root) => !isDue(root.fingerprint256)),
        retiring: record.retiring.filter(({ fingerprint }) => !isDue(fingerprint)),
      };
    }
    if (step.kind === 'announce' || record.next === undefined) {
      const { current } = await this.#newRecord();
      this.#log.info('a new root is announced', { reason: 'reason' in step ? step.reason : '', root: nameOf(current) });
      return { ...record, next: { authority: current, announcedAtMs: nowMs }, isRotationAskedFor: false };
    }
    const old = record.current.root;
    const untilMs = Math.min(nowMs + this.#options.policy.retainMs, old.validToDate.getTime());
    this.#log.info('the new root signs from now on', { reason: step.reason, root: nameOf(record.next.authority) });
    return {
      ...record,
      current: record.next.authority,
      next: undefined,
      otherRoots: [...record.otherRoots, old],
      retiring: [...record.retiring, { fingerprint: old.fingerprint256, untilMs }],
    };
  }

  /** Writes a record unless somebody else wrote another; what is in the Secret then holds. */
  async #write(record: CaRecord): Promise<void> {
    const { store, onMaterial } = this.#options;
    const stored = await store.replace(encodeCaRecord(record), this.#known?.resourceVersion ?? '');
    if (stored === 'conflict') this.#onSecret(await store.read());
    else {
      this.#accept(record, stored.resourceVersion);
      onMaterial(materialOf(record));
    }
  }

  #accept(record: CaRecord, resourceVersion: string): void {
    this.#known = { record, resourceVersion };
  }

  async #newRecord(): Promise<CaRecord> {
    const { context, root } = this.#options;
    // Roots of one mesh differ in their names too: some verifiers try only one of a name.
    const commonName = `weft root ${Buffer.from(context.random.bytes(4)).toString('hex')}`;
    const current = unwrap(await CertificateAuthority.createRoot({ commonName, ...root }, context));
    return recordOf(current);
  }

  #schedule(waitMs: number): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    this.#timer = this.#clock.setTimer(waitMs, () => void this.recheck());
    this.#timer.unref();
  }
}

function recordOf(current: CertificateAuthority): CaRecord {
  return { current, next: undefined, otherRoots: [], retiring: [], isRotationAskedFor: false };
}

/** Versions of one object are counted up (Kubernetes API conventions); what is no number is only told apart. */
function isNewer(version: string, than: string): boolean {
  const isNumber = (text: string) => /^\d{1,20}$/.test(text);
  return isNumber(version) && isNumber(than) ? BigInt(version) > BigInt(than) : version !== than;
}

/** Whether the authority of a Secret can be read and is over. */
function hasEnded({ data }: StoredSecret, nowMs: number): boolean {
  try {
    return new X509Certificate(data[CA_FILE.certificate] ?? '').validToDate.getTime() <= nowMs;
  } catch {
    // What cannot be read is told by who reads it with more care.
    return false;
  }
}

function nameOf(authority: CertificateAuthority): string {
  return describeCertificate(authority.root);
}
