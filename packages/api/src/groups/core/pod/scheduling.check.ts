/** The rules of affinities, tolerations and spreading. */
import type { FieldPath, IssueReport } from '../../../schema/index.ts';
import { checkLabelSelector } from '../../../validation/label-selector.ts';
import { dns1123LabelProblems, labelValueProblems, qualifiedNameProblems } from '../../../validation/names.ts';
import type { PodSpec } from './pod-spec.ts';
import type {
  Affinity,
  NodeSelectorTerm,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from './scheduling.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Judges where a pod wants to be placed. */
export function checkPlacement(path: FieldPath, spec: PodSpec, report: IssueReport): void {
  if (spec.affinity !== undefined) checkAffinity(path.child('affinity'), spec.affinity, report);
  for (const [i, toleration] of (spec.tolerations ?? []).entries()) {
    checkToleration(path.child('tolerations').index(i), toleration, report);
  }
  checkSpread(path.child('topologySpreadConstraints'), spec.topologySpreadConstraints ?? [], report);
}

function checkAffinity(path: FieldPath, affinity: Affinity, report: IssueReport): void {
  const { nodeAffinity } = affinity;
  const at = path.child('nodeAffinity');
  const hard = nodeAffinity?.[REQUIRED];
  if (hard !== undefined) {
    const terms = at.child(REQUIRED, 'nodeSelectorTerms');
    if (hard.nodeSelectorTerms.length === 0) report.required(terms, 'must have at least one node selector term');
    for (const [i, term] of hard.nodeSelectorTerms.entries()) checkNodeTerm(terms.index(i), term, report);
  }
  for (const [i, { weight, preference }] of (nodeAffinity?.[PREFERRED] ?? []).entries()) {
    checkWeight(at.child(PREFERRED).index(i).child('weight'), weight, report);
    checkNodeTerm(at.child(PREFERRED).index(i).child('preference'), preference, report);
  }
  for (const field of ['podAffinity', 'podAntiAffinity'] as const) {
    const pods = affinity[field];
    for (const [i, term] of (pods?.[REQUIRED] ?? []).entries()) {
      checkPodTerm(path.child(field, REQUIRED).index(i), term, report);
    }
    for (const [i, { weight, podAffinityTerm }] of (pods?.[PREFERRED] ?? []).entries()) {
      const item = path.child(field, PREFERRED).index(i);
      checkWeight(item.child('weight'), weight, report);
      checkPodTerm(item.child('podAffinityTerm'), podAffinityTerm, report);
    }
  }
}

function checkWeight(path: FieldPath, weight: number, report: IssueReport): void {
  if (weight < 1 || weight > 100) report.invalid(path, weight, 'must be in the range 1-100');
}

function checkNodeTerm(path: FieldPath, term: NodeSelectorTerm, report: IssueReport): void {
  for (const [i, { key, operator, values = [] }] of (term.matchExpressions ?? []).entries()) {
    const at = path.child('matchExpressions').index(i);
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
      report.required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'");
    }
    if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
      report.forbidden(at.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
    if ((operator === 'Gt' || operator === 'Lt') && values.length !== 1) {
      report.required(at.child('values'), "must be specified single value when `operator` is 'Lt' or 'Gt'");
    }
    for (const problem of qualifiedNameProblems(key)) report.invalid(at.child('key'), key, problem);
    for (const [j, value] of values.entries()) {
      for (const problem of labelValueProblems(value)) report.invalid(at.child('values').index(j), value, problem);
    }
  }
  for (const [i, { key, operator, values = [] }] of (term.matchFields ?? []).entries()) {
    const at = path.child('matchFields').index(i);
    if (operator !== 'In' && operator !== 'NotIn') {
      report.invalid(at.child('operator'), operator, 'not a valid selector operator');
    } else if (values.length !== 1) {
      report.required(
        at.child('values'),
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      );
    }
    if (key !== 'metadata.name') report.invalid(at.child('key'), key, 'not a valid field selector key');
  }
}

function checkPodTerm(path: FieldPath, term: PodAffinityTerm, report: IssueReport): void {
  checkLabelSelector(path.child('labelSelector'), term.labelSelector, report);
  checkLabelSelector(path.child('namespaceSelector'), term.namespaceSelector, report);
  for (const [i, name] of (term.namespaces ?? []).entries()) {
    for (const problem of dns1123LabelProblems(name)) report.invalid(path.child('namespaces').index(i), name, problem);
  }
  checkTopologyKey(path.child('topologyKey'), term.topologyKey, report);
}

function checkTopologyKey(path: FieldPath, key: string, report: IssueReport): void {
  if (key === '') report.required(path, 'can not be empty');
  else for (const problem of qualifiedNameProblems(key)) report.invalid(path, key, problem);
}

function checkToleration(path: FieldPath, toleration: Toleration, report: IssueReport): void {
  const { key = '', operator = '', value = '', effect, tolerationSeconds } = toleration;
  if (key !== '') for (const problem of qualifiedNameProblems(key)) report.invalid(path.child('key'), key, problem);
  else if (operator !== 'Exists') {
    const message = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    report.invalid(path.child('operator'), operator, message);
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const message = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    report.invalid(path.child('effect'), effect ?? '', message);
  }
  switch (operator) {
    case '':
    case 'Equal':
      for (const problem of labelValueProblems(value)) report.invalid(path.child('operator'), value, problem);
      return;
    case 'Exists':
      if (value !== '')
        report.invalid(path.child('operator'), toleration, "value must be empty when `operator` is 'Exists'");
      return;
    default:
      report.notSupported(path.child('operator'), operator, ['Equal', 'Exists']);
  }
}

function checkSpread(path: FieldPath, constraints: readonly TopologySpreadConstraint[], report: IssueReport): void {
  const seen = new Set<string>();
  for (const [i, constraint] of constraints.entries()) {
    const at = path.index(i);
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains } = constraint;
    if (maxSkew <= 0) report.invalid(at.child('maxSkew'), maxSkew, 'must be greater than zero');
    if (topologyKey === '') report.required(at.child('topologyKey'), 'can not be empty');
    if ((constraint.labelSelector ?? null) === null) {
      report.warn(`${at.child('labelSelector').toString()}: a null labelSelector results in matching no pod`);
    }
    if (minDomains !== undefined) {
      if (minDomains <= 0) report.invalid(at.child('minDomains'), minDomains, 'must be greater than zero');
      if (whenUnsatisfiable !== 'DoNotSchedule') {
        const message = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        report.invalid(at.child('minDomains'), minDomains, message);
      }
    }
    const id = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(id)) report.duplicate(at.child('{topologyKey, whenUnsatisfiable}'), id);
    seen.add(id);
    checkLabelSelector(at.child('labelSelector'), constraint.labelSelector, report);
    checkMatchLabelKeys(at.child('matchLabelKeys'), constraint, report);
  }
}

function checkMatchLabelKeys(path: FieldPath, constraint: TopologySpreadConstraint, report: IssueReport): void {
  const keys = constraint.matchLabelKeys ?? [];
  if (keys.length > 0 && constraint.labelSelector === undefined) {
    report.forbidden(path, 'must not be specified when labelSelector is not set');
  }
  const selected = new Set([
    ...Object.keys(constraint.labelSelector?.matchLabels ?? {}),
    ...(constraint.labelSelector?.matchExpressions ?? []).map((expression) => expression.key),
  ]);
  for (const [i, key] of keys.entries()) {
    for (const problem of qualifiedNameProblems(key)) report.invalid(path.index(i), key, problem);
    if (selected.has(key)) report.invalid(path.index(i), key, 'exists in both matchLabelKeys and labelSelector');
  }
}
