import type { MessageSupport } from '../compile/support.ts';
import { INPUT_TEST_SUPPORT } from './input-test.ts';
import { MATCH_INPUT_SUPPORT } from './inputs/all.ts';
import { MATCHER_LIST_SUPPORT } from './matcher-list.ts';
import { MATCHER_TREE_SUPPORT } from './matcher-tree.ts';
import { PREDICATE_SUPPORT } from './predicate.ts';
import { IP_RANGES_SUPPORT } from './trees/ip-ranges.ts';
import { SERVER_NAMES_SUPPORT } from './trees/server-names.ts';
import { XDS_STRING_SUPPORT } from './xds-string.ts';

/** What is supported of the messages that make up matcher trees. */
export const MATCHER_TREE_SUPPORTS: readonly MessageSupport[] = [
  ...MATCHER_TREE_SUPPORT,
  ...MATCHER_LIST_SUPPORT,
  ...PREDICATE_SUPPORT,
  ...XDS_STRING_SUPPORT,
  ...MATCH_INPUT_SUPPORT,
  ...INPUT_TEST_SUPPORT,
  ...IP_RANGES_SUPPORT,
  ...SERVER_NAMES_SUPPORT,
];
