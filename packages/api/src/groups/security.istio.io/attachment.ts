/** What a policy of the mesh applies to: workloads by their labels, or objects by name; shared by all policy kinds. */
import { specPath } from '../../kind/index.ts';
import { described, type IssueReport, list, type SchemaRule } from '../../schema/index.ts';
import {
  checkTargetReference,
  type PolicyTargetReference,
  policyTargetReference,
} from '../networking.istio.io/target-refs.ts';
import {
  checkMatchLabelsSelector,
  type MatchLabelsSelector,
  matchLabelsSelector,
} from '../networking.istio.io/workload-selector.ts';

/** Fields that say what a policy applies to. */
export const attachmentFields = {
  selector: matchLabelsSelector,
  targetRef: described(policyTargetReference, 'One object that this applies to; targetRefs takes several.'),
  targetRefs: list('Objects that this applies to, instead of workloads chosen by labels.', policyTargetReference, {
    maxItems: 16,
  }),
} as const;

/** The part of a spec that says what a policy applies to. */
export interface Attachment {
  readonly selector?: MatchLabelsSelector;
  readonly targetRef?: PolicyTargetReference;
  readonly targetRefs?: PolicyTargetReference[];
}

/** The ways of attaching a policy exclude each other. */
export const oneAttachment: SchemaRule<Attachment> = {
  message: 'only one of targetRefs or selector can be set',
  cel:
    '(has(self.selector) ? 1 : 0) + (has(self.targetRef) ? 1 : 0) + ' +
    '(has(self.targetRefs) && size(self.targetRefs) > 0 ? 1 : 0) <= 1',
  check: ({ selector, targetRef, targetRefs = [] }) =>
    Number(selector !== undefined) + Number(targetRef !== undefined) + Number(targetRefs.length > 0) <= 1,
};

/** Checks the selector or the objects of a spec. */
export function checkAttachment(spec: Attachment, report: IssueReport): void {
  checkMatchLabelsSelector(spec.selector, specPath.child('selector'), report);
  if (spec.targetRef !== undefined) checkTargetReference(spec.targetRef, specPath.child('targetRef'), report);
  for (const [i, ref] of (spec.targetRefs ?? []).entries()) {
    checkTargetReference(ref, specPath.child('targetRefs').index(i), report);
  }
}
