import { type AdminEndpoint, jsonAnswer, textAnswer } from '../admin-endpoint.ts';
import type { AdminListener } from '../admin-subject.ts';
import { addressJson } from '../show-address.ts';

/** Where the proxy listens. */
export const LISTENERS: AdminEndpoint = {
  path: '/listeners',
  description: 'print listener info',
  isMutating: false,
  params: [{ name: 'format', description: 'File format to use; One of (text, json)' }],
  handle: ({ params }, { listeners }) => {
    if (params.get('format') === 'json') return jsonAnswer({ listener_statuses: listeners.map(statusOf) });
    const lines = listeners.flatMap(({ runtime, addresses }) =>
      addresses.map(({ text }) => `${runtime.name}::${text}\n`),
    );
    return textAnswer(lines.join(''));
  },
};

function statusOf({ runtime, addresses }: AdminListener): unknown {
  const [first, ...others] = addresses.map(addressJson);
  return {
    name: runtime.name,
    ...(first === undefined ? {} : { local_address: first }),
    ...(others.length === 0 ? {} : { additional_local_addresses: others }),
  };
}
