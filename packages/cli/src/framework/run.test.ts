import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MeshError, UserError } from '@weft/core';
import { captureContext } from '../test-support/capture.ts';
import { type AnyCommand, defineCommand, type Example } from './command.ts';
import type { CliContext } from './context.ts';
import { arg, flag } from './flags.ts';
import { tableResult, textResult } from './result.ts';
import { runCommandLine } from './run.ts';
import type { CommandTree } from './tree.ts';

const examples: readonly [Example] = [{ title: 'Do it', command: 'weft do' }];

/** Values that the last command line gave to `do`. */
let seen: Record<string, unknown> = {};

const doIt = defineCommand({
  description: 'Does it.',
  status: 'beta',
  shared: ['output', 'namespace', 'cluster'],
  args: { kind: arg.required('what to do'), more: arg.rest('what else') },
  flags: {
    listen: flag.string({ description: 'where', default: '127.0.0.1:0' }),
    state: flag.directory({ description: 'folder' }),
    filename: flag.list(flag.file({ short: 'f', description: 'files' })),
    replicas: flag.number({ description: 'how many', min: 0, max: 10, default: 1 }),
    weight: flag.number({ description: 'share', fraction: true }),
    timeout: flag.durationMs({ description: 'how long', default: 30_000 }),
    mode: flag.choice(['fast', 'safe'], { description: 'how' }),
    dryRun: flag.boolean({ description: 'only say' }),
    all: flag.boolean({ short: 'A', description: 'everywhere' }),
  },
  passthrough: 'COMMAND',
  examples,
  async run(args, context) {
    seen = { ...args, output: context.output, namespace: context.namespace, kubeconfig: context.kubeconfig };
    return undefined;
  },
});

const list = defineCommand({
  description: 'Lists.',
  status: 'stable',
  shared: ['output'],
  examples,
  run: async () => {
    const rows = [
      { name: 'web', ready: 1, node: 'n1' },
      { name: '機械', ready: 20, node: undefined },
    ];
    return tableResult(rows, {
      rows,
      columns: [
        { header: 'NAME', value: (row) => row.name },
        { header: 'READY', value: (row) => row.ready, align: 'right' },
        { header: 'NODE', value: (row) => row.node, isWide: true },
      ],
    });
  },
});

const failing = (thrown: unknown) =>
  defineCommand({ description: 'Fails.', status: 'stable', examples, run: () => Promise.reject(thrown as Error) });

function treeOf(commands: Readonly<Record<string, AnyCommand>>): CommandTree {
  const entries = Object.entries(commands).map(([path, command]) => ({
    path,
    summary: `summary of ${path}`,
    load: async () => ({ default: command }),
  }));
  return { entries, groups: [{ path: 'proxy', summary: 'look at proxies' }] };
}

const tree = treeOf({
  do: doIt,
  list,
  'proxy status': list,
  'proxy config': list,
  bug: failing(new TypeError('x is undefined')),
  user: failing(new UserError('there is no pod "web"', { hint: 'see weft list' })),
  outside: failing(new MeshError('MESH_API_UNREACHABLE', 'cannot reach the API server')),
  enoent: failing(
    Object.assign(new Error('ENOENT: no such file, open x'), { syscall: 'open', errno: -2, code: 'ENOENT' }),
  ),
  no: defineCommand({
    description: 'Says no.',
    status: 'stable',
    shared: ['output'],
    examples,
    run: async () => textResult({ allowed: false }, 'no', 'no'),
  }),
});

async function run(line: string, replace: Partial<CliContext> = {}) {
  const capture = captureContext(replace);
  const code = await runCommandLine(
    tree,
    line.split(' ').filter((word) => word !== ''),
    capture.context,
  );
  return { code, out: capture.out(), err: capture.err() };
}

async function values(line: string): Promise<Record<string, unknown>> {
  seen = {};
  const { code, err } = await run(line);
  assert.equal(code, 0, err);
  return seen;
}

describe('flags and arguments', () => {
  it('have their defaults', async () => {
    assert.deepEqual(await values('do it'), {
      kind: 'it',
      more: [],
      listen: '127.0.0.1:0',
      state: undefined,
      filename: [],
      replicas: 1,
      weight: undefined,
      timeout: 30_000,
      mode: undefined,
      dryRun: false,
      all: false,
      passthrough: [],
      output: 'table',
      namespace: undefined,
      kubeconfig: undefined,
    });
  });

  const cases: ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>]> = [
    ['do it --listen :80', { listen: ':80' }],
    ['do it --listen=:80', { listen: ':80' }],
    ['do it --listen :80 --listen :81', { listen: ':81' }],
    ['do it --listen=--odd', { listen: '--odd' }],
    ['do it --state x/../y', { state: '/home/me/y' }],
    ['do it -f a -f b --filename=/c -f -', { filename: ['/home/me/a', '/home/me/b', '/c', '-'] }],
    ['do it -fa', { filename: ['/home/me/a'] }],
    ['do it --replicas 0', { replicas: 0 }],
    ['do it --weight -1.5', { weight: -1.5 }],
    ['do it --timeout 1m30s', { timeout: 90_000 }],
    ['do it --mode safe', { mode: 'safe' }],
    ['do it --dry-run', { dryRun: true }],
    ['do it --dry-run=false', { dryRun: false }],
    ['do it -Av', { all: true }],
    ['do it -ojson', { output: 'json' }],
    ['do it -o yaml', { output: 'yaml' }],
    ['-n shop do it', { namespace: 'shop' }],
    ['do it -n shop', { namespace: 'shop' }],
    ['--kubeconfig k do it', { kubeconfig: '/home/me/k' }],
    ['do it and that', { kind: 'it', more: ['and', 'that'] }],
    ['do it -- node --listen x', { passthrough: ['node', '--listen', 'x'], listen: '127.0.0.1:0' }],
    ['do it -A -- --help', { passthrough: ['--help'], all: true }],
  ];
  for (const [line, expected] of cases) {
    it(`reads "weft ${line}"`, async () => {
      const got = await values(line);
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(got[key], value, key);
    });
  }

  const mistakes: ReadonlyArray<readonly [string, RegExp]> = [
    ['do', /KIND is missing: what to do\nhint: see weft do --help/],
    ['do it --lisen x', /weft do has no flag --lisen\nhint: did you mean --listen\?/],
    ['do it --zzzzzz', /has no flag --zzzzzz\nhint: see weft do --help/],
    ['do it -z', /weft do has no flag -z\n/],
    ['do it --listen', /--listen needs a value: --listen TEXT/],
    [
      'do it --listen --dry-run',
      /--listen needs a value, but is followed by --dry-run\nhint: write --listen=--dry-run/,
    ],
    ['do it --replicas 11', /--replicas: expected a whole number from 0 up to 10, got "11"/],
    ['do it --replicas 1e3', /--replicas: expected a whole number/],
    ['do it --timeout 5', /--timeout: expected a duration such as 300ms/],
    ['do it --timeout -5s', /--timeout/],
    ['do it --mode slow', /--mode: expected one of fast, safe, got "slow"/],
    ['do it --dry-run=perhaps', /--dry-run: expected true or false, got "perhaps"/],
    ['do it -o xml', /--output: expected one of table, wide, short, json, yaml, got "xml"/],
    ['list extra', /weft list does not take the argument "extra"/],
    ['list -n shop', /weft list has no flag -n/],
    ['lst', /weft has no command "lst"\nhint: did you mean "weft list"\?/],
    ['proxy', /weft proxy needs a command\nhint: see weft proxy --help/],
    ['proxy statu', /weft proxy has no command "statu"\nhint: did you mean "weft proxy status"\?/],
    ['--bogus do it', /weft needs a command before --bogus/],
    ['help nothing', /weft has no command "nothing"/],
  ];
  for (const [line, expected] of mistakes) {
    it(`refuses "weft ${line}"`, async () => {
      const { code, out, err } = await run(line);
      assert.equal(code, 2);
      assert.equal(out, '');
      assert.match(err, expected);
      assert.doesNotMatch(err, /\n\s+at /);
    });
  }
});

describe('output', () => {
  it('is a table for people', async () => {
    const { out } = await run('list');
    assert.equal(out, 'NAME   READY\nweb        1\n機械      20\n');
  });

  it('has more columns with -o wide', async () => {
    const { out } = await run('proxy status -o wide');
    assert.equal(out.split('\n')[0], 'NAME   READY   NODE');
    assert.match(out, /<none>/);
  });

  it('is one JSON document with -o json, and one YAML document with -o yaml', async () => {
    assert.deepEqual(JSON.parse((await run('list -o json')).out), [
      { name: 'web', ready: 1, node: 'n1' },
      { name: '機械', ready: 20 },
    ]);
    assert.match((await run('list -o yaml')).out, /^- name: web\n {2}ready: 1\n/);
  });

  it('is coloured for terminals that want it', async () => {
    const isBold = async (line: string, replace: Partial<CliContext>) =>
      (await run(line, replace)).out.includes('\x1b[1m');
    assert.equal(await isBold('list', { isTty: true }), true);
    assert.equal(await isBold('list', { isTty: true, env: { NO_COLOR: '1' } }), false);
    assert.equal(await isBold('list', { isTty: true, env: { TERM: 'dumb' } }), false);
    assert.equal(await isBold('list --color always', { env: { NO_COLOR: '1' } }), true);
    assert.equal(await isBold('list --color=never', { isTty: true }), false);
  });
});

describe('exit codes', () => {
  it('are the verdict of a command', async () => {
    assert.equal((await run('list')).code, 0);
    const { code, out } = await run('no -o json');
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(out), { allowed: false });
  });

  it('tell the mistakes of the user from failures outside and from bugs', async () => {
    const user = await run('user');
    assert.equal(user.code, 2);
    assert.equal(user.err, 'error: there is no pod "web"\nhint: see weft list\n');
    const outside = await run('outside');
    assert.equal(outside.code, 1);
    assert.equal(
      outside.err,
      'error: cannot reach the API server\ncode: MESH_API_UNREACHABLE (weft doc MESH_API_UNREACHABLE)\n',
    );
    const enoent = await run('enoent');
    assert.equal(enoent.code, 1);
    assert.equal(enoent.err, 'error: ENOENT: no such file, open x\n');
    const bug = await run('bug');
    assert.equal(bug.code, 70);
    assert.match(bug.err, /^bug: x is undefined\nTypeError: x is undefined\n\s+at /);
    assert.match(bug.err, /report it/);
  });

  it('show the stack of any failure with -vv', async () => {
    assert.match((await run('user -vv')).err, /\n\s+at /);
    assert.doesNotMatch((await run('user -v')).err, /\n\s+at /);
  });

  it('say that a command was interrupted, without a message', async () => {
    const controller = new AbortController();
    controller.abort(new DOMException('stop', 'AbortError'));
    const interrupted = treeOf({ wait: failing(controller.signal.reason) });
    const capture = captureContext({ signal: controller.signal });
    assert.equal(await runCommandLine(interrupted, ['wait'], capture.context), 130);
    assert.equal(capture.err(), '');
  });
});

describe('help', () => {
  it('lists all commands, groups once', async () => {
    for (const line of ['', '--help', 'help', '-h']) {
      const { code, out } = await run(line);
      assert.equal(code, 0);
      assert.match(out, /\n {2}list +summary of list\n/);
      assert.match(out, /\n {2}proxy +look at proxies\n/);
    }
  });

  it('shows the commands of a group', async () => {
    for (const line of ['help proxy', 'proxy --help']) {
      const { code, out } = await run(line);
      assert.equal(code, 0);
      assert.match(out, /weft proxy COMMAND \[flags\]/);
      assert.match(out, /\n {2}status +summary of proxy status\n {2}config/);
    }
  });

  it('shows everything about a command, wherever it is asked', async () => {
    const lines = ['help do', 'do --help', 'do -h', '--help do', 'do --listen x --help', 'do it --bogus --help'];
    for (const line of lines) {
      const { code, out } = await run(line);
      assert.equal(code, 0, line);
      assert.match(out, /^weft do: summary of do \(beta\)\n\nDoes it\.\n/);
      assert.match(out, /\n {2}weft do KIND \[MORE…\] \[flags\] -- COMMAND\n/);
      assert.match(out, /-f, --filename FILE +files \(may be repeated\)/);
      assert.match(out, /--timeout DURATION +how long \(default 30s\)/);
      assert.match(out, /-n, --namespace NAME/);
      assert.match(out, /# Do it\n {2}weft do\n$/);
    }
  });

  it('stays within the width', async () => {
    const { out } = await run('help do', { width: 60 });
    for (const line of out.split('\n')) assert.ok(line.length <= 62, line);
  });
});
