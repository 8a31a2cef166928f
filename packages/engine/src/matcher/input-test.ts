/** Tests of the value of an input, beside those for texts. */
import type { ConsistentHashing } from '@weft/proto/envoy/extensions/matching/input_matchers/consistent_hashing/v3/consistent_hashing';
import type { Ip } from '@weft/proto/envoy/extensions/matching/input_matchers/ip/v3/ip';
import type { CompileContext, TypedMessage } from '../compile/context.ts';
import { compileCidrRanges } from '../compile/matchers/cidr-range.ts';
import { supports } from '../compile/support.ts';
import { xxHash64Text } from '../hash/xx-hash64.ts';
import { parseIp } from '../match/cidr.ts';
import { compileCidrSet } from '../match/cidr-set.ts';
import type { StringMatcher } from '../match/string-matcher.ts';
import { type ExtensionMessage, unpackExtension } from '../route/extension.ts';

const PACKAGE = 'envoy.extensions.matching.input_matchers';

/** What is supported of tests of inputs. */
export const INPUT_TEST_SUPPORT = [
  supports<Ip>(`${PACKAGE}.ip.v3.Ip`, { cidrRanges: true, statPrefix: true }),
  supports<ConsistentHashing>(`${PACKAGE}.consistent_hashing.v3.ConsistentHashing`, {
    threshold: true,
    modulo: true,
    seed: true,
  }),
];

interface InputTestCompiler {
  readonly typeName: string;
  compile(message: TypedMessage, path: string, context: CompileContext): StringMatcher | undefined;
}

const INPUT_TESTS: readonly InputTestCompiler[] = [
  {
    typeName: `${PACKAGE}.ip.v3.Ip`,
    compile: (message, path, context) => compileIpTest(message as Ip, path, context),
  },
  {
    typeName: `${PACKAGE}.consistent_hashing.v3.ConsistentHashing`,
    compile: (message, path, context) => compileHashTest(message as ConsistentHashing, path, context),
  },
];

/** Compiles a test; undefined when there was a problem. */
export function compileInputTest(
  extension: ExtensionMessage,
  path: string,
  context: CompileContext,
): StringMatcher | undefined {
  const names = INPUT_TESTS.map(({ typeName }) => typeName);
  const message = unpackExtension<TypedMessage>(extension, path, context, names);
  const found = INPUT_TESTS.find(({ typeName }) => typeName === message?.$typeName);
  return message && found?.compile(message, `${path}.typed_config`, context);
}

function compileIpTest(message: Ip, path: string, context: CompileContext): StringMatcher | undefined {
  const ranges = compileCidrRanges(message.cidrRanges, `${path}.cidr_ranges`, context);
  if (ranges === undefined) return undefined;
  const set = compileCidrSet(ranges);
  return {
    matches: (text) => {
      const ip = parseIp(text);
      return ip !== undefined && set.contains(ip);
    },
    describe: () => set.describe(),
  };
}

function compileHashTest(
  { threshold, modulo, seed }: ConsistentHashing,
  path: string,
  context: CompileContext,
): StringMatcher | undefined {
  if (threshold > modulo || modulo === 0) {
    context.problems.add(path, `threshold ${threshold} must be at most modulo ${modulo}, which must not be 0`);
    return undefined;
  }
  const start = { high: Number(seed >> 32n), low: Number(seed & 0xffff_ffffn) };
  return {
    matches: (text) => {
      const { high, low } = xxHash64Text(text, start);
      return Number(((BigInt(high) << 32n) | BigInt(low)) % BigInt(modulo)) >= threshold;
    },
    describe: () => `hash modulo ${modulo} at least ${threshold}`,
  };
}
