/** What a connection manager does with the head of a response after every filter has seen it. */
import type { HttpManagerRuntime } from '@weft/engine';
import type { RequestHead, ResponseHead } from '../../head.ts';
import { KnownHeader } from '../../known-headers.ts';
import { appended } from '../incoming/admit-request.ts';
import type { DateText } from './date-text.ts';

const { date: DATE, server: SERVER, 'x-request-id': REQUEST_ID, 'x-envoy-force-trace': FORCE_TRACE } = KnownHeader;

/** Completes the head. Framing and what concerns the connection are the codec's. */
export function finishResponse(
  head: ResponseHead,
  request: RequestHead | undefined,
  runtime: HttpManagerRuntime,
  dates: DateText,
): void {
  if (!head.hasKnown(DATE)) head.addKnown(DATE, dates.now());
  if (runtime.serverHeader === 'overwrite') head.setKnown(SERVER, runtime.serverName);
  else if (runtime.serverHeader === 'appendIfAbsent' && !head.hasKnown(SERVER))
    head.addKnown(SERVER, runtime.serverName);
  if (request !== undefined && (runtime.requestId.setsInResponse || request.hasKnown(FORCE_TRACE))) {
    const id = request.getKnown(REQUEST_ID);
    if (id !== undefined) head.setKnown(REQUEST_ID, id);
  }
  if (runtime.via !== '') head.set('via', appended(head.get('via'), runtime.via));
}
