/** Reads objects that apply to workloads. */
import type {
  AuthorizationPolicyIr,
  EnvoyFilterIr,
  MeshKind,
  MeshObject,
  PolicyIr,
  TargetRef,
} from '../model/index.ts';
import { selectorOrAll } from '../names/labels.ts';
import { type AnyObject, byAge, createdAtMs, refOf } from '../names/object-ref.ts';

interface Target {
  readonly group?: string;
  readonly kind: string;
  readonly name: string;
}

/** The ways in which the kinds say what they apply to. */
interface Attached {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly workloadSelector?: { readonly labels?: Readonly<Record<string, string>> };
  readonly targetRef?: Target;
  readonly targetRefs?: readonly Target[];
}

/** What an object of any of these kinds says. */
export function parsePolicy<Spec extends object>(
  kind: MeshKind,
  object: AnyObject & { readonly spec?: Spec },
): PolicyIr<Spec> {
  const spec = object.spec ?? ({} as Spec);
  const { selector, workloadSelector, targetRef, targetRefs } = spec as Attached;
  const labels = selectorOrAll(selector?.matchLabels ?? workloadSelector?.labels);
  const targets = [...(targetRef === undefined ? [] : [targetRef]), ...(targetRefs ?? [])];
  return Object.freeze({
    ref: refOf(kind, object),
    createdAtMs: createdAtMs(object),
    ...(labels === undefined ? {} : { selector: labels }),
    targetRefs: Object.freeze(
      targets.map(({ group = '', kind: target, name }): TargetRef => Object.freeze({ group, kind: target, name })),
    ),
    spec,
  });
}

const DRY_RUN = 'istio.io/dry-run';

/** What an AuthorizationPolicy says. */
export function parseAuthorizationPolicy(object: MeshObject<'AuthorizationPolicy'>): AuthorizationPolicyIr {
  const isDryRun = object.metadata.annotations?.[DRY_RUN] === 'true';
  return Object.freeze({ ...parsePolicy('AuthorizationPolicy', object), isDryRun });
}

/** What an EnvoyFilter says. */
export function parseEnvoyFilter(object: MeshObject<'EnvoyFilter'>): EnvoyFilterIr {
  const policy = parsePolicy('EnvoyFilter', object);
  return Object.freeze({ ...policy, priority: policy.spec.priority ?? 0 });
}

/** EnvoyFilters in the order in which they are applied within a namespace. */
export function byPriorityAndAge(a: EnvoyFilterIr, b: EnvoyFilterIr): number {
  return a.priority - b.priority || byAge(a, b);
}
