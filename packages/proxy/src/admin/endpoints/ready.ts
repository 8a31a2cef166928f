import { type AdminEndpoint, textAnswer } from '../admin-endpoint.ts';

/** Whether the proxy takes traffic. */
export const READY: AdminEndpoint = {
  path: '/ready',
  description: 'print server state, return 200 if LIVE, otherwise return 503',
  isMutating: false,
  params: [],
  handle: (_, { state }) => textAnswer(`${state.name}\n`, state.name === 'LIVE' ? 200 : 503),
};
