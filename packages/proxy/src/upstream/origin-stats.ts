import { ResponseCodeStats, type Scope } from '@weft/telemetry';

/** How the responses of a cluster are told apart, under `cluster.<name>.<origin>.`. */
export type Origin = 'internal' | 'external' | 'canary' | 'retry';

/** The counts of one cluster's responses by their origin; each is made when it first counts something. */
export class OriginStats {
  readonly #scope: Scope;
  #internal: ResponseCodeStats | undefined;
  #external: ResponseCodeStats | undefined;
  #canary: ResponseCodeStats | undefined;
  #retry: ResponseCodeStats | undefined;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Counts one response. */
  charge(origin: Origin, code: number): void {
    this.#codesOf(origin).charge(code);
  }

  #codesOf(origin: Origin): ResponseCodeStats {
    switch (origin) {
      case 'external':
        this.#external ??= this.#create(origin);
        return this.#external;
      case 'internal':
        this.#internal ??= this.#create(origin);
        return this.#internal;
      case 'canary':
        this.#canary ??= this.#create(origin);
        return this.#canary;
      case 'retry':
        this.#retry ??= this.#create(origin);
        return this.#retry;
    }
  }

  #create(origin: Origin): ResponseCodeStats {
    return new ResponseCodeStats(this.#scope.child(origin), 'upstream_rq');
  }
}
