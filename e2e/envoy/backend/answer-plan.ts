/**
 * What a backend answers is written in the request: `x-answer` lists one answer for each attempt (the last one stays), as
 * `200`, `503`, … a status, `reset` break the connection, `cut` break it amid the body, `hang` never answer, `refuse` refuse the
 * HTTP/2 stream, `early` a 103
 * before 200. `x-answer-head` adds header fields (`name=value|name=value`), `x-answer-raw` is a whole response in base64,
 * `x-answer-body` a body instead of the backend's name, `x-answer-trailers` trailers, `x-answer-tunnel` makes any request of HTTP/2 a tunnel.
 */
import type { Fields } from '../case.ts';
import { fieldValue } from '../http1-message.ts';

/** One answer. */
export interface Answer {
  readonly kind: 'status' | 'reset' | 'refuse' | 'cut' | 'hang' | 'early' | 'raw';
  readonly status: number;
  readonly fields: Fields;
  readonly body: string;
  readonly trailers: Fields;
  readonly raw: Buffer;
}

/** The answer for the nth attempt (from 0) of a request. */
export function planAnswer(headers: Fields, attempt: number, backend: string): Answer {
  const words = (fieldValue(headers, 'x-answer') ?? '200').split(',');
  const word = words[Math.min(attempt, words.length - 1)]!;
  const raw = fieldValue(headers, 'x-answer-raw');
  const kind = raw !== undefined ? 'raw' : /^\d+$/.test(word) ? 'status' : (word as Answer['kind']);
  return {
    kind,
    status: kind === 'status' ? Number(word) : 200,
    fields: parsePairs(fieldValue(headers, 'x-answer-head')),
    body: fieldValue(headers, 'x-answer-body') ?? backend,
    trailers: parsePairs(fieldValue(headers, 'x-answer-trailers')),
    raw: Buffer.from(raw ?? '', 'base64'),
  };
}

/** The fields without those that tell the backend what to do. */
export function withoutPlan(headers: Fields): Fields {
  return headers.filter(([name]) => !name.toLowerCase().startsWith('x-answer'));
}

function parsePairs(text: string | undefined): Fields {
  if (text === undefined || text === '') return [];
  return text.split('|').map((pair) => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
}
