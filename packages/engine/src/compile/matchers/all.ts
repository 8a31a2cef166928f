import type { MessageSupport } from '../support.ts';
import { CIDR_RANGE_SUPPORT } from './cidr-range.ts';
import { COOKIE_MATCHER_SUPPORT } from './cookie-matcher.ts';
import { FILTER_STATE_MATCHER_SUPPORT } from './filter-state-matcher.ts';
import { FRACTION_SUPPORT } from './fraction.ts';
import { HEADER_MATCHER_SUPPORT } from './header-matcher.ts';
import { INT64_RANGE_SUPPORT } from './int64-range.ts';
import { METADATA_MATCHER_SUPPORT } from './metadata-matcher.ts';
import { PATH_MATCHER_SUPPORT } from './path-matcher.ts';
import { QUERY_MATCHER_SUPPORT } from './query-parameter-matcher.ts';
import { REGEX_SUPPORT } from './regex.ts';
import { STRING_MATCHER_SUPPORT } from './string-matcher.ts';
import { VALUE_MATCHER_SUPPORT } from './value-matcher.ts';

/** What is supported of the messages that state conditions. */
export const MATCHER_SUPPORT: readonly MessageSupport[] = [
  ...REGEX_SUPPORT,
  ...STRING_MATCHER_SUPPORT,
  ...PATH_MATCHER_SUPPORT,
  ...HEADER_MATCHER_SUPPORT,
  ...QUERY_MATCHER_SUPPORT,
  ...COOKIE_MATCHER_SUPPORT,
  ...VALUE_MATCHER_SUPPORT,
  ...METADATA_MATCHER_SUPPORT,
  ...FILTER_STATE_MATCHER_SUPPORT,
  ...FRACTION_SUPPORT,
  ...CIDR_RANGE_SUPPORT,
  ...INT64_RANGE_SUPPORT,
];
