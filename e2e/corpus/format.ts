/** The corpus: what a client sent, and what it must be answered. One file for each version of a client. */
import type { Pattern } from './pattern.ts';

/** The requests of one client. */
export interface Corpus {
  /** Such as `kubectl 1.36.4`. */
  readonly client: string;
  readonly steps: readonly Step[];
}

/** One command and its requests, in order. */
export interface Step {
  readonly command: string;
  readonly exchanges: readonly CorpusExchange[];
}

/** A request with what must be answered. */
export interface CorpusExchange {
  readonly request: CorpusRequest;
  readonly expect: Expectation;
  /** Name to the JSON pointer of a value in the answer that later requests refer to as `{{name}}`. */
  readonly capture: Readonly<Record<string, string>>;
}

/** A request. Path and body may hold `{{name}}`. */
export interface CorpusRequest {
  readonly method: string;
  /** With its query, as it was encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: CorpusBody;
}

/** A body in the form that is best to read. */
export type CorpusBody = { readonly json: unknown } | { readonly text: string } | { readonly base64: string };

/** What the answer must be. */
export interface Expectation {
  readonly status: number;
  readonly contentType: string;
  /** JSON that the answer must fit. */
  readonly body?: Pattern;
  /** An answer that is no JSON, in full. */
  readonly base64?: string;
  /** The events of a watch, in order. */
  readonly events?: readonly Pattern[];
}

/** The text of a corpus, with each request and each expectation on one line, so that versions can be compared. */
export function formatCorpus({ client, steps }: Corpus): string {
  const blocks = steps.map(({ command, exchanges }) => {
    const lines = exchanges.map(({ request, expect, capture }) => {
      const captured = Object.keys(capture).length === 0 ? '' : `,\n      "capture": ${JSON.stringify(capture)}`;
      return `    {\n      "request": ${JSON.stringify(request)},\n      "expect": ${JSON.stringify(expect)}${captured}\n    }`;
    });
    return `  {\n    "command": ${JSON.stringify(command)},\n    "exchanges": [\n${lines.join(',\n')}\n    ]\n  }`;
  });
  return `{\n  "client": ${JSON.stringify(client)},\n  "steps": [\n${blocks.join(',\n')}\n  ]\n}\n`;
}

/** Reads a corpus. */
export function parseCorpus(text: string): Corpus {
  const { client, steps } = JSON.parse(text) as Corpus;
  const complete = (exchange: CorpusExchange): CorpusExchange => ({ ...exchange, capture: exchange.capture ?? {} });
  return { client, steps: steps.map((step) => ({ ...step, exchanges: step.exchanges.map(complete) })) };
}
