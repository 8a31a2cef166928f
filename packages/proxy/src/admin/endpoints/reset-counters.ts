import { type AdminEndpoint, textAnswer } from '../admin-endpoint.ts';

/** Puts all counters back to zero. */
export const RESET_COUNTERS: AdminEndpoint = {
  path: '/reset_counters',
  description: 'reset all counters to zero',
  isMutating: true,
  params: [],
  handle: (_, subject) => {
    subject.resetCounters();
    return textAnswer('OK\n');
  },
};
