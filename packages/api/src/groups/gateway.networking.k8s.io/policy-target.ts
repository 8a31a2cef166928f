/** What a policy applies to. */
import { type Infer, list, object, required, type Schema, type SchemaRule } from '../../schema/index.ts';
import { groupName, kindName, objectName, sectionName } from './scalars.ts';

const policyTarget = object('An object in the same namespace, or a part of it, that the policy applies to.', {
  group: required(groupName('API group of the object; empty for the core group.')),
  kind: required(kindName('Kind of the object.')),
  name: required(objectName('Name of the object.')),
  sectionName: sectionName('Part of the object, such as the port of a Service; all of it when absent.'),
});

type PolicyTarget = Infer<typeof policyTarget>;

const SAME_TARGET = 'p.group == q.group && p.kind == q.kind && p.name == q.name';

const targetRules: readonly SchemaRule<PolicyTarget[]>[] = [
  {
    message: 'sectionName must be specified when targetRefs includes 2 or more references to the same target',
    cel: `self.all(p, self.all(q, !(${SAME_TARGET}) || has(p.sectionName) == has(q.sectionName)))`,
    check: (targets) => everyPair(targets, (p, q) => (p.sectionName === undefined) === (q.sectionName === undefined)),
  },
  {
    message: 'sectionName must be unique when targetRefs includes 2 or more references to the same target',
    cel: `self.all(p, self.exists_one(q, ${SAME_TARGET} && (has(p.sectionName) ? p.sectionName : '') == (has(q.sectionName) ? q.sectionName : '')))`,
    check: (targets) => everyPair(targets, (p, q) => p.sectionName !== q.sectionName),
  },
];

/** The objects that a policy applies to. */
export function policyTargets(description: string): Schema<PolicyTarget[]> {
  return list(description, policyTarget, { listType: 'atomic', minItems: 1, maxItems: 16, rules: targetRules });
}

/** Whether `holds` is true of every two entries that name the same object. */
function everyPair(targets: PolicyTarget[], holds: (p: PolicyTarget, q: PolicyTarget) => boolean): boolean {
  return targets.every((p, i) =>
    targets.every((q, j) => j <= i || p.group !== q.group || p.kind !== q.kind || p.name !== q.name || holds(p, q)),
  );
}
