/** Credentials from a program (`client.authentication.k8s.io`), kept until they expire or are refused. */
import { MeshError, Secret, thrownMessage } from '@weft/core';
import type { CredentialSource, Credentials } from '../connection.ts';
import type { DescribeCluster } from './cluster.ts';
import type { ConfigEnvironment } from './environment.ts';
import type { Fields } from './fields.ts';
import { kubeconfigError } from './kubeconfig-error.ts';

/** What the entry `exec` of a user says. */
export interface ExecConfig {
  readonly where: string;
  readonly apiVersion: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string | undefined;
  /** The cluster as the plug-in is told of it, if it asks. */
  readonly describeCluster: DescribeCluster | undefined;
}

const VERSIONS: readonly string[] = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const TIMEOUT_MS = 60_000;
/** Renewed this long before the end, so that a request under way does not outlive its token. */
const RENEW_BEFORE_MS = 10_000;

/** Reads the entry. */
export function parseExecConfig(
  fields: Fields,
  resolvePath: (path: string) => string,
  describeCluster: DescribeCluster,
): { readonly config: ExecConfig; readonly warnings: readonly string[] } {
  const apiVersion = fields.requiredText('apiVersion');
  if (!VERSIONS.includes(apiVersion)) {
    throw fields.error('apiVersion', `"${apiVersion}" is not supported`, `supported are ${VERSIONS.join(' and ')}`);
  }
  const mode = fields.text('interactiveMode') ?? 'IfAvailable';
  if (mode === 'Always') {
    throw fields.error(
      'interactiveMode',
      'asks for a terminal, which is not offered',
      'set it to IfAvailable or Never',
    );
  }
  if (mode !== 'IfAvailable' && mode !== 'Never') throw fields.error('interactiveMode', `"${mode}" is not a mode`);
  const command = fields.requiredText('command');
  const variables = fields.each('env').map((entry) => [entry.requiredText('name'), entry.text('value') ?? ''] as const);
  const config: ExecConfig = {
    where: fields.where,
    apiVersion,
    // As a shell would: a name alone is searched on the path, anything with a slash is relative to the file.
    program: command.includes('/') ? resolvePath(command) : command,
    args: fields.texts('args'),
    env: Object.fromEntries(variables),
    installHint: fields.text('installHint'),
    describeCluster: fields.flag('provideClusterInfo') ? describeCluster : undefined,
  };
  return { config, warnings: fields.unread() };
}

/** Runs the plug-in when needed; calls made at the same time share one run. */
export class ExecCredentialSource implements CredentialSource {
  readonly #config: ExecConfig;
  readonly #machine: ConfigEnvironment;
  #current: { readonly credentials: Credentials; readonly untilMs: number } | undefined;
  #running: Promise<Credentials> | undefined;

  constructor(config: ExecConfig, machine: ConfigEnvironment) {
    this.#config = config;
    this.#machine = machine;
  }

  get(): Promise<Credentials> {
    const current = this.#current;
    if (current !== undefined && this.#machine.clock.now() < current.untilMs)
      return Promise.resolve(current.credentials);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  invalidate(): void {
    this.#current = undefined;
  }

  async #run(): Promise<Credentials> {
    const { where, program, args, apiVersion, describeCluster, installHint } = this.#config;
    const cluster = await describeCluster?.();
    const spec = { interactive: false, ...(cluster === undefined ? {} : { cluster }) };
    const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
    const result = await this.#machine.run({
      program,
      args,
      env: { ...this.#machine.env, ...this.#config.env, KUBERNETES_EXEC_INFO: info },
      timeoutMs: TIMEOUT_MS,
    });
    if (result.failure !== undefined) {
      const problem = result.failure.isNotFound ? `program "${program}" is not installed` : result.failure.message;
      throw kubeconfigError(where, problem, result.failure.isNotFound ? installHint : undefined);
    }
    if (result.exitCode !== 0) {
      const said = result.stderr.trim().slice(0, 500);
      throw kubeconfigError(
        where,
        `"${program}" failed with exit code ${result.exitCode}${said === '' ? '' : `: ${said}`}`,
      );
    }
    try {
      this.#current = readCredential(result.stdout, apiVersion);
    } catch (thrown) {
      // The output holds secrets, so it is not quoted.
      throw kubeconfigError(where, `"${program}" printed no valid credential: ${thrownMessage(thrown)}`);
    }
    return this.#current.credentials;
  }
}

function readCredential(
  stdout: string,
  apiVersion: string,
): { readonly credentials: Credentials; readonly untilMs: number } {
  const parsed = parseObject(stdout);
  if (parsed['kind'] !== 'ExecCredential') throw invalid('its kind is not ExecCredential');
  if (parsed['apiVersion'] !== apiVersion) throw invalid(`its apiVersion is not ${apiVersion}`);
  const status = parsed['status'];
  if (typeof status !== 'object' || status === null) throw invalid('it has no status');
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = status as Record<string, unknown>;
  const hasToken = typeof token === 'string' && token !== '';
  const hasCertificate = typeof clientCertificateData === 'string' && typeof clientKeyData === 'string';
  if ((typeof clientCertificateData === 'string') !== (typeof clientKeyData === 'string')) {
    throw invalid('it has only one of clientCertificateData and clientKeyData');
  }
  if (!hasToken && !hasCertificate) throw invalid('it has neither a token nor a client certificate');
  return {
    credentials: {
      ...(hasToken ? { token: new Secret(token) } : {}),
      ...(hasCertificate ? { certificate: clientCertificateData, key: new Secret(clientKeyData) } : {}),
    },
    untilMs: expiryOf(expirationTimestamp),
  };
}

function expiryOf(timestamp: unknown): number {
  if (timestamp === undefined || timestamp === null || timestamp === '') return Number.POSITIVE_INFINITY;
  const ms = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(ms)) throw invalid('its expirationTimestamp is not a time');
  return ms - RENEW_BEFORE_MS;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw invalid('it is not a JSON object');
  return value as Record<string, unknown>;
}

function invalid(problem: string): MeshError {
  return new MeshError('MESH_KUBECONFIG', problem);
}
