import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { transformModule } from './transform-module.ts';

const names = {
  imported: (specifier: string) => ({ exports: `of('${specifier}')`, defaultExport: `of('${specifier}').$default` }),
  importedLater: (specifier: string) => `later('${specifier}')`,
};

/** What the module exports when `a` has the members that are given. */
function run(source: string, members: object = {}): Record<string, unknown> {
  const { body, exports } = transformModule('/x/m.ts', source, names);
  const script = `'use strict'; ((of, later) => { ${body}\nreturn { ${exports.join(', ')} }; })`;
  const create = vm.runInThisContext(script) as (of: () => object, later: (name: string) => string) => object;
  return {
    ...create(
      () => members,
      (name) => `later ${name}`,
    ),
  };
}

test('imports of every form are read from the exports of the other module', () => {
  const source = `import whole, { one, type Type, two as second } from './a.ts';
import type { Other } from './a.ts';
import * as all from './a.ts';
import {
  three,
} from './a.ts';
export const seen = [whole, one, second, three, all.one] as readonly (Type | Other | number)[];
`;
  const members = { $default: 0, one: 1, two: 2, three: 3 };
  assert.deepEqual(run(source, members), { seen: [0, 1, 2, 3, 1] });
});

test('exports of every form are members', () => {
  const source = `export const a = 1;
export function b(): number { return 2; }
export async function c() {}
export class D { readonly x: number = 4; }
export   function* e() { yield 5; }
const f = 6, g = 7;
export { f, g as h };
export { one as i, default as j } from './a.ts';
export * from './a.ts';
export * as k from './a.ts';
export type T = 1;
export interface I { readonly x: 1 }
export default a;
`;
  const exported = run(source, { $default: 0, one: 1 });
  assert.deepEqual(Object.keys(exported).sort(), ['$default', 'D', 'a', 'b', 'c', 'e', 'f', 'h', 'i', 'j', 'k', 'one']);
  assert.deepEqual([exported['$default'], exported['h'], exported['i'], exported['j']], [1, 7, 1, 0]);
});

test('what a module knows of itself, and what it imports later', () => {
  const source = `export const seen = [import.meta.url, import.meta.dirname];
export const load = () => import('./b.ts');
`;
  const exported = run(source);
  assert.deepEqual(exported['seen'], ['file:///x/m.ts', '/x']);
  assert.equal((exported['load'] as () => unknown)(), 'later ./b.ts');
});

test('lines stay where they are, and comments go, but not what looks like one in a template', () => {
  const source = `// a comment
/** One
 *  that is long */
export const a = 'x // y';
    // indented
export const b = 2; // behind
`;
  const { body } = transformModule('/x/m.ts', source, names);
  assert.equal(body, "\n\n\nconst a = 'x // y';\n\nconst b = 2; // behind\n");
  const template = 'export const t = `\n// no comment\n  /* nor this */\n`;\n';
  assert.equal(run(template)['t'], '\n// no comment\n  /* nor this */\n');
});

test('what it does not know is refused by name', () => {
  assert.throws(
    () => transformModule('/x/m.ts', 'export let a = 1;\n', names),
    /\/x\/m\.ts: cannot be packed: export let a/,
  );
  assert.throws(() => transformModule('/x/m.ts', "import './a.ts';\n", names), /cannot be packed: import '\.\/a\.ts'/);
});
