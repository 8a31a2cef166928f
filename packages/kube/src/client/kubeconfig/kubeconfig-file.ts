/** One kubeconfig file, and several merged into one as kubectl does: whatever is named first wins. */
import { dirname, resolve } from 'node:path';
import { thrownMessage } from '@weft/core';
import { parseDocument } from 'yaml';
import { Fields } from './fields.ts';
import { kubeconfigError } from './kubeconfig-error.ts';

/** A named cluster, user or context, and the file it stands in. */
export interface NamedEntry {
  readonly name: string;
  readonly file: string;
  readonly fields: Fields;
}

/** The content of one or more files. */
export interface KubeconfigContent {
  readonly files: readonly string[];
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, NamedEntry>;
  readonly users: ReadonlyMap<string, NamedEntry>;
  readonly contexts: ReadonlyMap<string, NamedEntry>;
  readonly warnings: readonly string[];
}

/** Aliases in YAML multiply; a kubeconfig needs few. */
const MAX_ALIASES = 100;

/** Reads the text of one file. */
export function parseKubeconfig(file: string, text: string): KubeconfigContent {
  const top = new Fields(file, parseYaml(file, text), ': ');
  const kind = top.text('kind');
  if (kind !== undefined && kind !== 'Config') throw top.error('kind', `is "${kind}", not "Config"`);
  const version = top.text('apiVersion');
  if (version !== undefined && version !== 'v1') throw top.error('apiVersion', `is "${version}", not "v1"`);
  top.skip('preferences', 'extensions');
  return {
    files: [file],
    currentContext: top.text('current-context'),
    clusters: entries(top, file, 'clusters', 'cluster'),
    users: entries(top, file, 'users', 'user'),
    contexts: entries(top, file, 'contexts', 'context'),
    warnings: top.unread(),
  };
}

/** Puts files together. */
export function mergeKubeconfigs(contents: readonly KubeconfigContent[]): KubeconfigContent {
  const merge = (pick: (content: KubeconfigContent) => ReadonlyMap<string, NamedEntry>) =>
    new Map(contents.toReversed().flatMap((content) => [...pick(content)]));
  return {
    files: contents.flatMap((content) => content.files),
    currentContext: contents.find((content) => content.currentContext !== undefined)?.currentContext,
    clusters: merge((content) => content.clusters),
    users: merge((content) => content.users),
    contexts: merge((content) => content.contexts),
    warnings: contents.flatMap((content) => content.warnings),
  };
}

/** A path in a file is relative to the folder of that file. */
export function resolveBeside(file: string, path: string): string {
  return resolve(dirname(file), path);
}

function parseYaml(file: string, text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) throw kubeconfigError(file, `is not YAML: ${error.message.split('\n')[0]}`);
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (thrown) {
    throw kubeconfigError(file, `is not YAML that can be read: ${thrownMessage(thrown)}`, undefined, thrown);
  }
}

function entries(top: Fields, file: string, list: string, body: string): Map<string, NamedEntry> {
  const found = new Map<string, NamedEntry>();
  for (const entry of top.each(list)) {
    const name = entry.requiredText('name');
    // Within one file, too, the first entry of a name wins.
    if (found.has(name)) continue;
    found.set(name, { name, file, fields: entry.fields(body, `${file}: ${body} "${name}"`) });
  }
  return found;
}
