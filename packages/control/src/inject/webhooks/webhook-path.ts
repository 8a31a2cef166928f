/** What the path of the webhook's address says about the pods that come by it. */

/** Short words for variables that multi-cluster installations set. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['cluster', 'ISTIO_META_CLUSTER_ID'],
  ['net', 'ISTIO_META_NETWORK'],
]);
const PREFIX = '/inject';
const OLD_MARK = ':ENV:';
/** Paths cannot hold slashes within a value. */
const SLASH = '--slash--';
const MAX_VARIABLES = 100;

/**
 * Variables of the proxy: `/inject/cluster/east/net/n1`, or `/inject/:ENV:NAME=value:ENV:…` as it was once. Words that are
 * not known are names of variables. Undefined for a path that is not about injection.
 */
export function parseWebhookPath(path: string): Readonly<Record<string, string>> | undefined {
  if (path !== PREFIX && !path.startsWith(`${PREFIX}/`)) return undefined;
  const rest = decode(path.slice(PREFIX.length + 1).replace(/\/$/, ''));
  if (rest === undefined) return undefined;
  const pairs = rest.startsWith(OLD_MARK) ? oldPairs(rest) : newPairs(rest);
  return Object.fromEntries(pairs.slice(0, MAX_VARIABLES));
}

function newPairs(text: string): [string, string][] {
  const parts = text.split('/');
  const pairs: [string, string][] = [];
  // A last word without a value says nothing.
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const word = parts[i]!;
    if (word !== '') pairs.push([variableOf(word), parts[i + 1]!.replaceAll(SLASH, '/')]);
  }
  return pairs;
}

function oldPairs(text: string): [string, string][] {
  return text.split(OLD_MARK).flatMap((part): [string, string][] => {
    const at = part.indexOf('=');
    return at <= 0 ? [] : [[variableOf(part.slice(0, at)), part.slice(at + 1)]];
  });
}

function variableOf(word: string): string {
  return WORDS.get(word) ?? word.toUpperCase();
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error: unknown) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
