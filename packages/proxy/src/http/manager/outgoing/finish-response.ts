/** What a connection manager does with the head of a response after every filter has seen it. */
import type { HttpManagerRuntime } from '@weft/engine';
import type { RequestHead, ResponseHead } from '../../head.ts';
import { appended } from '../incoming/admit-request.ts';
import type { DateText } from './date-text.ts';

const REQUEST_ID = 'x-request-id';

/** Completes the head. Framing and what concerns the connection are the codec's. */
export function finishResponse(
  head: ResponseHead,
  request: RequestHead | undefined,
  runtime: HttpManagerRuntime,
  dates: DateText,
): void {
  if (!head.has('date')) head.add('date', dates.now());
  if (runtime.serverHeader === 'overwrite') head.set('server', runtime.serverName);
  else if (runtime.serverHeader === 'appendIfAbsent' && !head.has('server')) head.add('server', runtime.serverName);
  if (request !== undefined && (runtime.requestId.setsInResponse || request.has('x-envoy-force-trace'))) {
    const id = request.get(REQUEST_ID);
    if (id !== undefined) head.set(REQUEST_ID, id);
  }
  if (runtime.via !== '') head.set('via', appended(head.get('via'), runtime.via));
}
