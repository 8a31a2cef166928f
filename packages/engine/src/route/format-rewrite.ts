import type { ValueFormatter } from '../headers/value-format.ts';
import type { StreamView } from '../view/stream-view.ts';

/** What may not stand in a path as it is: a header may hold it, and the request would end there, or be another one. */
const UNSAFE = /[^!-~]|#/g;

/** The path that a format makes of a stream; undefined where nothing comes of it. */
export function formatPath(formatter: ValueFormatter, stream: StreamView): string | undefined {
  const text = formatter.format(stream);
  if (text === undefined || text === '') return undefined;
  const safe = text.replace(UNSAFE, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return safe.startsWith('/') ? safe : `/${safe}`;
}
