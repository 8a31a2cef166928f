import { parseFeatures, systemClock } from '@weft/core';
import type { CliContext, TextSink } from './framework/context.ts';
import { EXIT } from './framework/exit-codes.ts';

/** Columns assumed where the output is no terminal. */
const DEFAULT_WIDTH = 100;

/** Switches that WEFT_FEATURES may turn on; none is in the making right now. */
const FEATURES = {} as const;

/** Ends the command early, with the reason as it would be told. */
class Interruption extends Error {
  override readonly name = 'AbortError';
}

/** The context of the running process; installs handlers for signals and for a reader that goes away. */
export function createProcessContext(): CliContext {
  const controller = new AbortController();
  interruptOn(controller, 'SIGINT');
  interruptOn(controller, 'SIGTERM');
  const features = parseFeatures(FEATURES, process.env['WEFT_FEATURES'] ?? '');
  if (features.kind === 'err') throw features.error[0]!;
  return {
    out: createSink(process.stdout, controller),
    err: createSink(process.stderr, controller),
    stdin: {
      isTty: process.stdin.isTTY === true,
      [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
    },
    clock: systemClock,
    env: process.env,
    cwd: process.cwd(),
    signal: controller.signal,
    features: features.value,
    isTty: process.stdout.isTTY === true,
    width: process.stdout.columns ?? DEFAULT_WIDTH,
  };
}

/** The first signal asks the command to end; another one ends the process at once. */
function interruptOn(controller: AbortController, signal: 'SIGINT' | 'SIGTERM'): void {
  process.once(signal, () => {
    controller.abort(new Interruption(signal));
    process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
  });
}

/**
 * `weft … | head` is no failure: whoever reads has seen enough, so the command just ends. A full disk is one, even if the command
 * itself went well.
 */
function createSink(stream: NodeJS.WriteStream, controller: AbortController): TextSink {
  let isOpen = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!isOpen) return;
    isOpen = false;
    controller.abort(new Interruption('the output cannot be written'));
    if (error.code === 'EPIPE') return;
    process.on('exit', () => {
      process.exitCode = EXIT.no;
    });
    if (stream !== process.stderr) process.stderr.write(`error: cannot write the output: ${error.message}\n`);
  });
  return {
    isTty: stream.isTTY === true,
    write(text) {
      if (isOpen) stream.write(text);
    },
  };
}
