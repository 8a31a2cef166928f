import type { Int64Range } from '@weft/proto/envoy/type/v3/range';
import { compileInt64Range } from '../../match/int64-range.ts';
import type { StringMatcher } from '../../match/string-matcher.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { valueOrReport } from './outcome.ts';

/** What is supported of ranges of whole numbers. */
export const INT64_RANGE_SUPPORT = [supports<Int64Range>('envoy.type.v3.Int64Range', { start: true, end: true })];

/** Compiles a test for texts that are a whole number within the range. */
export function compileInt64Message(
  message: Int64Range,
  path: string,
  context: CompileContext,
): StringMatcher | undefined {
  return valueOrReport(compileInt64Range({ start: message.start, end: message.end }, path), context);
}
