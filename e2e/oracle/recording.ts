/** What a real API server answered, kept so that everybody can compare without one. */
import { createHash } from 'node:crypto';
import type { OracleCase, Step } from './case.ts';
import type { Answer } from './run.ts';

/** The answers of one server. */
export interface Recording {
  /** Its `gitVersion`. */
  readonly server: string;
  /** Name of a case to its answers. */
  readonly cases: Readonly<Record<string, readonly RecordedAnswer[]>>;
}

/** An answer with the request that it belongs to. */
export interface RecordedAnswer {
  /** Of the request; another one means that the table has changed since. */
  readonly digest: string;
  readonly answer: Answer;
}

/** Tells one request from another. */
export function digestOf({ method, path, headers, body }: Step): string {
  const shown = body instanceof Uint8Array ? Buffer.from(body).toString('base64') : (body ?? null);
  const text = JSON.stringify([method, path, headers ?? {}, shown]);
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Puts answers down beside their requests. */
export function recorded(steps: readonly Step[], answers: readonly Answer[]): readonly RecordedAnswer[] {
  return steps.map((step, index) => ({ digest: digestOf(step), answer: answers[index]! }));
}

/** The recorded answers to a case; undefined when it has to be recorded again. */
export function answersOf(recording: Recording, { name, steps }: OracleCase): readonly Answer[] | undefined {
  const known = recording.cases[name];
  if (known?.length !== steps.length) return undefined;
  return steps.every((step, index) => digestOf(step) === known[index]!.digest)
    ? known.map(({ answer }) => answer)
    : undefined;
}

/** The text of a recording: one answer a line, and texts that come often only once. */
export function formatRecording({ server, cases }: Recording): string {
  const texts = new Map<string, number>();
  const blocks = Object.entries(cases).map(([name, answers]) => {
    const lines = answers.map(({ digest, answer }) => {
      const text = JSON.stringify(answer);
      if (!texts.has(text)) texts.set(text, texts.size);
      return `${JSON.stringify(digest)},${texts.get(text)!}`;
    });
    return `${JSON.stringify(name)}:[${lines.join(',')}]`;
  });
  return `{"server":${JSON.stringify(server)},\n"cases":{\n${blocks.join(',\n')}},\n"answers":[\n${[...texts.keys()].join(',\n')}\n]}\n`;
}

/** Reads a recording. */
export function parseRecording(text: string): Recording {
  const { server, cases, answers } = JSON.parse(text) as {
    server: string;
    cases: Record<string, (string | number)[]>;
    answers: Answer[];
  };
  const read = (list: readonly (string | number)[]): readonly RecordedAnswer[] =>
    Array.from({ length: list.length / 2 }, (_, i) => ({
      digest: String(list[2 * i]),
      answer: answers[Number(list[2 * i + 1])]!,
    }));
  return { server, cases: Object.fromEntries(Object.entries(cases).map(([name, list]) => [name, read(list)])) };
}
