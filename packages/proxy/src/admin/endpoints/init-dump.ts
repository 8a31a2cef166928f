import { type AdminEndpoint, jsonAnswer } from '../admin-endpoint.ts';

/** What the start still waits for: with a configuration that is all in the bootstrap, nothing. */
export const INIT_DUMP: AdminEndpoint = {
  path: '/init_dump',
  description: 'dump what the start of the server still waits for',
  isMutating: false,
  params: [{ name: 'mask', description: 'the component whose targets are asked for, such as listener' }],
  handle: () => jsonAnswer({}),
};
