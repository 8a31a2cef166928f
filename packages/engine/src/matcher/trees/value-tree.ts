import type { Trace } from '../../trace/trace.ts';
import type { MatchView } from '../../view/match-view.ts';

/** Finds an action by the value of an input. */
export interface ValueTree<A> {
  find(value: string, view: MatchView, trace?: Trace): A | undefined;
  /** What is looked for, in words. */
  describe(): string;
}
