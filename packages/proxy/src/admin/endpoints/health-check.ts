import { type AdminEndpoint, textAnswer } from '../admin-endpoint.ts';

/** Makes health checks of this proxy fail, so that nobody sends to it any more. */
export const FAIL_HEALTH_CHECK: AdminEndpoint = {
  path: '/healthcheck/fail',
  description: 'cause the server to fail health checks',
  isMutating: true,
  params: [],
  handle: (_, subject) => {
    subject.failHealthChecks();
    return textAnswer('OK\n');
  },
};

/** Takes that back. */
export const PASS_HEALTH_CHECK: AdminEndpoint = {
  path: '/healthcheck/ok',
  description: 'cause the server to pass health checks',
  isMutating: true,
  params: [],
  handle: (_, subject) => {
    subject.passHealthChecks();
    return textAnswer('OK\n');
  },
};
