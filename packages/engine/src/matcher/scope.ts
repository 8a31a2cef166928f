import type { Matcher_OnMatch } from '@weft/proto/xds/type/matcher/v3/matcher';
import type { CompileContext } from '../compile/context.ts';
import type { Trace } from '../trace/trace.ts';
import type { MatchView } from '../view/match-view.ts';
import type { MatchInputCompiler } from './match-input.ts';

/** A compiled matcher, or a part of one, that leads to an action of type A. */
export interface MatcherNode<A> {
  /** Undefined when nothing matched. */
  find(view: MatchView, trace?: Trace): A | undefined;
}

/** What the parts of one tree share while they are compiled. */
export interface MatcherScope<A> {
  readonly context: CompileContext;
  readonly inputs: readonly MatchInputCompiler[];
  /** Compiles what is done on a match: an action, or a matcher within. Undefined when there was a problem. */
  compileOnMatch(message: Matcher_OnMatch | undefined, path: string): MatcherNode<A> | undefined;
}
