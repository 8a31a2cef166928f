/** Whether the rules bind, or only say what they would do. */
export interface RbacMode {
  readonly isShadow: boolean;
  /** Put in front of the names of statistics and metadata; empty without one. */
  readonly statPrefix: string;
}

/** What rules decide. All verdicts of an engine are made when it is compiled: a decision picks one. */
export interface RbacVerdict {
  readonly isAllowed: boolean;
  /** The policy, or the action of a matcher tree, that matched; empty when none did. */
  readonly policyName: string;
  /** The response code details of a denial, or why a connection was closed. */
  readonly details: string;
  /** What other filters and logs can see, under the name of the filter. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
  /** What rules with the action LOG say, as `access_log_hint` under `envoy.common`; undefined for other rules. */
  readonly accessLogHint: boolean | undefined;
}

/** Makes a verdict. */
export function createVerdict(
  isAllowed: boolean,
  policyName: string,
  mode: RbacMode,
  accessLogHint?: boolean,
): RbacVerdict {
  const prefix = `${mode.statPrefix}${mode.isShadow ? 'shadow' : 'enforced'}`;
  const metadata: [string, string][] = policyName === '' ? [] : [[`${prefix}_effective_policy_id`, policyName]];
  metadata.push([`${prefix}_engine_result`, isAllowed ? 'allowed' : 'denied']);
  return Object.freeze({
    isAllowed,
    policyName,
    details: `rbac_access_denied_matched_policy[${policyName === '' ? 'none' : policyName.replace(/[ \t-\r]/g, '_')}]`,
    metadata,
    accessLogHint: mode.isShadow ? undefined : accessLogHint,
  });
}
