import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Doubtful } from './cases.ts';

/** What a proxy says to a configuration: nothing when it takes it. */
export interface Verdict {
  readonly name: string;
  readonly listener: Doubtful['listener'];
  readonly refusal?: string;
}

/** Puts a configuration to a real Envoy. */
export function validateWithEnvoy(binary: string, { name, listener, bootstrap }: Doubtful): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'weft-envoy-'));
  try {
    const file = join(folder, 'bootstrap.yaml');
    writeFileSync(file, bootstrap.replaceAll('$PORT_echo', '1').replaceAll('$LOG', '/dev/null'));
    const { status, stderr } = spawnSync(binary, ['--mode', 'validate', '-c', file, '-l', 'critical'], {
      encoding: 'utf8',
    });
    return { name, listener, ...(status === 0 ? {} : { refusal: wordsOf(stderr, file) }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The message without the configuration that it repeats and without what differs from run to run. */
function wordsOf(stderr: string, file: string): string {
  const text = /error initializing configuration '[^']*': ([\s\S]*?)\n*$/.exec(stderr)?.[1] ?? stderr;
  // Which field of several it meets first, and where, differs from run to run.
  const unreadable = /invalid\s+JSON[\s\S]*?(no\s+such\s+field:\s+'[^']*'|has\s+already\s+been\s+set)/.exec(text)?.[1];
  if (unreadable !== undefined) return `invalid JSON: ${unreadable.replaceAll(/\s+/g, ' ')}`;
  // Of a rule of the protos the innermost message says it all.
  const rule = Math.max(text.lastIndexOf('Proto constraint validation failed'), text.lastIndexOf('caused by '));
  return text
    .slice(Math.max(rule, 0))
    .replaceAll(file, '<file>')
    .replaceAll(/goo\.gle\/\w+\s*/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 400);
}
