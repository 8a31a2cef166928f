/** Where commands read what a proxy runs: its admin interface, or a file. */
import { parseJson, UserError } from '@weft/core';
import { type ConfigDump, readDump } from '../config-dump/read-dump.ts';
import type { CommandContext } from '../framework/context.ts';
import { arg, flag } from '../framework/flags.ts';
import { askJson, type Question } from './ask-http.ts';
import { readInput } from './read-input.ts';

/** The argument of commands that look at one proxy. */
export const proxyArgs = {
  pod: arg.optional('the pod whose proxy is asked, as NAME, NAME.NAMESPACE or pod/NAME'),
} as const;

/** The address of the admin interface. */
export const adminFlag = {
  admin: flag.string({
    description: 'admin interface of the proxy; http://127.0.0.1:15000 unless a pod or a file is named',
    placeholder: 'URL',
  }),
} as const;

/** The flags of commands that look at one proxy. */
export const proxyFlags = {
  ...adminFlag,
  file: flag.file({ description: 'dump of a proxy, or - for standard input', short: 'f' }),
} as const;

/** What the arguments say. */
export interface ProxySource {
  readonly pod: string | undefined;
  readonly admin: string | undefined;
  readonly file?: string | undefined;
}

const DEFAULT_ADMIN = 'http://127.0.0.1:15000';
const DUMP_PATH = '/config_dump?include_eds';
const CLUSTERS_PATH = '/clusters?format=json';

/** A file may be as large as the answer that it was made of. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;

/** The dump of a proxy. */
export async function readProxyDump(source: ProxySource, context: CommandContext): Promise<ConfigDump> {
  const { value, where } = await readProxyJson(source, DUMP_PATH, context);
  const dump = readDump(value);
  if (dump.kind === 'ok') return dump.value;
  throw new UserError(`${where} ${dump.error}`, { hint: `make one with curl 'ADDRESS${DUMP_PATH}'` });
}

/** The hosts of a proxy's clusters from its admin interface; from a file whatever is there: hosts, or a dump. */
export async function readProxyClusters(
  source: ProxySource,
  context: CommandContext,
): Promise<{ readonly value: unknown; readonly where: string }> {
  return readProxyJson(source, CLUSTERS_PATH, context);
}

/** What to ask of the admin interface; refuses what cannot be reached. */
export function adminQuestion(source: ProxySource, path: string, context: CommandContext): Question {
  if (source.pod !== undefined) throw podRefusal(source.pod, context);
  const base = source.admin ?? DEFAULT_ADMIN;
  return { base, path, who: 'the proxy', hint: 'name its admin interface with --admin, or a dump with -f' };
}

async function readProxyJson(
  source: ProxySource,
  path: string,
  context: CommandContext,
): Promise<{ readonly value: unknown; readonly where: string }> {
  const { pod, admin, file } = source;
  const given = [
    pod === undefined ? '' : `pod ${pod}`,
    admin === undefined ? '' : '--admin',
    file === undefined ? '' : '-f',
  ];
  const named = given.filter((each) => each !== '');
  if (named.length > 1) throw new UserError(`${named.join(' and ')} name two proxies: give one of them`);
  if (file === undefined) {
    const question = adminQuestion(source, path, context);
    return { value: await askJson(question, context), where: question.base };
  }
  const where = file === '-' ? 'standard input' : file;
  const parsed = parseJson(await readInput(file, context, MAX_FILE_BYTES));
  if (parsed.kind === 'ok') return { value: parsed.value, where };
  throw new UserError(`${where} is not JSON: ${parsed.error.message}`);
}

/** Pods are reached through the cluster's port-forward, which our client of it does not speak. */
function podRefusal(pod: string, context: CommandContext): UserError {
  const [name = '', ...rest] = pod.replace(/^pods?\//, '').split('.');
  const namespace = rest.length > 0 ? rest.join('.') : context.namespace;
  const place = namespace === undefined ? '' : `-n ${namespace} `;
  return new UserError(`weft cannot forward ports of pods, so it cannot ask the proxy of ${pod}`, {
    hint: `run "kubectl port-forward ${place}pod/${name} 15000" beside it, and leave the pod out here`,
  });
}
