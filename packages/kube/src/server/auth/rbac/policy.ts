/** The RBAC objects of a cluster as one immutable index: which rules does a user have, and through what. Pure. */
import { isPlainObject, type ObjectMeta } from '@weft/api';
import { labelSelectorOf } from '../../../shared/label-selector.ts';
import type { UserInfo } from '../user.ts';
import type { PolicyRule } from './rules.ts';

/** What counts of a Role or ClusterRole. */
export interface RoleObject {
  readonly metadata: ObjectMeta;
  readonly rules?: readonly PolicyRule[];
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly unknown[] };
}

/** What counts of a RoleBinding or ClusterRoleBinding. */
export interface BindingObject {
  readonly metadata: ObjectMeta;
  readonly roleRef: { readonly kind?: string; readonly name?: string };
  readonly subjects?: readonly { readonly kind?: string; readonly name?: string; readonly namespace?: string }[];
}

/** The objects that make up a policy. */
export interface PolicyObjects {
  readonly roles: readonly RoleObject[];
  readonly clusterRoles: readonly RoleObject[];
  readonly roleBindings: readonly BindingObject[];
  readonly clusterRoleBindings: readonly BindingObject[];
}

/** A rule and the binding that gives it. */
export interface Grant {
  readonly rule: PolicyRule;
  /** Such as `ClusterRoleBinding "admins" of ClusterRole "cluster-admin"`. */
  readonly through: string;
}

interface Binding {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly roleKind: string;
  readonly roleName: string;
}

/** Looks up what users may do. */
export class RbacPolicy {
  /** Subject key (`User/x`, `Group/x`) to the bindings that name it. */
  private readonly bindings = new Map<string, Binding[]>();
  /** `ClusterRole//name` or `Role/namespace/name` to its rules. */
  private readonly rules = new Map<string, readonly PolicyRule[]>();

  constructor(objects: PolicyObjects) {
    for (const role of objects.roles) {
      this.rules.set(`Role/${role.metadata.namespace}/${role.metadata.name}`, role.rules ?? []);
    }
    for (const role of objects.clusterRoles) {
      this.rules.set(`ClusterRole//${role.metadata.name}`, resolveRules(role, objects.clusterRoles, new Set()));
    }
    for (const binding of objects.clusterRoleBindings) this.addBinding('ClusterRoleBinding', '', binding);
    for (const binding of objects.roleBindings)
      this.addBinding('RoleBinding', binding.metadata.namespace ?? '', binding);
  }

  /** Every rule that the user has in a namespace; with an empty namespace, those that hold in all of them. */
  *grants(user: UserInfo, namespace: string): Iterable<Grant> {
    const subjects = [`User/${user.username}`, ...user.groups.map((group) => `Group/${group}`)];
    for (const subject of subjects) {
      for (const binding of this.bindings.get(subject) ?? []) {
        if (binding.namespace !== '' && binding.namespace !== namespace) continue;
        const through = `${binding.kind} "${binding.name}" of ${binding.roleKind} "${binding.roleName}"`;
        for (const rule of this.rulesOf(binding)) {
          // Paths belong to no namespace: only a binding for the whole cluster gives them.
          if (binding.namespace === '' || rule.nonResourceURLs === undefined) yield { rule, through };
        }
      }
    }
  }

  /** The rules of a role, or undefined when there is no such role. */
  roleRules(kind: string, namespace: string, name: string): readonly PolicyRule[] | undefined {
    return this.rules.get(kind === 'ClusterRole' ? `ClusterRole//${name}` : `Role/${namespace}/${name}`);
  }

  private rulesOf(binding: Binding): readonly PolicyRule[] {
    return this.roleRules(binding.roleKind, binding.namespace, binding.roleName) ?? [];
  }

  private addBinding(kind: string, namespace: string, given: BindingObject): void {
    const { roleRef, subjects } = given;
    const binding: Binding = {
      kind,
      name: given.metadata.name ?? '',
      namespace,
      roleKind: roleRef.kind ?? '',
      roleName: roleRef.name ?? '',
    };
    for (const subject of subjects ?? []) {
      const key = subjectKey(subject.kind ?? '', subject.name ?? '', subject.namespace ?? namespace);
      const known = this.bindings.get(key);
      if (known === undefined) this.bindings.set(key, [binding]);
      else known.push(binding);
    }
  }
}

function subjectKey(kind: string, name: string, namespace: string): string {
  return kind === 'ServiceAccount' ? `User/system:serviceaccount:${namespace}:${name}` : `${kind}/${name}`;
}

/**
 * The rules of a cluster role. One with an aggregation rule has the rules of every cluster role that the rule selects, which
 * may be aggregated themselves.
 */
function resolveRules(
  role: RoleObject,
  all: readonly RoleObject[],
  seen: ReadonlySet<RoleObject>,
): readonly PolicyRule[] {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (selectors === undefined) return role.rules ?? [];
  const matchers = selectors.filter(isPlainObject).map((selector) => labelSelectorOf(selector));
  const visited = new Set([...seen, role]);
  return all
    .filter((other) => !visited.has(other) && matchers.some((selector) => selector.matches(other.metadata.labels)))
    .flatMap((other) => resolveRules(other, all, visited));
}
