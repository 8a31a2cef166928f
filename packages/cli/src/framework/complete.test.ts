import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defineCommand, type Example } from './command.ts';
import { complete } from './complete.ts';
import { arg, flag } from './flags.ts';
import type { CommandTree } from './tree.ts';

const examples: readonly [Example] = [{ title: 'x', command: 'weft x' }];

const get = defineCommand({
  description: 'Gets.',
  status: 'stable',
  shared: ['output', 'namespace'],
  args: { kind: arg.required('kind', ['pods', 'services']), names: arg.rest('names', () => ['web-1', 'web-2']) },
  flags: {
    filename: flag.list(flag.file({ short: 'f', description: 'file' })),
    into: flag.directory({ description: 'folder' }),
    mode: flag.choice(['fast', 'safe'], { description: 'how' }),
    dryRun: flag.boolean({ description: 'only say' }),
  },
  passthrough: 'X',
  examples,
  run: async () => undefined,
});

const plain = defineCommand({ description: 'x', status: 'stable', examples, run: async () => undefined });

const tree: CommandTree = {
  entries: [
    { path: 'get', summary: 'get things', load: async () => ({ default: get }) },
    { path: 'proxy status', summary: 'status', load: async () => ({ default: plain }) },
    { path: 'proxy config', summary: 'config', load: async () => ({ default: plain }) },
  ],
  groups: [{ path: 'proxy', summary: 'proxies' }],
};

/** What follows the words before the cursor; a trailing space starts a new word. */
async function after(line: string): Promise<string[]> {
  const { candidates, paths } = await complete(tree, line.split(' '));
  const values = candidates.map((candidate) => candidate.value);
  return paths === 'none' ? values : [...values, `<${paths}>`];
}

describe('completion', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    '': ['get', 'proxy', 'help'],
    g: ['get'],
    'help ': ['get', 'proxy', 'help'],
    'help proxy ': ['status', 'config'],
    'proxy ': ['status', 'config'],
    'proxy st': ['status'],
    'proxy nothing ': ['status', 'config'],
    'get ': ['pods', 'services'],
    'get po': ['pods'],
    '-n shop get ': ['pods', 'services'],
    'get -n shop ': ['pods', 'services'],
    'get --dry-run ': ['pods', 'services'],
    'get pods ': ['web-1', 'web-2'],
    'get pods web-1 w': ['web-1', 'web-2'],
    'get --mode ': ['fast', 'safe'],
    'get --mode s': ['safe'],
    'get --mode=s': ['--mode=safe'],
    'get -o ': ['table', 'wide', 'short', 'json', 'yaml'],
    'get -n ': [],
    'get -f ': ['<file>'],
    'get --filename=x': ['<file>'],
    'get --into ': ['<directory>'],
    'get --dr': ['--dry-run'],
    'get --out': ['--output'],
    '--names': ['--namespace'],
    'get pods -- x': [],
    'get --bogus=x': [],
  };
  for (const [line, expected] of Object.entries(cases)) {
    it(`after "weft ${line}"`, async () => assert.deepEqual(await after(line), expected));
  }

  it('never fails, whatever has been typed', async () => {
    const word = fc.constantFrom(
      'get',
      'proxy',
      'status',
      '--',
      '-',
      '--mode',
      '--mode=',
      '-n',
      '-ojson',
      '-fx',
      'help',
      '',
      '--dry-run=x',
      '-é',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => void (await complete(tree, words))),
    );
  });
});
