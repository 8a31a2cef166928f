/** Nobody can give away permissions that they do not have: not by writing a role, not by binding one. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { forbidden } from '../../../shared/api-errors.ts';
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
      const wanted = isRole ? rulesOf(object) : boundRules(authorizer, request, object);
      const missing = firstUncovered(authorizer.rulesFor(request.user, request.namespace), wanted);
      if (missing === undefined) return;
      throw forbidden(
        request.info.kind,
        request.name,
        `user ${JSON.stringify(request.user.username)} is attempting to grant RBAC permissions not currently held: ${describe(missing)}`,
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
  const rules = authorizer.roleRules(ref.kind, request.namespace, ref.name);
  // A role that does not exist yet could be filled later with anything.
  return rules ?? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
}

function roleRefOf(object: ApiObject): { kind: string; name: string } {
  const ref = isPlainObject(object['roleRef']) ? object['roleRef'] : {};
  return { kind: plainText(ref['kind']), name: plainText(ref['name']) };
}

function rulesOf(object: ApiObject): readonly PolicyRule[] {
  return (object['rules'] as PolicyRule[] | undefined) ?? [];
}

function describe(rule: PolicyRule): string {
  const parts = Object.entries(rule).map(([name, values]) => `${name}:${JSON.stringify(values)}`);
  return `{${parts.join(', ')}}`;
}
