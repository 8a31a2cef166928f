/** Refusals of single fields of what is not a kind of its own: options of a request, bodies of subresources. */
import { FieldPath, IssueReport } from '@weft/api';
import { invalid, type KindName } from '../../shared/api-errors.ts';
import type { ApiStatusError } from '../../shared/status.ts';

/** Options that a request brings in its query or body. */
export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

/** 422 in the words of the API server: `Scale.autoscaling "web" is invalid: spec.replicas: …`. */
export function refuseField(
  kind: KindName,
  name: string,
  field: string,
  tell: (report: IssueReport, path: FieldPath) => void,
): ApiStatusError {
  const report = new IssueReport();
  tell(report, FieldPath.root.child(...field.split('.')));
  return invalid(kind, name, report.issues);
}

/** 422 for an option: `PatchOptions.meta.k8s.io "" is invalid: …`. */
export function refuseOption(
  kind: OptionsKind,
  field: string,
  tell: (report: IssueReport, path: FieldPath) => void,
): ApiStatusError {
  return refuseField({ group: 'meta.k8s.io', kind }, '', field, tell);
}
