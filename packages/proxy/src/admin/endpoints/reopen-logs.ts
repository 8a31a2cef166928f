import { type AdminEndpoint, textAnswer } from '../admin-endpoint.ts';

/** Opens the files of access logs again, as after they were moved away. */
export const REOPEN_LOGS: AdminEndpoint = {
  path: '/reopen_logs',
  description: 'reopen access logs',
  isMutating: true,
  params: [],
  handle: (_, subject) => {
    subject.reopenLogs();
    return textAnswer('OK\n');
  },
};
