/** The certificate of this proxy's workload: asked for at the start, again and again until it is there, and renewed at half of its life. */
import { readFile } from 'node:fs/promises';
import {
  Backoff,
  type BackoffPolicy,
  describeError,
  type Logger,
  MeshError,
  type Random,
  type ReadonlyWatch,
  Secret,
  sleep,
  thrownMessage,
} from '@weft/core';
import { RotatingCertificate } from '@weft/identity';
import { type CertificateClientOptions, requestCertificate, type WorkloadCertificate } from './certificate-client.ts';

/** What an identity works with. */
export interface WorkloadIdentityOptions extends CertificateClientOptions {
  readonly random: Random;
  readonly logger: Logger;
}

const RETRY: BackoffPolicy = { baseMs: 500, maxMs: 15_000, jitter: 'decorrelated' };
const MAX_TOKEN_BYTES = 16 * 1024;

/** See the file's head. */
export class WorkloadIdentity {
  readonly #options: WorkloadIdentityOptions;
  readonly #rotation: RotatingCertificate<WorkloadCertificate>;
  readonly #closing = new AbortController();

  constructor(options: WorkloadIdentityOptions) {
    const { clock, logger, random } = options;
    this.#options = options;
    this.#rotation = new RotatingCertificate<WorkloadCertificate>({
      clock,
      random,
      logger,
      issue: (signal) => requestCertificate(options, signal),
    });
  }

  /** The certificate to use now; undefined until the first one is there. */
  get current(): ReadonlyWatch<WorkloadCertificate | undefined> {
    return this.#rotation.current;
  }

  /** Resolves with the first certificate; rejects only when the identity is closed before. */
  async start(): Promise<WorkloadCertificate> {
    const { clock, id, logger, random } = this.#options;
    const backoff = new Backoff(RETRY, clock, random);
    for (;;) {
      try {
        return await this.#rotation.start();
      } catch (thrown: unknown) {
        this.#closing.signal.throwIfAborted();
        const retryInMs = Math.round(backoff.next());
        logger.warning('the workload has no certificate yet', { id: id.uri, reason: describeError(thrown), retryInMs });
        await sleep(clock, retryInMs, this.#closing.signal);
      }
    }
  }

  close(): void {
    this.#rotation.close();
    this.#closing.abort(new MeshError('MESH_ABORTED', 'the identity of the workload is closed'));
  }
}

/** Reads a token from a file each time it is needed: the platform writes a new one long before the old one ends. */
export function tokenFile(path: string): () => Promise<Secret<string>> {
  return async () => {
    let text: string;
    try {
      text = (await readFile(path, 'utf8')).trim();
    } catch (thrown: unknown) {
      throw new MeshError('MESH_CERTIFICATE', `the token cannot be read: ${thrownMessage(thrown)}`, { cause: thrown });
    }
    if (text === '' || text.length > MAX_TOKEN_BYTES || /\s/.test(text)) {
      throw new MeshError('MESH_CERTIFICATE', `${path} holds no token`);
    }
    return new Secret(text);
  };
}
