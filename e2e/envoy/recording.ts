/** The recorded answers of a case: one file each in `testdata/`, with everything that was asked. */
import type { EnvoyCase, Exchange, Fields, Observed, Received } from './case.ts';
import type { CaseObservations } from './run-case.ts';

/** A case with the answers of a real Envoy. */
export interface Recording {
  readonly name: string;
  /** Who answered, with its version. */
  readonly subject: string;
  readonly backends: EnvoyCase['backends'];
  readonly bootstrap: string;
  readonly exchanges: readonly { readonly asked: Exchange; readonly got: Observed }[];
  readonly stats: CaseObservations['stats'];
}

/** Joins a case with what was observed. */
export function createRecording(given: EnvoyCase, subject: string, observed: CaseObservations): Recording {
  return {
    name: given.name,
    subject,
    backends: given.backends,
    bootstrap: given.bootstrap,
    exchanges: given.exchanges.map((asked, i) => ({ asked, got: observed.exchanges[i]! })),
    stats: observed.stats,
  };
}

/** The text of a recording: the bootstrap by lines, a question and an answer on one line each, so that versions can be compared. */
export function formatRecording({ bootstrap, exchanges, ...rest }: Recording): string {
  const head = JSON.stringify({ ...rest, bootstrap: bootstrap.split('\n') }, undefined, 1).slice(0, -2);
  const lines = exchanges.map(
    ({ asked, got }) => `  {\n   "asked": ${JSON.stringify(asked)},\n   "got": ${JSON.stringify(got)}\n  }`,
  );
  return `${head},\n "exchanges": [\n${lines.join(',\n')}\n ]\n}\n`;
}

/** Reads a recording. */
export function parseRecording(text: string): Recording {
  const parsed = JSON.parse(text) as Omit<Recording, 'bootstrap'> & { bootstrap: readonly string[] };
  return { ...parsed, bootstrap: parsed.bootstrap.join('\n') };
}

/** Where two observations of one exchange differ, in words; header fields may come in any order of their names. */
export function differences(expected: Observed, actual: Observed): readonly string[] {
  const found: string[] = [];
  compare('received', expected.received.map(sorted), actual.received.map(sorted), found);
  compare('arrived', byBackend(expected.arrived), byBackend(actual.arrived), found);
  compare('log', expected.log, actual.log, found);
  return found;
}

/** What reaches different backends, such as a mirror, comes in any order. */
function byBackend(arrived: Observed['arrived']): Observed['arrived'] {
  return arrived.map(sorted).toSorted((a, b) => (a.backend < b.backend ? -1 : a.backend > b.backend ? 1 : 0));
}

/** Fields of different names may change places; those of one name may not. */
function sorted<T extends Received | { readonly headers?: Fields }>(message: T): T {
  if (!('headers' in message) || message.headers === undefined) return message;
  return { ...message, headers: message.headers.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)) };
}

function compare(path: string, expected: unknown, actual: unknown, found: string[]): void {
  if (JSON.stringify(expected) === JSON.stringify(actual)) return;
  const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;
  if (!isNested(expected) || !isNested(actual) || isField(expected) || isField(actual)) {
    found.push(`${path}: expected ${JSON.stringify(expected)}, not ${JSON.stringify(actual)}`);
    return;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    compare(
      `${path}.${key}`,
      (expected as Record<string, unknown>)[key],
      (actual as Record<string, unknown>)[key],
      found,
    );
  }
}

function isField(value: object): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
}
