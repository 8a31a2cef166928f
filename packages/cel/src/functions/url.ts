/** URLs. */
import { CelError } from '../errors.ts';
import { listOf, mapOf, T } from '../types.ts';
import { CelMap, CelUrl } from '../values.ts';
import { fn, method, on } from './define.ts';

/** As in Kubernetes, a URL is absolute or begins with a slash. */
function parseUrl(text: string): CelUrl | undefined {
  const base = text.startsWith('/') ? 'relative://' : undefined;
  if (/\s/.test(text) || !URL.canParse(text, base)) return undefined;
  return new CelUrl(new URL(text, base), text);
}

function isRelative(url: CelUrl): boolean {
  return url.text.startsWith('/');
}

function hostOf(url: CelUrl): string {
  if (isRelative(url)) return '';
  // The parser drops a default port, which the text had.
  return /^[^:]+:\/\/(?:[^/?#@]*@)?([^/?#]*)/.exec(url.text)?.[1] ?? url.url.host;
}

function portOf(url: CelUrl): string {
  return /:(\d+)$/.exec(hostOf(url))?.[1] ?? '';
}

function queryOf(url: CelUrl): CelMap {
  const query = new CelMap();
  for (const name of new Set(url.url.searchParams.keys())) query.set(name, url.url.searchParams.getAll(name));
  return query;
}

/** URLs. */
export const urlFunctions = [
  fn(
    'url',
    on<[string]>(['string'], 'url', ([text]) => {
      const url = parseUrl(text);
      if (url === undefined)
        throw new CelError(`URL parse error during conversion from string: invalid URL ${JSON.stringify(text)}`);
      return url;
    }),
  ),
  fn(
    'isURL',
    on<[string]>(['string'], 'bool', ([text]) => parseUrl(text) !== undefined),
  ),
  method(
    'getScheme',
    on<[CelUrl]>(['url'], 'string', ([url]) => (isRelative(url) ? '' : url.url.protocol.slice(0, -1))),
  ),
  method(
    'getHost',
    on<[CelUrl]>(['url'], 'string', ([url]) => hostOf(url)),
  ),
  method(
    'getHostname',
    on<[CelUrl]>(['url'], 'string', ([url]) =>
      hostOf(url)
        .replace(/:\d*$/, '')
        .replace(/^\[|\]$/g, ''),
    ),
  ),
  method(
    'getPort',
    on<[CelUrl]>(['url'], 'string', ([url]) => portOf(url)),
  ),
  method(
    'getEscapedPath',
    on<[CelUrl]>(['url'], 'string', ([url]) =>
      url.url.pathname === '/' && !/^[^:]*:\/\/[^/]*\//.test(url.text) && !isRelative(url) ? '' : url.url.pathname,
    ),
  ),
  method(
    'getQuery',
    on<[CelUrl]>(['url'], mapOf(T.string, listOf(T.string)), ([url]) => queryOf(url)),
  ),
];
