import { type DebugPage, json } from '../debug-page.ts';

/** The services of the mesh. */
export const registryz: DebugPage = {
  name: 'registryz',
  summary: 'services of the mesh, with their ports, addresses and the objects that define them',
  parameters: { host: 'only services of this hostname' },
  answer: ({ snapshot }, query) => {
    const host = query.get('host');
    const services = [...snapshot.registry.services.values()];
    return json(
      services
        .filter(({ hostname }) => host === null || hostname === host)
        .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    );
  },
};
