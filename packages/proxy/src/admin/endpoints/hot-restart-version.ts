import { type AdminEndpoint, textAnswer } from '../admin-endpoint.ts';

/** Which processes this one could take over from. */
export const HOT_RESTART_VERSION: AdminEndpoint = {
  path: '/hot_restart_version',
  description: 'print the hot restart compatibility version',
  isMutating: false,
  params: [],
  handle: (_, { program }) => textAnswer(program.hotRestartVersion ?? 'disabled'),
};
