import { createServer } from 'node:net';

/**
 * A TCP port of the loopback address that nobody listens on now. Another process may take it before you do, so prefer
 * listening on port 0 and asking for the port; this is for programs that must be told their port beforehand.
 */
export function freePort(host: string = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
