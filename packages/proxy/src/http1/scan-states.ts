/** What a scan returns when the head is not complete; positive results are the head's end, negative ones negated WireError codes. */
export const NEED_MORE = 0;

/** Where a scan of a head stands between two calls. Start lines use the states below `lineStart`. */
export const ScanState = {
  start: 0,
  emptyLine: 1,
  method: 2,
  target: 3,
  version: 4,
  status: 5,
  reason: 6,
  reasonEnd: 7,
  lineStart: 8,
  name: 9,
  space: 10,
  value: 11,
  valueEnd: 12,
  headEnd: 13,
} as const;
