import { type AdminEndpoint, jsonAnswer } from '../admin-endpoint.ts';

/** The certificates in use: none as long as only plain connections are served. */
export const CERTS: AdminEndpoint = {
  path: '/certs',
  description: 'print certs on machine',
  isMutating: false,
  params: [],
  handle: () => jsonAnswer({ certificates: [] }),
};
