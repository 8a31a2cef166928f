/**
 * Our proxy is asked what a real Envoy was asked, and answers the same, but for what `subject/weft-differences.ts` lists with its
 * reason. An entry that is no longer true is told of in the test's output: take it out.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import type { EnvoyCase } from './case.ts';
import { CASES } from './cases/all.ts';
import { differences, parseRecording } from './recording.ts';
import { runCase } from './run-case.ts';
import { weftSubject } from './subject/weft.ts';
import { DIFFERENCES, EVERYWHERE, type KnownDifferences } from './subject/weft-differences.ts';

/** The case as the proxy can be asked it: without what it refuses. */
function adapt(given: EnvoyCase, { leftOut = {}, skipped = {} }: KnownDifferences): EnvoyCase {
  const bootstrap = parse(given.bootstrap, { version: '1.1' }) as {
    static_resources: { listeners: { name: string }[] };
  };
  // From the end, so that the places of the others stay what they are.
  for (const path of Object.keys(leftOut).toSorted(byPlace).toReversed()) remove(bootstrap, path);
  const listeners = new Set(bootstrap.static_resources.listeners.map(({ name }) => name));
  const text = stringify(bootstrap, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
  const exchanges = given.exchanges.filter(
    ({ name, listener = 'main' }) => listeners.has(listener) && !Object.hasOwn(skipped, name),
  );
  // Words with `$` stand for numbers: no quotes around them.
  return { ...given, bootstrap: text.replace(/"(\$PORT_\w+)"/g, '$1'), exchanges };
}

function byPlace(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Removes the field or element at a path such as `a.b[0].c`. */
function remove(root: unknown, path: string): void {
  const parts = path.match(/[^.[\]]+/g) ?? [];
  const last = parts.pop()!;
  let at = root as Record<string, unknown>;
  for (const part of parts) {
    assert.ok(at[part] !== undefined, `${path}: there is no ${part}`);
    at = at[part] as Record<string, unknown>;
  }
  if (Array.isArray(at)) at.splice(Number(last), 1);
  else delete at[last];
}

for (const given of CASES) {
  const known = DIFFERENCES[given.name] ?? {};
  test(`our proxy answers ${given.name} as Envoy does`, { timeout: 60_000 }, async (t) => {
    const file = join(import.meta.dirname, 'testdata', `${given.name}.json`);
    const recording = parseRecording(readFileSync(file, 'utf8'));
    const expected = new Map(recording.exchanges.map(({ asked, got }) => [asked.name, got]));
    const adapted = adapt(given, known);
    const observed = await runCase(weftSubject(), adapted);
    const unlisted: string[] = [];
    let differing = 0;
    const gone = new Set(Object.keys(known.differs ?? {}));
    for (const [i, { name }] of adapted.exchanges.entries()) {
      const found = differences(expected.get(name)!, observed.exchanges[i]!).filter(
        (difference) => !EVERYWHERE.some(({ pattern }) => pattern.test(difference)),
      );
      if (found.length === 0) continue;
      differing += 1;
      if (!gone.delete(name)) unlisted.push(...found.map((difference) => `${name}: ${difference}`));
    }
    assert.deepEqual(unlisted, []);
    const count = adapted.exchanges.length;
    t.diagnostic(`${count - differing} of ${count} exchanges agree`);
    for (const name of gone) t.diagnostic(`no longer different, take it out of the list: ${name}`);
    if (known.stats === undefined) assert.deepEqual(observed.stats, recording.stats);
  });
}
