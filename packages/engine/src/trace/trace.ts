/** What a decision looked at. */
export type TraceKind =
  | 'virtual_host'
  | 'tls_requirement'
  | 'matcher'
  | 'route'
  | 'condition'
  | 'virtual_cluster'
  | 'cluster'
  | 'mirror'
  | 'hash_policy'
  | 'retry'
  | 'redirect'
  | 'cors'
  | 'filter_chain'
  | 'policy'
  | 'rate_limit'
  | 'fault';

/** What became of it: one of several was chosen, something held or did not, or was not looked at any further. */
export type TraceOutcome = 'chosen' | 'matched' | 'failed' | 'skipped';

/** One step of a decision: facts only, so that the command line and the console can each show them in their way. */
export interface TraceStep {
  readonly kind: TraceKind;
  /** The configured name, or the place in the resource where there is none: `routes[3]`. */
  readonly name: string;
  readonly outcome: TraceOutcome;
  /** The reason in words: the values that were compared. */
  readonly why: string;
}

/**
 * Records how a decision was made. Decisions take a `Trace | undefined` and make no step, and no text for one, when it is undefined.
 */
export interface Trace {
  step(step: TraceStep): void;
}

/** A route table may have tens of thousands of routes; a reader wants the first of them and how many more there were. */
const MAX_STEPS = 1000;

/** Keeps the first steps of a decision and counts the others. */
export class TraceLog implements Trace {
  readonly #maxSteps: number;
  readonly #steps: TraceStep[] = [];
  #dropped = 0;

  constructor(maxSteps: number = MAX_STEPS) {
    this.#maxSteps = maxSteps;
  }

  step(step: TraceStep): void {
    if (this.#steps.length < this.#maxSteps) this.#steps.push(step);
    else this.#dropped += 1;
  }

  /** The steps in the order in which they were made. */
  get steps(): readonly TraceStep[] {
    return this.#steps;
  }

  /** How many steps came after the last one that was kept. */
  get dropped(): number {
    return this.#dropped;
  }
}
