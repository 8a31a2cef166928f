/** What real kubectls send (`e2e/corpus`), bodies in protobuf included, as cases of their own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CorpusBody, type CorpusExchange, parseCorpus } from '../../corpus/format.ts';
import { del, type OracleCase, SPACE, type Step } from '../case.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'corpus', 'testdata');
/** The oldest client and the newest. */
const FILES = ['kubectl-1.27.json', 'kubectl-1.36.json'];
/** The namespace of the recorded commands. */
const RECORDED = 'bookinfo';
/** Whoever asks, what is in the whole cluster, and what controllers and nodes do, differs from server to server. */
const ELSEWHERE =
  /^kubectl (?:auth|explain|run|top|get (?:ns|events|all)|delete ns|create (?:clusterrole\w*|priorityclass|ns)|wait|rollout|label ns|delete crd)\b| -A\b| crd\b| -w$/;
const RESOURCE = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/[^/?]/;

/** The requests of each client in order. */
export const corpusCases: readonly OracleCase[] = FILES.map((file) => {
  const { client, steps } = parseCorpus(readFileSync(join(FOLDER, file), 'utf8'));
  const converted: Step[] = [];
  /** Name of a value in the corpus to the place in an earlier answer that it comes from. */
  const places = new Map<string, string>();
  for (const { command, exchanges } of steps) {
    if (ELSEWHERE.test(command)) continue;
    for (const { request, expect, capture } of exchanges) {
      if (!RESOURCE.test(request.path) || expect.events !== undefined || isElsewhere(request)) continue;
      for (const [name, pointer] of Object.entries(capture)) places.set(name, `{${converted.length}${pointer}}`);
      converted.push(stepOf(request, places));
    }
  }
  const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{ns}.example.com';
  converted.push(del(definition, undefined, { pick: ({ kind }: { kind: string }) => kind }));
  return { name: client, steps: converted };
});

/** Accounts come from a controller, and a weight below nothing is refused by the mesh's own webhook where it has one. */
function isElsewhere({ path, body }: CorpusExchange['request']): boolean {
  return /\/serviceaccounts\?/.test(path) || /"weight":-1\b/.test(JSON.stringify(body ?? null));
}

function stepOf({ method, path, headers, body }: CorpusExchange['request'], places: ReadonlyMap<string, string>): Step {
  const text = (given: string): string =>
    given
      .replaceAll(/\{\{([\w-]+)\}\}/g, (_, name: string) => places.get(name) ?? '')
      .replaceAll(RECORDED, '{ns}')
      .replaceAll('example.com', '{ns}.example.com');
  // Newer clients would rather be answered in protobuf, which says nothing more.
  const accept = (headers['accept'] ?? '*/*').replace(/application\/vnd\.kubernetes\.protobuf[^,]*,\s*/, '');
  const step = { method, path: text(path), headers: { ...headers, accept } };
  return body === undefined ? step : { ...step, body: bodyOf(body, text) };
}

function bodyOf(body: CorpusBody, text: (given: string) => string): unknown {
  // Lengths stand in protobuf, so the name that takes the place of another is as long.
  if ('base64' in body) {
    return Buffer.from(Buffer.from(body.base64, 'base64').toString('latin1').replaceAll(RECORDED, SPACE), 'latin1');
  }
  return text('text' in body ? body.text : JSON.stringify(body.json));
}
