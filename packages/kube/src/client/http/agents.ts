/** Keeps connections open between requests, and makes new ones when the credentials of the connection change. */
import type { Agent } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { ClusterConnection, Credentials } from '../connection.ts';
import { http, https } from './node-http.ts';
import { tunnelAgentOptions } from './tunnel.ts';

/** Requests under way at a time; more wait their turn. Streams have connections of their own. */
const MAX_SOCKETS = 64;
const MAX_IDLE_SOCKETS = 16;

/** Two sets of connections: a few shared by requests, and one for each stream. */
export interface Agents {
  readonly requests: Agent;
  readonly streams: Agent;
}

/** The agents of one connection. */
export class AgentPool {
  readonly #connection: ClusterConnection;
  #agents: Agents | undefined;
  /** What `#agents` were made with: PEM texts of authority, certificate and key. */
  #material = '';

  constructor(connection: ClusterConnection) {
    this.#connection = connection;
  }

  /** Agents that present these credentials. */
  async get(credentials: Credentials): Promise<Agents> {
    const authority = await this.#connection.readCertificateAuthority?.();
    const { certificate, key } = credentials;
    const material = [authority, certificate, key?.reveal()].join('\n');
    if (this.#agents === undefined || material !== this.#material) {
      // Requests under way end on their old connections; these close when they are idle.
      const previous = this.#agents;
      this.#agents = this.#create(authority, credentials);
      this.#material = material;
      if (previous !== undefined) for (const agent of [previous.requests, previous.streams]) closeIdle(agent);
    }
    return this.#agents;
  }

  close(): void {
    this.#agents?.requests.destroy();
    this.#agents?.streams.destroy();
    this.#agents = undefined;
  }

  #create(authority: string | undefined, { certificate, key }: Credentials): Agents {
    const { server, isTlsVerified, tlsServerName, proxyUrl } = this.#connection;
    const options: AgentOptions = {
      keepAlive: true,
      maxFreeSockets: MAX_IDLE_SOCKETS,
      scheduling: 'lifo',
      rejectUnauthorized: isTlsVerified,
      ...(authority === undefined ? {} : { ca: authority }),
      ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key: key.reveal() }),
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    };
    const isTls = server.protocol === 'https:';
    const create = (extra: AgentOptions): Agent => {
      const agent = isTls ? new https.Agent({ ...options, ...extra }) : new http.Agent({ ...options, ...extra });
      if (proxyUrl !== undefined) agent.createConnection = tunnelAgentOptions(proxyUrl, isTls);
      return agent;
    };
    return { requests: create({ maxSockets: MAX_SOCKETS }), streams: create({ maxSockets: Number.POSITIVE_INFINITY }) };
  }
}

function closeIdle(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  // Sockets that come back from a request must not wait for another one.
  agent.maxFreeSockets = 0;
}
