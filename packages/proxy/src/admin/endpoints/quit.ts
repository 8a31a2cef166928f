import { type AdminEndpoint, textAnswer } from '../admin-endpoint.ts';

/** Ends the process; connections are not waited for, as in Envoy. */
export const QUIT: AdminEndpoint = {
  path: '/quitquitquit',
  description: 'exit the server',
  isMutating: true,
  params: [],
  handle: (_, subject) => ({ ...textAnswer('OK\n'), afterwards: () => subject.quit() }),
};
