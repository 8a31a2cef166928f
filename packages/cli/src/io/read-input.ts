import { open } from 'node:fs/promises';
import { UserError } from '@weft/core';
import type { CliContext } from '../framework/context.ts';

/** Larger inputs are refused rather than held in memory. */
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** Reads a file, or standard input for `-`; throws a UserError if it is not there, not a file, or too large. */
export async function readInput(
  path: string,
  context: CliContext,
  maxBytes: number = DEFAULT_MAX_BYTES,
): Promise<Uint8Array> {
  return path === '-' ? readStdin(context, maxBytes) : readFile(path, maxBytes);
}

async function readStdin({ stdin, signal }: CliContext, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    signal.throwIfAborted();
    length += chunk.length;
    if (length > maxBytes) throw tooLarge('standard input', maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readFile(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using handle = await open(path, 'r');
    const { size } = await handle.stat();
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    return await handle.readFile();
  } catch (error: unknown) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new UserError(`there is no file ${path}`);
    if (code === 'EISDIR') throw new UserError(`${path} is a folder, not a file`);
    if (code === 'EACCES') throw new UserError(`you may not read ${path}`);
    throw error;
  }
}

function tooLarge(name: string, maxBytes: number): UserError {
  return new UserError(`${name} is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB`);
}
