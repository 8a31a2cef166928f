/** Nobody can give away permissions that they do not have: not by writing a role, not by binding one. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { forbidden } from '../../../shared/api-errors.ts';
import { goQuote } from '../../../shared/go-quote.ts';
import type { RbacAuthorizer } from '../../auth/rbac/authorizer.ts';
import { firstUncovered, type PolicyRule } from '../../auth/rbac/rules.ts';
import { kinds } from '../../kinds.ts';
import { plainText } from '../../plain-text.ts';
import type { AdmissionRequest, ValidatingPlugin } from '../types.ts';

const ROLES: ReadonlySet<unknown> = new Set([kinds.role, kinds.clusterRole]);
const BINDINGS: ReadonlySet<unknown> = new Set([kinds.roleBinding, kinds.clusterRoleBinding]);

/** Guards roles and bindings. */
export function createRbacEscalation(authorizer: RbacAuthorizer): ValidatingPlugin {
  return {
    name: 'RbacEscalation',
    handles: ({ info, operation }) => operation !== 'DELETE' && (ROLES.has(info.kind) || BINDINGS.has(info.kind)),
    validate(request: AdmissionRequest): void {
      const object = request.object!;
      const isRole = ROLES.has(request.info.kind);
      const verb = isRole ? 'escalate' : 'bind';
      if (authorizer.authorize(permissionFor(request, verb)).isAllowed) return;
      const wanted = isRole ? wantedRules(request) : boundRules(authorizer, request, object);
      const missing = firstUncovered(authorizer.rulesFor(request.user, request.namespace), wanted);
      if (missing === undefined) return;
      const { username, groups } = request.user;
      const who = `user ${goQuote(username)} (groups=[${groups.map(goQuote).join(' ')}])`;
      throw forbidden(
        request.info.kind,
        request.name,
        `${who} is attempting to grant RBAC permissions not currently held:\n${describe(missing)}`,
      );
    },
  };
}

function permissionFor(request: AdmissionRequest, verb: string): Parameters<RbacAuthorizer['authorize']>[0] {
  const { user, namespace } = request;
  const group = 'rbac.authorization.k8s.io';
  const common = { kind: 'resource' as const, user, verb, group, version: 'v1', subresource: '', namespace };
  if (verb === 'escalate') return { ...common, resource: request.info.kind.plural, name: request.name };
  const ref = roleRefOf(request.object!);
  return { ...common, resource: ref.kind === 'ClusterRole' ? 'clusterroles' : 'roles', name: ref.name };
}

function boundRules(authorizer: RbacAuthorizer, request: AdmissionRequest, object: ApiObject): readonly PolicyRule[] {
  const ref = roleRefOf(object);
  // A role that does not exist yet could be filled later with anything.
  const rules = authorizer.roleRules(ref.kind, request.namespace, ref.name) ?? FULL;
  // A binding within a namespace gives no paths, whatever its role says.
  return request.namespace === '' ? rules : rules.filter((rule) => rule.nonResourceURLs === undefined);
}

function roleRefOf(object: ApiObject): { kind: string; name: string } {
  const ref = isPlainObject(object['roleRef']) ? object['roleRef'] : {};
  return { kind: plainText(ref['kind']), name: plainText(ref['name']) };
}

/** Everything there is. */
const FULL: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

function wantedRules({ object, oldObject }: AdmissionRequest): readonly PolicyRule[] {
  // What an aggregated role comes to have is up to whoever labels roles later.
  if (object!['aggregationRule'] !== undefined || oldObject?.['aggregationRule'] !== undefined) return FULL;
  return (object!['rules'] as PolicyRule[] | undefined) ?? [];
}

/** As Kubernetes writes a rule. */
function describe(rule: PolicyRule): string {
  const { apiGroups, resources, resourceNames, nonResourceURLs, verbs } = rule;
  const parts = Object.entries({
    APIGroups: apiGroups,
    Resources: resources,
    ResourceNames: resourceNames,
    NonResourceURLs: nonResourceURLs,
    Verbs: verbs,
  }).filter(([, values]) => values !== undefined);
  return `{${parts.map(([name, values]) => `${name}:${JSON.stringify(values)}`).join(', ')}}`;
}
