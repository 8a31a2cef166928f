import { type DebugPage, json } from '../debug-page.ts';

/** Settings. */
export const mesh: DebugPage = {
  name: 'mesh',
  summary: 'the configuration of the mesh as a whole',
  parameters: {},
  answer: ({ snapshot }) => json(snapshot.settings),
};
