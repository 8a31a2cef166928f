/** Nothing is created in a namespace that is not there or is going away; the first namespaces cannot be deleted. */
import { forbidden, notFound } from '../../../shared/api-errors.ts';
import { ApiStatusError } from '../../../shared/status.ts';
import { kinds } from '../../kinds.ts';
import type { AdmissionContext, AdmissionRequest, ValidatingPlugin } from '../types.ts';

const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** Guards namespaces. */
export const namespaceLifecycle: ValidatingPlugin = {
  name: 'NamespaceLifecycle',
  handles: (request) =>
    (request.operation === 'CREATE' && request.namespace !== '') ||
    (request.operation === 'DELETE' && request.info.kind === kinds.namespace),
  validate(request: AdmissionRequest, context: AdmissionContext): void {
    const { kind } = request.info;
    if (request.operation === 'DELETE') {
      if (IMMORTAL.has(request.name)) throw forbidden(kind, request.name, 'this namespace may not be deleted');
      return;
    }
    const namespace = context.get(kinds.namespace, '', request.namespace);
    if (namespace === undefined) throw notFound(kinds.namespace, request.namespace);
    if (namespace.metadata.deletionTimestamp === undefined) return;
    throw terminating(request);
  },
};

function terminating(request: AdmissionRequest): ApiStatusError {
  const { kind } = request.info;
  const error = forbidden(
    kind,
    request.name,
    `unable to create new content in namespace ${request.namespace} because it is being terminated`,
  );
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${request.namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new ApiStatusError({
    statusCode: error.statusCode,
    reason: error.reason,
    message: error.message,
    details: { ...error.details, causes: [cause] },
  });
}
