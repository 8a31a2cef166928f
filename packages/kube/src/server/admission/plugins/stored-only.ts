/** Says so when a kind is kept but nothing in this server acts on it, so that nobody relies on a limit that is not enforced. */
import type { AdmissionContext, AdmissionRequest, ValidatingPlugin } from '../types.ts';

const STORED_ONLY: Readonly<Record<string, string>> = {
  '/resourcequotas': 'ResourceQuota is stored, but this server does not enforce quotas',
  '/limitranges': 'LimitRange is stored, but this server does not apply its limits',
  '/persistentvolumeclaims': 'PersistentVolumeClaim is stored, but nothing provisions volumes here',
};

/** Warns on creation. */
export const storedOnly: ValidatingPlugin = {
  name: 'StoredOnly',
  handles: ({ info, operation }) => operation === 'CREATE' && STORED_ONLY[info.id] !== undefined,
  validate(request: AdmissionRequest, context: AdmissionContext): void {
    context.warn(STORED_ONLY[request.info.id]!);
  },
};
