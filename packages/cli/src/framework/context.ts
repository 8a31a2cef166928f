import type { Clock } from '@weft/core';
import type { Style } from '../output/style.ts';

/** Where text goes. Writing never fails: a reader that went away aborts the command's signal instead. */
export interface TextSink {
  write(text: string): void;
  /** True for a terminal. */
  readonly isTty: boolean;
}

/** Where input comes from. */
export interface InputSource extends AsyncIterable<Uint8Array> {
  readonly isTty: boolean;
}

/** Everything a command may touch of the world outside; tests build their own. */
export interface CliContext {
  readonly out: TextSink;
  readonly err: TextSink;
  readonly stdin: InputSource;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts on Ctrl-C, on termination and when nobody reads the output any more. */
  readonly signal: AbortSignal;
  /** Switches from WEFT_FEATURES. */
  readonly features: Readonly<Record<string, boolean>>;
  /** True if the output is a terminal. */
  readonly isTty: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** How data is printed; `short` is the table by the name that istioctl has for it. */
export const OUTPUT_FORMATS = ['table', 'wide', 'short', 'json', 'yaml'] as const;

/** One of the formats of `-o`. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What a command's `run` gets beside its own arguments: the context and the shared flags it declared. */
export interface CommandContext extends CliContext {
  readonly output: OutputFormat;
  readonly namespace: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Number of `-v`. */
  readonly verbosity: number;
  readonly style: Style;
}
