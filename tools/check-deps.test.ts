import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkWorkspace } from './deps/check.ts';
import { loadWorkspace } from './deps/workspace.ts';

type Tree = Readonly<Record<string, string | object>>;

function api(dependencies: Readonly<Record<string, string>>): Tree {
  const exports = { '.': './src/index.ts', './kinds/*': './src/kinds/*.ts' };
  return { 'packages/api/package.json': { name: '@weft/api', exports, weft: { level: '1' }, dependencies } };
}

/** Three packages in a row of levels, with test support, as a background for one offence. */
const BASE: Tree = {
  'package.json': { name: 'root', devDependencies: { 'fast-check': '1.0.0' } },
  'packages/core/package.json': { name: '@weft/core', exports: { '.': './src/index.ts' }, weft: { level: '0' } },
  'packages/core/src/index.ts': "export * from './clock.ts';\n",
  'packages/core/src/clock.ts': 'export const now = (): number => Date.now();\n',
  ...api({ '@weft/core': '0.1.0' }),
  'packages/api/src/index.ts': "export { a } from './a.ts';\n",
  'packages/api/src/a.ts': "import { now } from '@weft/core';\nexport const a = now;\n",
  'packages/kube/package.json': {
    name: '@weft/kube',
    exports: { '.': './src/index.ts' },
    weft: { level: '2', roots: ['src/main.ts'], separate: [['src/client', 'src/server']] },
    dependencies: { ws: '8.0.0', '@weft/api': '0.1.0' },
    devDependencies: { oracle: '1.0.0' },
  },
  'packages/kube/src/index.ts': 'export {};\n',
  'packages/testkit/package.json': {
    name: '@weft/testkit',
    exports: { '.': './src/index.ts' },
    weft: { level: 'T' },
    dependencies: { '@weft/core': '0.1.0' },
  },
  'packages/testkit/src/index.ts': "export * from './fake.ts';\n",
  'packages/testkit/src/fake.ts': "import { now } from '@weft/core';\nexport const fake = now;\n",
  'tools/run.ts': "import { now } from '@weft/core';\nnow();\n",
};

/** The lockfile that npm would write for the tree's manifests. */
function lockOf(tree: Tree): object {
  const manifests = Object.entries(tree).filter(([file]) => path.posix.basename(file) === 'package.json');
  return {
    packages: Object.fromEntries(
      manifests.map(([file, content]) => [path.posix.dirname(file).replace(/^\.$/, ''), content]),
    ),
  };
}

/** Writes the tree and returns the findings as `file:line rule message`. */
function check(t: TestContext, tree: Tree): string[] {
  const root = mkdtempSync(path.join(tmpdir(), 'weft-deps-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const full = { ...BASE, ...tree };
  for (const [file, content] of Object.entries({ 'package-lock.json': lockOf(full), ...full })) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return checkWorkspace(loadWorkspace(root)).map(
    ({ file, line, rule, message }) => `${file}:${line} ${rule} ${message}`,
  );
}

/** A case is one changed file and what must be said about it. */
function refuses(title: string, tree: Tree, ...expected: RegExp[]): void {
  it(`refuses ${title}`, (t) => {
    const findings = check(t, tree);
    assert.equal(findings.length, expected.length, findings.join('\n'));
    for (const [index, pattern] of expected.entries()) assert.match(findings[index]!, pattern);
  });
}

function accepts(title: string, tree: Tree): void {
  it(`accepts ${title}`, (t) => {
    assert.deepEqual(check(t, tree), []);
  });
}

describe('levels', () => {
  accepts('a clean tree', {});
  refuses(
    'an import of a higher level, type-only too',
    {
      ...api({ '@weft/core': '0.1.0', '@weft/kube': '0.1.0' }),
      'packages/api/src/b.ts': "import type { K } from '@weft/kube';\nexport type B = K;\n",
    },
    /b\.ts:1 levels imports @weft\/kube \(level 2\) from @weft\/api \(level 1\)/,
  );
  const second = (weft: object) => ({
    'packages/id/package.json': {
      name: '@weft/id',
      exports: { '.': './src/index.ts' },
      weft,
      dependencies: { '@weft/api': '0.1.0' },
    },
    'packages/id/src/index.ts': "export * from './x.ts';\n",
    'packages/id/src/x.ts': "import { a } from '@weft/api';\nexport const x = a;\n",
  });
  refuses(
    'an undeclared import of the same level',
    second({ level: '1' }),
    /x\.ts:1 levels .*same level 1: declare it/,
  );
  accepts('a declared import of the same level', second({ level: '1', sameLevel: { '@weft/api': 'shares names' } }));
  refuses(
    'test support in what ships',
    { 'packages/kube/src/x.ts': "import { fake } from '@weft/testkit';\nfake();\n" },
    /x\.ts:1 levels imports @weft\/testkit: test support/,
    /x\.ts:1 dependencies imports @weft\/testkit/,
  );
  accepts('test support in tests', {
    'packages/kube/src/x.test.ts': "import { fake } from '@weft/testkit';\nfake();\n",
    'packages/kube/src/test-support/w.ts': "import { fake } from '@weft/testkit';\nfake();\n",
    'packages/kube/test/y.test.ts': "import { fake } from '@weft/testkit';\nfake();\n",
    'e2e/z.test.ts': "import { fake } from '@weft/testkit';\nfake();\n",
  });
  refuses(
    'Kubernetes in the proxy',
    {
      'packages/proxy/package.json': {
        name: '@weft/proxy',
        exports: { '.': './src/x.ts' },
        weft: { level: '3' },
        dependencies: { '@weft/api': '0.1.0' },
      },
      'packages/proxy/src/x.ts': "import { a } from '@weft/api';\na();\n",
    },
    /x\.ts:1 levels imports @weft\/api: @weft\/proxy must not know of it/,
  );
});

describe('boundaries', () => {
  refuses(
    'a subpath that the other package does not export',
    { 'packages/kube/src/x.ts': "import { a } from '@weft/api/src/a.ts';\na();\n" },
    /boundaries imports @weft\/api\/src\/a\.ts: @weft\/api exports no \.\/src\/a\.ts/,
  );
  accepts('a subpath that matches an exported pattern', {
    'packages/kube/src/x.ts': "import { a } from '@weft/api/kinds/pod';\na();\n",
  });
  refuses(
    'a relative path into another package',
    { 'packages/kube/src/x.ts': "import { a } from '../../api/src/a.ts';\na();\n" },
    /boundaries imports .*, which lies outside packages\/kube/,
  );
  refuses(
    'tests imported by what ships',
    {
      'packages/kube/src/x.ts': "import '../test/helper.ts';\n",
      'packages/kube/test/helper.ts': 'export const h = 1;\n',
    },
    /boundaries .*what ships may only import what ships/,
  );
  refuses(
    'imports between separate folders',
    {
      'packages/kube/src/client/c.ts': 'export const c = 1;\n',
      'packages/kube/src/server/s.ts': "import { c } from '../client/c.ts';\nc;\n",
    },
    /s\.ts:1 boundaries imports src\/client from src\/server/,
  );
});

describe('cycles', () => {
  refuses(
    'a cycle of files, naming all of them once',
    {
      'packages/kube/src/x.ts': "import type { Y } from './y.ts';\nexport type X = Y;\n",
      'packages/kube/src/y.ts': "import { z } from './z.ts';\nexport type Y = typeof z;\n",
      'packages/kube/src/z.ts': "import type { X } from './x.ts';\nexport const z: X | 1 = 1;\n",
    },
    /cycles import cycle: \S+x\.ts → \S+y\.ts → \S+z\.ts → \S+x\.ts$/,
  );
  it('refuses a cycle of packages', (t) => {
    const mutual = (name: string, other: string): Tree => ({
      [`packages/${name}/package.json`]: {
        name: `@weft/${name}`,
        exports: { '.': './src/x.ts' },
        weft: { level: '1', sameLevel: { [`@weft/${other}`]: 'needed' } },
        dependencies: { [`@weft/${other}`]: '0.1.0' },
      },
      [`packages/${name}/src/x.ts`]: `import '@weft/${other}';\n`,
    });
    const findings = check(t, { ...mutual('one', 'two'), ...mutual('two', 'one') });
    assert.match(findings.join('\n'), /package cycle: @weft\/one → @weft\/two → @weft\/one/);
    assert.equal(findings.length, 1);
  });
  accepts('a long chain', {
    ...Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`packages/kube/src/c${n}.ts`, `import './c${n + 1}.ts';\n`]),
    ),
    'packages/kube/src/c300.ts': 'export {};\n',
  });
});

describe('index files', () => {
  refuses(
    'a statement',
    { 'packages/api/src/index.ts': "export { a } from './a.ts';\nexport const b = 1;\n" },
    /index\.ts:2 index-files/,
  );
  refuses('an import', { 'packages/api/src/index.ts': "import './a.ts';\n" }, /index\.ts:1 index-files/);
  accepts('all forms of re-export', {
    'packages/api/src/index.ts':
      "// comment\nexport * from './a.ts';\nexport type { A } from './a.ts';\nexport * as b from './a.ts';\nexport { a } from './a.ts';\n",
  });
});

describe('dependencies', () => {
  refuses(
    'an npm package nobody declared',
    { 'packages/kube/src/x.ts': "import leftpad from 'left-pad/lib';\nleftpad();\n" },
    /x\.ts:1 dependencies imports left-pad, which packages\/kube\/package\.json does not declare/,
  );
  refuses(
    'a devDependency in what ships',
    { 'packages/kube/src/x.ts': "import o from 'oracle';\no();\n" },
    /x\.ts:1 dependencies imports oracle, only a devDependency/,
  );
  refuses(
    'a workspace package that the manifest does not declare',
    { 'packages/kube/src/x.ts': "import { now } from '@weft/core';\nnow();\n" },
    /x\.ts:1 dependencies imports @weft\/core, which packages\/kube\/package\.json does not declare/,
  );
  accepts('declared packages, devDependencies in tests, and the root devDependencies in tests', {
    'packages/kube/src/x.ts': "import ws from 'ws';\nws();\n",
    'packages/kube/src/x.test.ts': "import o from 'oracle';\nimport fc from 'fast-check';\nfc(o);\n",
  });
});

describe('node modules', () => {
  refuses(
    'sockets outside their folders',
    { 'packages/kube/src/x.ts': "import { connect } from 'node:net';\nconnect();\n" },
    /x\.ts:1 node-modules imports node:net outside the folders/,
  );
  accepts('sockets in their folders and in test support', {
    'packages/kube/src/client/x.ts': "import { request } from 'node:https';\nrequest();\n",
    'packages/testkit/src/echo.ts': "import { createServer } from 'node:http';\ncreateServer();\n",
  });
  refuses(
    'any module of Node in api',
    { 'packages/api/src/x.ts': "import path from 'node:path';\npath;\n" },
    /x\.ts:1 node-modules imports node:path: @weft\/api uses no module of Node/,
  );
  refuses(
    'timers and the environment as modules',
    {
      'packages/kube/src/x.ts':
        "import { scheduler } from 'node:timers/promises';\nimport { env } from 'node:process';\nscheduler.wait(env);\n",
    },
    /x\.ts:1 node-modules imports node:timers\/promises/,
    /x\.ts:2 node-modules imports the environment/,
  );
  const proxy = (code: string) => ({
    'packages/proxy/package.json': { name: '@weft/proxy', exports: { '.': './src/http/x.ts' }, weft: { level: '3' } },
    'packages/proxy/src/http/x.ts': code,
  });
  refuses('node:http in the proxy', proxy("import { request } from 'node:http';\nrequest();\n"), /costs 12 MB/);
  accepts('node:http in the proxy by getBuiltinModule', proxy("process.getBuiltinModule('node:http').request();\n"));
});

describe('globals', () => {
  const offence = (code: string) => ({ 'packages/kube/src/x.ts': `${code}\n` });
  for (const code of [
    'Date.now();',
    'new Date();',
    'new Date;',
    'Date();',
    'globalThis.Date.now();',
    'Date?.now();',
    'setTimeout(f, 1);',
    'const later = setInterval;',
    'globalThis.setTimeout(f, 1);',
    'Math.random();',
    "process['env'].HOME;",
    'process.env.HOME;',
    'console.log(1);',
    '`${Date.now()}`;',
  ]) {
    refuses(code, offence(code), /x\.ts:1 globals uses /);
  }
  for (const code of [
    'new Date(0);',
    'new Date(ms).toISOString();',
    'clock.setTimeout(f, 1);',
    'clock.Date.now();',
    'Math.max(1, 2);',
    'process.pid;',
    'setImmediate(f);',
    'const timer = { setTimeout: f };',
    "const s = 'Date.now()'; // Math.random()",
    'clearTimeout(timer);',
  ]) {
    accepts(code, offence(code));
  }
  accepts('composition roots, tests and tools', {
    'packages/kube/src/main.ts': 'process.env.HOME; Date.now();\n',
    'packages/kube/src/x.test.ts': 'setTimeout(f, Date.now());\n',
    'packages/kube/generate/main.ts': 'process.env.HOME;\n',
    'tools/x.ts': 'setTimeout(f, 1);\n',
  });
});

describe('lockfile', () => {
  refuses(
    'a manifest that npm has not seen',
    { 'package-lock.json': lockOf({ ...BASE, ...api({}) }) },
    /packages\/api\/package\.json:1 lockfile dependencies differ/,
  );
  it('refuses a package that is not locked', (t) => {
    const { 'packages/testkit/package.json': _, ...rest } = BASE;
    const findings = check(t, { 'package-lock.json': lockOf(rest) });
    assert.equal(findings.length, 1);
    assert.match(findings[0]!, /packages\/testkit\/package\.json:1 lockfile is not in package-lock\.json/);
  });
});

describe('file size', () => {
  refuses(
    'more than 800 lines',
    { 'packages/kube/src/x.ts': 'f();\n'.repeat(801) },
    /x\.ts:801 file-size has 801 lines/,
  );
  accepts('800 lines, and more in tests', {
    'packages/kube/src/x.ts': 'f();\n'.repeat(800),
    'packages/kube/src/x.test.ts': 'f();\n'.repeat(2000),
  });
});
