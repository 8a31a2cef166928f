import type { CidrRange } from '@weft/proto/envoy/config/core/v3/address';
import { type Cidr, compileCidr } from '../../match/cidr.ts';
import type { CompileContext } from '../context.ts';
import { supports } from '../support.ts';
import { compileList, valueOrReport } from './outcome.ts';

/** What is supported of address ranges. */
export const CIDR_RANGE_SUPPORT = [
  supports<CidrRange>('envoy.config.core.v3.CidrRange', { addressPrefix: true, prefixLen: true }),
];

/** A range in either of the messages that hold one. */
type RangeMessage = Pick<CidrRange, 'addressPrefix' | 'prefixLen'>;

/** Compiles an address range; without a length it covers everything, as in Envoy, where an unset length is zero. */
export function compileCidrRange(message: RangeMessage, path: string, context: CompileContext): Cidr | undefined {
  return valueOrReport(compileCidr(message.addressPrefix, message.prefixLen ?? 0, path), context);
}

/** Compiles a list of address ranges. */
export function compileCidrRanges(
  messages: readonly RangeMessage[],
  path: string,
  context: CompileContext,
): readonly Cidr[] | undefined {
  return compileList(messages, path, (message, at) => compileCidrRange(message, at, context));
}
