/**
 * Groups that belong to the Kubernetes community: who defines a kind in one says in an annotation where that was approved.
 * The rules and words are those of k8s.io/apiextensions-apiserver/pkg/apihelpers.
 */
import type { ApiObject } from '../kind/index.ts';

/** The annotation with the URL of the approval, or with the reason why there is none. */
export const APPROVAL_ANNOTATION = 'api-approved.kubernetes.io';

const DEMAND = `protected groups must have approval annotation "${APPROVAL_ANNOTATION}"`;
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';

/** What an annotation says, in the words of the condition that tells of it. */
export interface ApiApproval {
  readonly reason: 'MissingAnnotation' | 'UnapprovedAnnotation' | 'ApprovedAnnotation' | 'InvalidAnnotation';
  readonly message: string;
}

/** Whether kinds of the group need an approval. */
export function isProtectedGroup(group: string): boolean {
  return /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);
}

/** How a definition in a protected group is approved. */
export function apiApprovalOf({ metadata }: Pick<ApiObject, 'metadata'>): ApiApproval {
  const text = metadata.annotations?.[APPROVAL_ANNOTATION] ?? '';
  if (text === '') return { reason: 'MissingAnnotation', message: `${DEMAND}, ${SEE}` };
  if (text.startsWith('unapproved')) {
    return { reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(text)}` };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(text) && URL.canParse(text)) {
    return { reason: 'ApprovedAnnotation', message: `approved in ${text}` };
  }
  const wanted = 'with either a URL or a reason starting with "unapproved"';
  return { reason: 'InvalidAnnotation', message: `${DEMAND} ${wanted}, ${SEE}` };
}
