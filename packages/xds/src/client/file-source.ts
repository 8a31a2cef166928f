import { type Clock, err, type Logger, ok, type Random, type Result } from '@weft/core';
import type { SotwResponse } from '../protocol/messages.ts';
import { rulesOf } from '../protocol/resource-types.ts';
import { readResponseData } from '../protocol/response-file.ts';
import { decodeSotwResponse } from '../protocol/wire.ts';
import type { FilePlan } from './config-source.ts';
import type { ResourceHandler } from './handler.ts';
import type { XdsObserver } from './observer.ts';
import type { Subscription, WantedChange } from './resource-source.ts';
import { SotwState } from './state/sotw-state.ts';
import { type SubscriptionTimeouts, TypeSubscription } from './type-subscription.ts';
import type { FileContent, WatchedFile, WatchFile } from './watched-file.ts';

/** What a file source needs. */
export interface FileSourceOptions {
  readonly plan: FilePlan;
  readonly typeUrl: string;
  readonly handler: ResourceHandler;
  readonly timeouts: SubscriptionTimeouts;
  readonly watchFile: WatchFile;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: XdsObserver;
  readonly logger: Logger;
}

/**
 * Resources of one type from a file. Each content of the file is taken as a response of the state-of-the-world protocol; there is nobody to
 * answer. What is wrong with a new content leaves the last good one in use.
 */
export class FileSource implements Subscription {
  readonly #options: FileSourceOptions;
  readonly #subscription: TypeSubscription;
  #file: WatchedFile | undefined;
  #isHeld = false;
  #pauses = 0;

  constructor(options: FileSourceOptions) {
    const { plan, typeUrl, handler, timeouts, clock, random, observer, logger } = options;
    this.#options = options;
    this.#subscription = new TypeSubscription({
      state: new SotwState(rulesOf(typeUrl)),
      handler,
      // A file is there at once, so what is not in it does not exist; there is nobody to wait for.
      timeouts: { ...timeouts, notFoundMs: 0 },
      source: plan.key,
      clock,
      random,
      observer,
      logger,
      onRequest: () => undefined,
    });
  }

  get typeUrl(): string {
    return this.#options.typeUrl;
  }

  /** The protocol's state, for status pages. */
  get subscription(): TypeSubscription {
    return this.#subscription;
  }

  start(): void {
    this.#file ??= this.#options.watchFile(this.#options.plan, (content) => this.#handleContent(content));
  }

  /** Names that are new may be in the file already, so it is read again. */
  change(change: WantedChange): void {
    this.#subscription.change(change);
    if (!this.#subscription.state.hasRequest()) return;
    this.#subscription.state.takeRequest();
    this.#reload();
  }

  pause(): () => void {
    this.#pauses += 1;
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#pauses -= 1;
      if (this.#pauses === 0 && this.#isHeld) this.#reload();
    };
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#subscription.close();
  }

  #reload(): void {
    this.#isHeld = this.#pauses > 0;
    if (!this.#isHeld) this.#file?.reload();
  }

  #handleContent(content: FileContent): void {
    const { observer, logger, plan, typeUrl } = this.#options;
    if (this.#file === undefined) return;
    observer.onUpdateAttempt(plan.key, typeUrl);
    const response = readContent(content, typeUrl);
    if (response.kind === 'err') {
      observer.onUpdateFailure(plan.key, typeUrl, response.error);
      logger.warning(`${plan.path} is not taken over, what was in it before stays in use: ${response.error}`);
      this.#subscription.giveUpWaiting();
      return;
    }
    this.#subscription.handleResponse(response.value);
    this.#subscription.giveUpWaiting();
  }
}

function readContent(content: FileContent, typeUrl: string): Result<SotwResponse, string> {
  switch (content.kind) {
    case 'unreadable':
      return err(content.reason);
    case 'data':
      return readResponseData(content.data, typeUrl);
    case 'bytes': {
      const response = decodeSotwResponse(content.bytes);
      if (response.kind === 'err' || response.value.typeUrl !== '') return response;
      return ok({ ...response.value, typeUrl });
    }
  }
}
