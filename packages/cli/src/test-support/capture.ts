import { FakeClock } from '@weft/testkit';
import type { CliContext, TextSink } from '../framework/context.ts';

/** A context whose output can be read back. */
export interface Capture {
  readonly context: CliContext;
  readonly out: () => string;
  readonly err: () => string;
}

/** A context that touches nothing outside; parts can be replaced. */
export function captureContext(replace: Partial<CliContext> & { readonly stdinText?: string } = {}): Capture {
  const { stdinText = '', ...parts } = replace;
  const out: string[] = [];
  const err: string[] = [];
  const sink = (chunks: string[]): TextSink => ({ isTty: false, write: (text) => void chunks.push(text) });
  const context: CliContext = {
    out: sink(out),
    err: sink(err),
    stdin: {
      isTty: false,
      async *[Symbol.asyncIterator]() {
        yield new TextEncoder().encode(stdinText);
      },
    },
    clock: new FakeClock(),
    env: {},
    cwd: '/home/me',
    signal: new AbortController().signal,
    features: {},
    isTty: false,
    width: 80,
    ...parts,
  };
  return { context, out: () => out.join(''), err: () => err.join('') };
}
