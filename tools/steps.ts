// Runs a list of independent commands and reports each with a mark and its time.
import { spawn } from 'node:child_process';
import path from 'node:path';

/** One command of `npm run check` or `npm run fix`; bins are found in node_modules/.bin. */
export interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

interface StepResult {
  readonly step: Step;
  readonly ok: boolean;
  readonly ms: number;
  readonly output: string;
}

/** Repository root, from where all tools run. */
export const root = path.dirname(import.meta.dirname);

/** Runs all steps, two at a time, and prints them in order as they end; returns false if any failed. */
export async function runSteps(steps: readonly Step[], write: (text: string) => void): Promise<boolean> {
  const results: Promise<StepResult>[] = [];
  const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  for (const [index, step] of steps.entries()) {
    const lane = index % lanes.length;
    const result = lanes[lane]!.then(() => runStep(step));
    lanes[lane] = result;
    results.push(result);
  }
  let allOk = true;
  for (const pending of results) {
    const { step, ok, ms, output } = await pending;
    allOk &&= ok;
    write(`${ok ? '✓' : '✗'} ${step.name.padEnd(24)} ${(ms / 1000).toFixed(1)} s\n`);
    if (!ok) write(`${output.trimEnd()}\n\n`);
  }
  return allOk;
}

function runStep(step: Step): Promise<StepResult> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const [command = '', ...args] = step.command;
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    const end = (ok: boolean) => resolve({ step, ok, ms: performance.now() - startedAt, output: chunks.join('') });
    child.on('error', (error) => {
      chunks.push(`cannot run ${command}: ${error.message}\n`);
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}
