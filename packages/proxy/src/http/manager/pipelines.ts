import { FilterStatus } from '../../filters/http/filter.ts';
import type { RequestHead, ResponseHead } from '../head.ts';
import type { Hooks } from './pipeline.ts';

/** The way in. */
export const REQUEST_HOOKS: Hooks<RequestHead> = {
  head: (filter, head, endStream) => filter.onRequestHead?.(head, endStream) ?? FilterStatus.next,
  data: (filter, bytes, start, end, endStream) =>
    filter.onRequestData?.(bytes, start, end, endStream) ?? FilterStatus.next,
  trailers: (filter, trailers) => filter.onRequestTrailers?.(trailers) ?? FilterStatus.next,
  drain: (filter) => filter.onRequestDrain?.(),
};

/** The way out. */
export const RESPONSE_HOOKS: Hooks<ResponseHead> = {
  head: (filter, head, endStream) => filter.onResponseHead?.(head, endStream) ?? FilterStatus.next,
  data: (filter, bytes, start, end, endStream) =>
    filter.onResponseData?.(bytes, start, end, endStream) ?? FilterStatus.next,
  trailers: (filter, trailers) => filter.onResponseTrailers?.(trailers) ?? FilterStatus.next,
  drain: (filter) => filter.onResponseDrain?.(),
};
