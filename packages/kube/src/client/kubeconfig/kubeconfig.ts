/** Finds the configuration as kubectl does (a given file, `KUBECONFIG`, `~/.kube/config`, the pod) and reads it. */
import { delimiter, join, resolve } from 'node:path';
import { thrownMessage } from '@weft/core';
import type { ClusterConnection } from '../connection.ts';
import { parseCluster } from './cluster.ts';
import type { ConfigEnvironment } from './environment.ts';
import { loadInCluster } from './in-cluster.ts';
import { kubeconfigError } from './kubeconfig-error.ts';
import { type KubeconfigContent, mergeKubeconfigs, type NamedEntry, parseKubeconfig } from './kubeconfig-file.ts';
import { anonymous, parseUser } from './user-credentials.ts';

/** What the user chose. */
export interface ConnectionChoice {
  /** A file that must exist; without it the usual places are searched. */
  readonly kubeconfig?: string;
  /** A context other than the file's current one. */
  readonly context?: string;
}

/** Finds and reads the configuration; rejects with an error that names file, context and entry. */
export async function loadConnection(
  machine: ConfigEnvironment,
  choice: ConnectionChoice = {},
): Promise<ClusterConnection> {
  const contents = await readFiles(machine, choice);
  const isConfigured = contents.some(({ contexts, clusters }) => contexts.size > 0 || clusters.size > 0);
  if (!isConfigured && choice.kubeconfig === undefined && choice.context === undefined) {
    const inCluster = await loadInCluster(machine);
    if (inCluster !== undefined) return inCluster;
  }
  if (contents.length === 0) {
    throw kubeconfigError(
      'kubeconfig',
      `no configuration found in ${searchPath(machine).join(', ')}`,
      'name a file by --kubeconfig',
    );
  }
  return connectionOf(mergeKubeconfigs(contents), choice.context, machine);
}

/** The files that are searched, first wins. */
function searchPath(machine: ConfigEnvironment): readonly string[] {
  const listed = (machine.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? listed : [join(machine.homeDir, '.kube', 'config')];
}

async function readFiles(machine: ConfigEnvironment, choice: ConnectionChoice): Promise<KubeconfigContent[]> {
  const given = choice.kubeconfig;
  const contents: KubeconfigContent[] = [];
  for (const path of given === undefined ? searchPath(machine) : [given]) {
    const file = resolve(path);
    try {
      contents.push(parseKubeconfig(file, await machine.readText(file)));
    } catch (thrown) {
      const isMissing = (thrown as NodeJS.ErrnoException).code === 'ENOENT';
      // Files of a search path may be missing, as for kubectl.
      if (isMissing && given === undefined) continue;
      if ((thrown as NodeJS.ErrnoException).syscall === undefined) throw thrown;
      throw kubeconfigError(file, `cannot be read: ${thrownMessage(thrown)}`, undefined, thrown);
    }
  }
  return contents;
}

function connectionOf(
  content: KubeconfigContent,
  chosen: string | undefined,
  machine: ConfigEnvironment,
): ClusterConnection {
  const files = content.files.join(', ');
  const contextName = chosen ?? content.currentContext;
  if (contextName === undefined) {
    throw kubeconfigError(
      files,
      'names no current context',
      `choose one of ${listNames(content.contexts)} by --context`,
    );
  }
  const context = find(content.contexts, contextName, `${files}: context`);
  const where = `${context.file}: context "${contextName}"`;
  const cluster = find(content.clusters, context.fields.requiredText('cluster'), `${where}: cluster`);
  const userName = context.fields.text('user');
  const namespace = context.fields.text('namespace') ?? 'default';
  context.fields.skip('extensions');
  const server = parseCluster(cluster, machine);
  const user =
    userName === undefined
      ? { source: anonymous, impersonation: undefined, warnings: [] }
      : parseUser(find(content.users, userName, `${where}: user`), server.describe, machine);
  return {
    origin: `context "${contextName}" of ${context.file}`,
    ...server.connection,
    namespace,
    credentials: user.source,
    ...(user.impersonation === undefined ? {} : { impersonation: user.impersonation }),
    warnings: [...content.warnings, ...context.fields.unread(), ...cluster.fields.unread(), ...user.warnings],
  };
}

function find(entries: ReadonlyMap<string, NamedEntry>, name: string, what: string): NamedEntry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  throw kubeconfigError(what, `"${name}" does not exist`, `there are ${listNames(entries)}`);
}

function listNames(entries: ReadonlyMap<string, NamedEntry>): string {
  const names = [...entries.keys()].slice(0, 20);
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
}
