import type {
  RBAC,
  RBAC_AuditLoggingOptions,
  RBAC_AuditLoggingOptions_AuditLoggerConfig,
} from '@weft/proto/envoy/config/rbac/v3/rbac';
import { supports } from '../compile/support.ts';
import type { Trace } from '../trace/trace.ts';
import type { MatchView } from '../view/match-view.ts';
import { compilePolicy, matchesPolicy, type PolicyRuntime, whyNotPolicy } from './policy.ts';
import { firstPolicy } from './policy-index.ts';
import type { RbacContext } from './rbac-context.ts';
import { createVerdict, type RbacMode, type RbacVerdict } from './verdict.ts';

const AUDIT = 'audit loggers are not supported: use access logs, which have the denials';

/** What is supported of access rules. */
export const RBAC_RULES_SUPPORT = [
  supports<RBAC>('envoy.config.rbac.v3.RBAC', { action: true, policies: true, auditLoggingOptions: true }),
  supports<RBAC_AuditLoggingOptions>('envoy.config.rbac.v3.RBAC.AuditLoggingOptions', {
    auditCondition: true,
    loggerConfigs: true,
  }),
  supports<RBAC_AuditLoggingOptions_AuditLoggerConfig>(
    'envoy.config.rbac.v3.RBAC.AuditLoggingOptions.AuditLoggerConfig',
    {
      auditLogger: true,
      isOptional: true,
    },
  ),
];

/** Decides about requests and connections. */
export interface RbacEngine {
  decide(view: MatchView, trace?: Trace): RbacVerdict;
  /** Whose names verdicts may have, for statistics of each. */
  readonly policyNames: readonly string[];
}

/** By the number of the enum. */
const ACTIONS = ['ALLOW', 'DENY', 'LOG'] as const;

/** What rules do to what matches. */
export type RbacAction = (typeof ACTIONS)[number];

/** The action of a number; undefined with a problem reported. */
export function rbacActionOf(action: number, path: string, context: RbacContext): RbacAction | undefined {
  const known = ACTIONS[action];
  if (known === undefined) context.problems.add(path, `${action} is none of ${ACTIONS.join(', ')}`);
  return known;
}

/** Compiles rules; undefined when there was a problem. Policies are asked in the order of their names. */
export function compileRbacRules(
  message: RBAC,
  mode: RbacMode,
  path: string,
  context: RbacContext,
): RbacEngine | undefined {
  const before = context.problems.count;
  checkAudit(message.auditLoggingOptions, `${path}.audit_logging_options`, context);
  const action = rbacActionOf(message.action, `${path}.action`, context);
  const names = Object.keys(message.policies).sort();
  const policies = names.map((name) =>
    compilePolicy(name, message.policies[name]!, `${path}.policies[${JSON.stringify(name)}]`, context),
  );
  if (context.problems.count !== before || action === undefined) return undefined;
  return createEngine(
    action,
    policies.filter((policy) => policy !== undefined),
    mode,
  );
}

/** Loggers that nobody asks for, or that may be missing, are no loss. */
function checkAudit(options: RBAC_AuditLoggingOptions | undefined, path: string, context: RbacContext): void {
  if (options === undefined || options.auditCondition === 0) return;
  options.loggerConfigs.forEach(({ auditLogger, isOptional }, i) => {
    if (isOptional) return;
    context.problems.add(`${path}.logger_configs[${i}]`, `${JSON.stringify(auditLogger?.name ?? '')}: ${AUDIT}`);
  });
}

function createEngine(action: RbacAction, policies: readonly PolicyRuntime[], mode: RbacMode): RbacEngine {
  const isLog = action === 'LOG';
  const onMatch = policies.map(({ name }) => createVerdict(action !== 'DENY', name, mode, isLog ? true : undefined));
  const onNone = createVerdict(action !== 'ALLOW', '', mode, isLog ? false : undefined);
  const first = firstPolicy(policies);
  return {
    decide: (view, trace) => {
      if (trace !== undefined) {
        const found = findTraced(policies, mode, view, trace);
        return found === -1 ? onNone : onMatch[found]!;
      }
      const found = first(view);
      return found === -1 ? onNone : onMatch[found]!;
    },
    policyNames: policies.map(({ name }) => name),
  };
}

/** Who asks for reasons gets those of every policy, so the index is not asked. */
function findTraced(policies: readonly PolicyRuntime[], { isShadow }: RbacMode, view: MatchView, trace: Trace): number {
  for (let i = 0; i < policies.length; i += 1) {
    const policy = policies[i]!;
    const isMatch = matchesPolicy(policy, view);
    const why = isMatch
      ? `${policy.permissions.describe()}; ${policy.principals.describe()}`
      : whyNotPolicy(policy, view);
    const name = isShadow ? `shadow ${policy.name}` : policy.name;
    trace.step({ kind: 'policy', name, outcome: isMatch ? 'matched' : 'failed', why });
    if (isMatch) return i;
  }
  return -1;
}
