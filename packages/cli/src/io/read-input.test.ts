import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { tempDir } from '@weft/testkit';
import { captureContext } from '../test-support/capture.ts';
import { readInput } from './read-input.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('readInput', () => {
  it('reads files and standard input', async (t) => {
    const file = path.join(tempDir(t), 'a.yaml');
    writeFileSync(file, 'kind: Pod');
    const { context } = captureContext({ stdinText: 'kind: Service' });
    assert.equal(text(await readInput(file, context)), 'kind: Pod');
    assert.equal(text(await readInput('-', context)), 'kind: Service');
  });

  it('says what is wrong with a path', async (t) => {
    const dir = tempDir(t);
    const { context } = captureContext();
    await assert.rejects(readInput(path.join(dir, 'none'), context), /there is no file .*none/);
    await assert.rejects(readInput(dir, context), /is a folder, not a file/);
  });

  it('refuses what is too large', async (t) => {
    const file = path.join(tempDir(t), 'big');
    writeFileSync(file, Buffer.alloc(2 * 1024 * 1024));
    const { context } = captureContext({ stdinText: 'x'.repeat(2 * 1024 * 1024) });
    await assert.rejects(readInput(file, context, 1024 * 1024), /larger than 1 MiB/);
    await assert.rejects(readInput('-', context, 1024 * 1024), /standard input is larger than 1 MiB/);
  });
});
