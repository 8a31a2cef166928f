import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commandTree } from './commands/registry.ts';
import { parseCommandLine } from './framework/parse.ts';
import { allFlagsOf, flagName, GLOBAL_FLAGS, SHARED_FLAGS } from './framework/shared-flags.ts';
import { resolveCommand } from './framework/tree.ts';
import { main } from './main.ts';
import { captureContext } from './test-support/capture.ts';

async function run(...argv: string[]) {
  const capture = captureContext();
  const code = await main(argv, capture.context);
  return { code, out: capture.out(), err: capture.err() };
}

/** The words of an example, without what the shell takes for itself. */
function wordsOf(command: string): string[] {
  const own = /^(?:.*<\(|.*\| )?weft ([^|>)]*)/.exec(command);
  assert.ok(own, `the example "${command}" does not run weft`);
  return own[1]!
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/^'(.*)'$/, '$1'));
}

describe('every command', () => {
  for (const entry of commandTree.entries) {
    it(`${entry.path} is declared consistently`, async () => {
      const { default: command } = await entry.load();
      assert.match(entry.path, /^[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)*$/);
      assert.doesNotMatch(entry.summary, /^[A-Z]|\.$/, 'a summary is lower case and has no full stop');
      assert.ok(entry.summary.length <= 80);
      const reserved = [GLOBAL_FLAGS, ...Object.values(SHARED_FLAGS)].flatMap((group) => Object.keys(group));
      for (const key of Object.keys(command.flags ?? {})) {
        assert.ok(!reserved.includes(key), `--${flagName(key)} has a meaning for all commands`);
        assert.ok(!(key in (command.args ?? {})), `${key} is both an argument and a flag`);
      }
      const shorts = [...allFlagsOf(command).values()].flatMap((spec) => spec.short ?? []);
      assert.equal(new Set(shorts).size, shorts.length, `two flags share a letter: ${shorts.join(', ')}`);
    });

    it(`${entry.path} has examples that parse`, async () => {
      const { default: command } = await entry.load();
      for (const example of command.examples) {
        const found = resolveCommand(commandTree, wordsOf(example.command));
        assert.ok(found.kind === 'command' && found.entry === entry, example.command);
        parseCommandLine(entry.path, command, found.rest, { cwd: '/' });
      }
    });

    it(`${entry.path} has help`, async () => {
      const { code, out } = await run(...entry.path.split(' '), '--help');
      assert.equal(code, 0);
      assert.ok(out.startsWith(`weft ${entry.path}: ${entry.summary}`));
      assert.match(out, /\nExamples:\n/);
    });
  }
});

describe('weft version', () => {
  it('prints what it runs on', async () => {
    const { code, out } = await run('version');
    assert.equal(code, 0);
    assert.match(out, /^weft {2}\d+\.\d+\.\d+\nnode {2}\d+\.\d+\.\d+ \(\w+-\w+\)\n$/);
    assert.equal((await run('--version')).out, out);
  });

  it('counts the kinds it knows for machines', async () => {
    const data = JSON.parse((await run('version', '-o', 'json')).out) as {
      client: { version: string };
      api: { kinds: number; groups: string[] };
    };
    assert.match(data.client.version, /^\d/);
    assert.ok(data.api.kinds > 0);
    assert.ok(data.api.groups.includes('core'));
  });
});

describe('weft doc', () => {
  it('explains a code, in any case', async () => {
    const { code, out } = await run('doc', 'mesh_api_unreachable');
    assert.equal(code, 0);
    assert.match(out, /^MESH_API_UNREACHABLE: .+\n\nFix: +\S.+\nAt fault: +\S.+\nRetry: +\S/);
  });

  it('lists all codes, and helps with a slip', async () => {
    assert.match((await run('doc')).out, /\nMESH_USAGE +/);
    const { code, err } = await run('doc', 'MESH_USGAE');
    assert.equal(code, 2);
    assert.match(err, /there is no error code "MESH_USGAE"\nhint: did you mean MESH_USAGE\?/);
    assert.equal((await run('doc', 'toString')).code, 2);
  });
});

describe('weft completion', () => {
  it('prints a script for each shell, and refuses others', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) assert.match((await run('completion', shell)).out, /__complete/);
    const { code, err } = await run('completion', 'tcsh');
    assert.equal(code, 2);
    assert.match(err, /there is no completion for "tcsh"\nhint: known shells: bash, zsh, fish/);
  });

  it('answers the scripts', async () => {
    const { code, out } = await run('__complete', '--', 'comp');
    assert.equal(code, 0);
    assert.equal(out, 'completion\tprint a completion script for your shell\n:none\n');
    assert.equal((await run('__complete', '--', 'completion', 'b')).out, 'bash\n:none\n');
  });
});
