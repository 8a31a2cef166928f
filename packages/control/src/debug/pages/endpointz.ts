import { type DebugPage, json } from '../debug-page.ts';

/** Where services are served. */
export const endpointz: DebugPage = {
  name: 'endpointz',
  summary: 'endpoints of each service',
  parameters: { service: 'only endpoints of this service: NAMESPACE/HOSTNAME' },
  answer: ({ snapshot }, query) => {
    const wanted = query.get('service');
    const all = [...snapshot.workloads.endpoints].filter(([key]) => wanted === null || key === wanted);
    return json(all.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([service, endpoints]) => ({ service, endpoints })));
  },
};
