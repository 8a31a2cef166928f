/** Decides by RBAC. The policy is rebuilt when one of its objects has changed and somebody asks. */
import type { AnyKind } from '@weft/api';
import { resourceId } from '../../catalog.ts';
import type { ObjectStorage, WatchHandle } from '../../store/types.ts';
import type { Attributes, Authorizer, Decision } from '../types.ts';
import { MASTERS_GROUP, type UserInfo } from '../user.ts';
import { type PolicyObjects, RbacPolicy } from './policy.ts';
import { type PolicyRule, ruleAllows } from './rules.ts';

/** The four kinds of RBAC. */
export interface RbacKinds {
  readonly role: AnyKind;
  readonly clusterRole: AnyKind;
  readonly roleBinding: AnyKind;
  readonly clusterRoleBinding: AnyKind;
}

/** The authorizer of a server; owns the index and its subscriptions. */
export class RbacAuthorizer implements Authorizer {
  private readonly storage: ObjectStorage;
  private readonly kinds: RbacKinds;
  private handles: WatchHandle[] = [];
  /** Undefined after a change, until somebody asks. */
  private policy: RbacPolicy | undefined;

  constructor(storage: ObjectStorage, kinds: RbacKinds) {
    this.storage = storage;
    this.kinds = kinds;
  }

  /** Follows changes of the policy's objects. */
  start(): void {
    for (const kind of Object.values(this.kinds) as AnyKind[]) {
      const result = this.storage.watch(resourceId(kind), undefined, this.storage.revision, {
        onEvent: () => {
          this.policy = undefined;
        },
        onClose: () => undefined,
      });
      if (result.kind === 'ok') this.handles.push(result.handle);
    }
  }

  close(): void {
    for (const handle of this.handles) handle.stop();
    this.handles = [];
  }

  authorize(attributes: Attributes): Decision {
    const { user } = attributes;
    if (user.groups.includes(MASTERS_GROUP)) return { isAllowed: true, reason: `member of ${MASTERS_GROUP}` };
    const namespace = attributes.kind === 'resource' ? attributes.namespace : '';
    for (const grant of this.current().grants(user, namespace)) {
      if (ruleAllows(grant.rule, attributes)) return { isAllowed: true, reason: `RBAC: allowed by ${grant.through}` };
    }
    return { isAllowed: false, reason: '' };
  }

  /** All rules that a user has in a namespace. */
  rulesFor(user: UserInfo, namespace: string): PolicyRule[] {
    if (user.groups.includes(MASTERS_GROUP)) return EVERYTHING;
    return [...this.current().grants(user, namespace)].map((grant) => grant.rule);
  }

  /** The rules of a role that somebody refers to. */
  roleRules(kind: string, namespace: string, name: string): readonly PolicyRule[] | undefined {
    return this.current().roleRules(kind, namespace, name);
  }

  private current(): RbacPolicy {
    this.policy ??= new RbacPolicy(this.read());
    return this.policy;
  }

  private read(): PolicyObjects {
    const { role, clusterRole, roleBinding, clusterRoleBinding } = this.kinds;
    return {
      roles: this.all(role),
      clusterRoles: this.all(clusterRole),
      roleBindings: this.all(roleBinding),
      clusterRoleBindings: this.all(clusterRoleBinding),
    };
  }

  private all<T>(kind: AnyKind): T[] {
    const result = this.storage.list({ resource: resourceId(kind) });
    return result.kind === 'ok' ? result.entries.map((entry) => JSON.parse(entry.json) as T) : [];
  }
}

const EVERYTHING: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
