/** Pages of the debug interface: what the control plane thinks, as JSON. */
import type { Finding, MeshSnapshot } from '../mesh/index.ts';
import type { ConnectedProxy } from '../push/distributor.ts';

/** What pages show. */
export interface DebugSubject {
  readonly snapshot: MeshSnapshot;
  /** Proxies that are connected. */
  proxies(): Iterable<ConnectedProxy>;
  /** Proxies that have not been given the newest snapshot. */
  readonly dueCount: number;
  /** What is wrong with the user's objects. */
  findings(): readonly Finding[];
}

/** What a page says: data for JSON, or why it has none. */
export type DebugAnswer =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly status: 400 | 404; readonly message: string };

/** One page. */
export interface DebugPage {
  /** Below `/debug/`. */
  readonly name: string;
  readonly summary: string;
  /** Names of the query parameters with what they do. */
  readonly parameters: Readonly<Record<string, string>>;
  answer(subject: DebugSubject, query: URLSearchParams): DebugAnswer;
}

/** Data for JSON. */
export function json(value: unknown): DebugAnswer {
  return { kind: 'json', value };
}

/** The proxy that the query names; a refusal that says which there are when there is none. */
export function proxyIn(subject: DebugSubject, query: URLSearchParams): ConnectedProxy | DebugAnswer {
  const wanted = query.get('proxyID') ?? '';
  if (wanted === '') return { kind: 'refusal', status: 400, message: 'say which proxy: ?proxyID=NAME.NAMESPACE' };
  const known: string[] = [];
  for (const one of subject.proxies()) {
    if (one.proxy.id === wanted) return one;
    known.push(one.proxy.id);
  }
  const message = `no proxy ${wanted} is connected here; connected are: ${known.slice(0, MOST_NAMED).join(', ') || 'none'}`;
  return { kind: 'refusal', status: 404, message };
}

const MOST_NAMED = 20;
