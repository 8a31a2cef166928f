/** Rules across the fields of an AuthorizationPolicy. */
import { specPath } from '../../kind/index.ts';
import type { FieldPath, IssueReport } from '../../schema/index.ts';
import { type Attachment, checkAttachment } from './attachment.ts';
import {
  attributeKeyProblem,
  checkAttributeValues,
  checkFilled,
  checkIpBlocks,
  checkPorts,
  checkServiceAccounts,
} from './attributes.ts';
import type { AuthorizationRule, Condition, Operation, Source } from './authorization-rule.ts';
import { pathTemplateProblem } from './path-template.ts';

/** The part of an AuthorizationPolicy that the rules look at. */
export interface PolicyToCheck {
  readonly spec?: Attachment & {
    readonly action?: string;
    readonly provider?: { readonly name?: string };
    readonly rules?: AuthorizationRule[];
  };
}

const NEVER_TRIGGERED =
  'action without `rules` is meaningless as it will never be triggered, add an empty rule `{}` if you want it be triggered for every request';

const HTTP_ONLY_DENY =
  'configured AuthorizationPolicy will deny all traffic to TCP ports under its scope due to the use of only HTTP attributes in a DENY rule; it is recommended to explicitly specify the port';

/** Checks a whole policy. */
export function checkAuthorizationPolicy(policy: PolicyToCheck, report: IssueReport): void {
  const spec = policy.spec ?? {};
  checkAttachment(spec, report);
  checkAction(spec, report);
  const isCustom = spec.action === 'CUSTOM';
  for (const [i, rule] of (spec.rules ?? []).entries()) {
    const path = specPath.child('rules').index(i);
    checkSenders(rule, isCustom, path, report);
    checkOperations(rule, path, report);
    checkConditions(rule, isCustom, path, report);
    if (spec.action === 'DENY' && deniesByHttpAlone(rule)) report.warn(`${path.toString()}: ${HTTP_ONLY_DENY}`);
  }
}

function checkAction(spec: NonNullable<PolicyToCheck['spec']>, report: IssueReport): void {
  const { action = 'ALLOW', provider } = spec;
  const hasRules = (spec.rules ?? []).length > 0;
  if (!hasRules && (action === 'CUSTOM' || action === 'DENY')) {
    report.required(specPath.child('rules'), `${action} ${NEVER_TRIGGERED}`);
  }
  if (action === 'CUSTOM' && hasRules && (provider?.name ?? '') === '') {
    report.required(specPath.child('provider', 'name'), '`provider.name` must not be empty');
  }
  if (action !== 'CUSTOM' && provider !== undefined) {
    report.forbidden(specPath.child('provider'), `\`provider\` must not be with non CUSTOM action, found ${action}`);
  }
}

const SOURCE_CHECKS: Readonly<Record<keyof Source, typeof checkFilled | undefined>> = {
  principals: undefined,
  notPrincipals: undefined,
  requestPrincipals: undefined,
  notRequestPrincipals: undefined,
  namespaces: undefined,
  notNamespaces: undefined,
  serviceAccounts: checkServiceAccounts,
  notServiceAccounts: checkServiceAccounts,
  ipBlocks: checkIpBlocks,
  notIpBlocks: checkIpBlocks,
  remoteIpBlocks: checkIpBlocks,
  notRemoteIpBlocks: checkIpBlocks,
};
const SOURCE_FIELDS = Object.keys(SOURCE_CHECKS) as (keyof Source)[];

/** The external authorizer is asked before the peer and its token are known. */
const NOT_WITH_CUSTOM: ReadonlySet<string> = new Set([
  'principals',
  'notPrincipals',
  'requestPrincipals',
  'notRequestPrincipals',
  'namespaces',
  'notNamespaces',
  'serviceAccounts',
  'notServiceAccounts',
]);

function checkSenders(rule: AuthorizationRule, isCustom: boolean, path: FieldPath, report: IssueReport): void {
  if (rule.from?.length === 0) report.required(path.child('from'), '`from` must not be empty');
  for (const [i, from] of (rule.from ?? []).entries()) {
    const at = path.child('from').index(i).child('source');
    if (from.source === undefined) {
      report.required(at, '`from.source` must not be nil');
      continue;
    }
    let isEmpty = true;
    for (const field of SOURCE_FIELDS) {
      const values = from.source[field];
      if (values === undefined || values.length === 0) continue;
      isEmpty = false;
      checkFilled(values, at.child(field), report);
      SOURCE_CHECKS[field]?.(values, at.child(field), report);
      if (isCustom && NOT_WITH_CUSTOM.has(field)) {
        report.forbidden(at.child(field), 'is currently not supported with CUSTOM action');
      }
    }
    if (isEmpty) report.required(at, '`from.source` must not be empty');
  }
}

const OPERATION_FIELDS = [
  'hosts',
  'notHosts',
  'ports',
  'notPorts',
  'methods',
  'notMethods',
  'paths',
  'notPaths',
] as const satisfies readonly (keyof Operation)[];

function checkOperations(rule: AuthorizationRule, path: FieldPath, report: IssueReport): void {
  if (rule.to?.length === 0) report.required(path.child('to'), '`to` must not be empty');
  for (const [i, to] of (rule.to ?? []).entries()) {
    const at = path.child('to').index(i).child('operation');
    if (to.operation === undefined) {
      report.required(at, '`to.operation` must not be nil');
      continue;
    }
    let isEmpty = true;
    for (const field of OPERATION_FIELDS) {
      const values = to.operation[field];
      if (values === undefined || values.length === 0) continue;
      isEmpty = false;
      checkFilled(values, at.child(field), report);
      if (field === 'ports' || field === 'notPorts') checkPorts(values, at.child(field), report);
      if (field === 'paths' || field === 'notPaths') checkPaths(values, at.child(field), report);
    }
    if (isEmpty) report.required(at, '`to.operation` must not be empty');
  }
}

function checkPaths(paths: readonly string[], at: FieldPath, report: IssueReport): void {
  for (let i = 0; i < paths.length; i++) {
    const problem = pathTemplateProblem(paths[i]!);
    if (problem !== undefined) report.invalid(at.index(i), paths[i], `invalid or unsupported path. ${problem}`);
  }
}

const NO_CONDITIONS: readonly Condition[] = [];

function checkConditions(rule: AuthorizationRule, isCustom: boolean, path: FieldPath, report: IssueReport): void {
  if (rule.when?.length === 0) report.warn(`${path.child('when').toString()}: an empty list has no effect`);
  for (const [i, condition] of (rule.when ?? NO_CONDITIONS).entries()) {
    const at = path.child('when').index(i);
    const { key, values = [], notValues = [] } = condition;
    if (key === '') {
      report.required(at.child('key'), '`key` must not be empty');
      continue;
    }
    if (values.length === 0 && notValues.length === 0) {
      report.required(at, `at least one of \`values\` or \`notValues\` must be set for key ${key}`);
      continue;
    }
    const problem = attributeKeyProblem(key);
    if (problem !== undefined) report.invalid(at.child('key'), key, problem);
    checkAttributeValues(key, values, at.child('values'), report);
    checkAttributeValues(key, notValues, at.child('notValues'), report);
    if (isCustom && isIdentityKey(key)) {
      report.forbidden(at.child('key'), `${key} is currently not supported with CUSTOM action`);
    }
  }
}

function isIdentityKey(key: string): boolean {
  return (
    key === 'source.namespace' ||
    key === 'source.serviceAccount' ||
    key === 'source.principal' ||
    key.startsWith('request.auth.')
  );
}

/** A TCP connection has no HTTP attributes, and a DENY rule is read in the strictest way: it would match every one. */
function deniesByHttpAlone(rule: AuthorizationRule): boolean {
  const sources = (rule.from ?? []).flatMap((from) => (from.source === undefined ? [] : [from.source]));
  const operations = (rule.to ?? []).flatMap((to) => (to.operation === undefined ? [] : [to.operation]));
  if (operations.length > 0) {
    return !operations.some((operation) => operation.ports !== undefined || operation.notPorts !== undefined);
  }
  return sources.length > 0 && !sources.some(hasConnectionAttribute);
}

function hasConnectionAttribute(source: Source): boolean {
  return SOURCE_FIELDS.some(
    (field) => field !== 'requestPrincipals' && field !== 'notRequestPrincipals' && source[field] !== undefined,
  );
}
