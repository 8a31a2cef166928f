/** What an evaluation carries along: its variables and what it may still cost. */
import { CelLimitError } from './errors.ts';

/** What one expression may cost, in the measure of Kubernetes (about one for each operation). */
export const MAX_CALL_COST = 1_000_000;

/** What several evaluations together may still cost; each takes its cost from it. */
export interface WorkBudget {
  left: number;
}

/** The state of one evaluation. */
export class Frame {
  /** Values of variables, by the slot that the compiler gave them. */
  readonly slots: unknown[];
  private left: number;
  private readonly limit: number;
  private readonly isTotal: boolean;

  constructor(slots: unknown[], work: WorkBudget | undefined) {
    this.slots = slots;
    this.isTotal = work !== undefined && work.left < MAX_CALL_COST;
    this.limit = Math.max(Math.min(MAX_CALL_COST, work?.left ?? MAX_CALL_COST), 0);
    this.left = this.limit;
  }

  /** Takes `cost` from what is left; throws when there is nothing left. */
  charge(cost: number): void {
    this.left -= cost;
    if (this.left < 0) throw new CelLimitError(this.isTotal);
  }

  /** What the evaluation has cost so far. */
  get spent(): number {
    return this.limit - this.left;
  }
}

/** A compiled piece of an expression. */
export type Run = (frame: Frame) => unknown;
