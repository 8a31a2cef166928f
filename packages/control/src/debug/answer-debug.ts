/** From a path to the answer of the debug interface. */
import type { DebugAnswer, DebugSubject } from './debug-page.ts';
import { debugPages } from './pages/all.ts';

const BASE = '/debug';
/** Names that Istio's pages have beside ours. */
const ALIASES: ReadonlyMap<string, string> = new Map(Object.entries({ pushstatus: 'push_status' }));

/** The answer to a request below `/debug`; undefined for other paths. */
export function answerDebug(target: string, subject: DebugSubject): DebugAnswer | undefined {
  const { pathname, searchParams } = new URL(target, 'http://debug');
  if (pathname !== BASE && !pathname.startsWith(`${BASE}/`)) return undefined;
  const name = pathname.slice(BASE.length + 1);
  if (name === '') return { kind: 'json', value: index() };
  const page = debugPages.find((one) => one.name === (ALIASES.get(name) ?? name));
  if (page === undefined) {
    const names = debugPages.map((one) => one.name).join(', ');
    return { kind: 'refusal', status: 404, message: `there is no page ${name}; there are: ${names}` };
  }
  const unknown = [...searchParams.keys()].find((key) => !Object.hasOwn(page.parameters, key));
  if (unknown === undefined) return page.answer(subject, searchParams);
  const known = Object.keys(page.parameters).join(', ') || 'none';
  return { kind: 'refusal', status: 400, message: `${name} has no parameter ${unknown}; it has: ${known}` };
}

function index(): object {
  return debugPages.map(({ name, summary, parameters }) => ({ path: `${BASE}/${name}`, summary, parameters }));
}
