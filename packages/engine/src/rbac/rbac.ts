/** What the RBAC filters for requests and for connections have in common. */
import type { RBAC } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { Matcher } from '@weft/proto/xds/type/matcher/v3/matcher';
import type { Trace } from '../trace/trace.ts';
import type { MatchView } from '../view/match-view.ts';
import { compileRbacRules, type RbacEngine } from './engine.ts';
import { compileRbacMatcher } from './matcher-engine.ts';
import type { RbacContext } from './rbac-context.ts';
import type { RbacMode, RbacVerdict } from './verdict.ts';

/** The parts of a filter's message that are rules. */
export interface RbacMessage {
  readonly rules?: RBAC | undefined;
  readonly matcher?: Matcher | undefined;
  readonly shadowRules?: RBAC | undefined;
  readonly shadowMatcher?: Matcher | undefined;
}

/** Compiled rules; without any, everything is allowed and nothing counted. */
export interface RbacRules {
  readonly rules: RbacEngine | undefined;
  readonly shadowRules: RbacEngine | undefined;
}

/** What rules say of a request or a connection. */
export interface RbacDecision {
  readonly isAllowed: boolean;
  /** Undefined without rules. */
  readonly verdict: RbacVerdict | undefined;
  /** Undefined without shadow rules. */
  readonly shadow: RbacVerdict | undefined;
}

/** Compiles all rules of a filter; undefined when there was a problem. */
export function compileRbac(
  message: RbacMessage,
  statPrefixes: { readonly rules: string; readonly shadow: string },
  path: string,
  context: RbacContext,
): RbacRules | undefined {
  const before = context.problems.count;
  const compile = (rules: RBAC | undefined, matcher: Matcher | undefined, mode: RbacMode) => {
    const prefix = mode.isShadow ? 'shadow_' : '';
    if (rules !== undefined && matcher !== undefined) {
      context.problems.add(path, `${prefix}rules and ${prefix}matcher may not both be set`);
      return undefined;
    }
    if (matcher !== undefined) return compileRbacMatcher(matcher, mode, `${path}.${prefix}matcher`, context);
    return rules && compileRbacRules(rules, mode, `${path}.${prefix}rules`, context);
  };
  const rules = compile(message.rules, message.matcher, { isShadow: false, statPrefix: statPrefixes.rules });
  const shadowRules = compile(message.shadowRules, message.shadowMatcher, {
    isShadow: true,
    statPrefix: statPrefixes.shadow,
  });
  return context.problems.count === before ? { rules, shadowRules } : undefined;
}

const UNRULED: RbacDecision = Object.freeze({ isAllowed: true, verdict: undefined, shadow: undefined });

/** Decides by rules and shadow rules. */
export function decideRbac({ rules, shadowRules }: RbacRules, view: MatchView, trace?: Trace): RbacDecision {
  if (rules === undefined && shadowRules === undefined) return UNRULED;
  const shadow = shadowRules?.decide(view, trace);
  const verdict = rules?.decide(view, trace);
  return { isAllowed: verdict === undefined || verdict.isAllowed, verdict, shadow };
}
