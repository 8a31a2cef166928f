/** Names by the means of Node.js: the host's own way, or DNS servers that are asked directly. */
import { lookup, Resolver } from 'node:dns/promises';
import { type LookupFamily, parseIp, type ResolverRuntime } from '@weft/engine';
import { type AskFamily, type DnsResolver, type ResolvedAddress, resolveFamilies } from './resolver.ts';

/** A server that does not answer is asked again after so long. */
const TIMEOUT_MS = 5000;
const TRIES = 3;

/** See the file's head. */
export class NodeResolver implements DnsResolver {
  readonly #servers: Resolver;
  /** Whether the host's hosts file and search domains count too. */
  readonly #usesHost: boolean;
  /** Whether somebody wants to know how long answers hold, which the host's own way does not say. */
  readonly #needsTtl: boolean;

  constructor(runtime: ResolverRuntime, needsTtl: boolean) {
    this.#servers = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    this.#usesHost = runtime.kind === 'system' || runtime.servers.length === 0;
    this.#needsTtl = needsTtl;
    if (runtime.kind === 'servers' && runtime.servers.length > 0) {
      this.#servers.setServers(
        runtime.servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
      );
    }
  }

  async resolve(name: string, family: LookupFamily): Promise<readonly ResolvedAddress[]> {
    if (parseIp(name) !== undefined) return [{ host: name, ttlS: undefined }];
    if (!this.#usesHost) return resolveFamilies(this.#askServers, name, family);
    if (!this.#needsTtl) return resolveFamilies(askHost, name, family);
    // What only the hosts file or a search domain knows has no time to live.
    return resolveFamilies(this.#askServers, name, family).catch(() => resolveFamilies(askHost, name, family));
  }

  close(): void {
    this.#servers.cancel();
  }

  readonly #askServers: AskFamily = async (name, family) => {
    const resolver = this.#servers;
    const answers = await (family === 4
      ? resolver.resolve4(name, { ttl: true })
      : resolver.resolve6(name, { ttl: true }));
    return answers.map(({ address, ttl }) => ({ host: address, ttlS: ttl }));
  };
}

const askHost: AskFamily = async (name, family) => {
  const answers = await lookup(name, { family, all: true });
  return answers.map(({ address }) => ({ host: address, ttlS: undefined }));
};
