import { type AdminEndpoint, textAnswer } from '../admin-endpoint.ts';

/** Asks clients to leave and closes listeners. */
export const DRAIN_LISTENERS: AdminEndpoint = {
  path: '/drain_listeners',
  description: 'drain listeners',
  isMutating: true,
  params: [
    { name: 'graceful', description: 'ask clients to leave, and close the listeners when the drain time is over' },
    { name: 'skip_exit', description: 'ask clients to leave, and keep the listeners' },
    { name: 'inboundonly', description: 'only listeners whose traffic_direction is INBOUND' },
  ],
  handle: ({ params }, subject) => {
    subject.drainListeners({
      inboundOnly: params.has('inboundonly'),
      isGraceful: params.has('graceful'),
      skipsExit: params.has('skip_exit'),
    });
    return textAnswer('OK\n');
  },
};
