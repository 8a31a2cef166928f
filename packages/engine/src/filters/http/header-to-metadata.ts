import type {
  Config,
  Config_KeyValuePair,
  Config_Rule,
} from '@weft/proto/envoy/extensions/filters/http/header_to_metadata/v3/header_to_metadata';
import type { CompileContext } from '../../compile/context.ts';
import { compileList, isMissing } from '../../compile/matchers/outcome.ts';
import { compileSubstitution } from '../../compile/matchers/regex.ts';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import { asciiLower } from '../../match/ascii.ts';
import type { RegexSubstitution } from '../../match/regex-substitution.ts';
import { wireText } from '../../match/wire-text.ts';

const PACKAGE = 'envoy.extensions.filters.http.header_to_metadata.v3';

/** What is supported of the filter. */
export const HEADER_TO_METADATA_SUPPORT = [
  supports<Config>(`${PACKAGE}.Config`, {
    requestRules: true,
    responseRules: true,
    statPrefix: 'the filter counts nothing: leave it out',
  }),
  supports<Config_Rule>(`${PACKAGE}.Config.Rule`, {
    header: true,
    cookie: true,
    onHeaderPresent: true,
    onHeaderMissing: true,
    remove: true,
  }),
  supports<Config_KeyValuePair>(`${PACKAGE}.Config.KeyValuePair`, {
    metadataNamespace: true,
    key: true,
    value: true,
    regexValueRewrite: true,
    type: true,
    encode: true,
  }),
];

/** How the text of a header becomes a value. */
export type MetadataValueType = 'string' | 'number' | 'protobuf';

/** What is written, and where. */
export interface MetadataPair {
  readonly namespace: string;
  readonly key: string;
  /** Written instead of the header's value, one character for each byte as there; empty for that. */
  readonly value: string;
  readonly rewrite: RegexSubstitution | undefined;
  readonly type: MetadataValueType;
  readonly isBase64: boolean;
}

/** What is done about one header or cookie. */
export interface HeaderToMetadataRule {
  readonly kind: 'header' | 'cookie';
  readonly name: string;
  readonly onPresent: MetadataPair | undefined;
  readonly onMissing: MetadataPair | undefined;
  /** Whether the header is taken away. */
  readonly removes: boolean;
}

/** A compiled filter, or what a route says instead. */
export interface HeaderToMetadataRuntime {
  readonly request: readonly HeaderToMetadataRule[];
  readonly response: readonly HeaderToMetadataRule[];
}

/** Writes headers into the metadata of the stream, for those who balance, route, limit and log by it. */
export const HEADER_TO_METADATA_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.header_to_metadata',
  typeName: `${PACKAGE}.Config`,
  compile: (message, path, context) => compileConfig(message as Config, path, context),
  route: {
    typeName: `${PACKAGE}.Config`,
    compile: (message, path, context) => {
      const config = message as Config;
      const hasRules = config.requestRules.length > 0 || config.responseRules.length > 0;
      return hasRules ? compileConfig(config, path, context) : isMissing(path, 'one of the rules', context);
    },
  },
};

function compileConfig(message: Config, path: string, context: CompileContext): HeaderToMetadataRuntime | undefined {
  const compile = (rules: readonly Config_Rule[], name: string) =>
    compileList(rules, `${path}.${name}`, (rule, at) => compileRule(rule, at, context));
  const request = compile(message.requestRules, 'request_rules');
  const response = compile(message.responseRules, 'response_rules');
  return request && response && Object.freeze({ request, response });
}

function compileRule(message: Config_Rule, path: string, context: CompileContext): HeaderToMetadataRule | undefined {
  const reason = whyBad(message);
  if (reason !== undefined) {
    context.problems.add(path, reason);
    return undefined;
  }
  const before = context.problems.count;
  const { header, cookie, onHeaderPresent, onHeaderMissing, remove: removes } = message;
  const onPresent = onHeaderPresent && compilePair(onHeaderPresent, `${path}.on_header_present`, context);
  const onMissing = onHeaderMissing && compilePair(onHeaderMissing, `${path}.on_header_missing`, context);
  if (context.problems.count !== before) return undefined;
  const isHeader = header !== '';
  return {
    kind: isHeader ? 'header' : 'cookie',
    name: isHeader ? asciiLower(header) : cookie,
    onPresent,
    onMissing,
    removes,
  };
}

/** The rules that Envoy has for rules. */
function whyBad({ header, cookie, onHeaderPresent, onHeaderMissing, remove }: Config_Rule): string | undefined {
  if (header === '' && cookie === '') return 'header or cookie is required';
  if (header !== '' && cookie !== '') return 'header and cookie may not both be set';
  if (cookie !== '' && remove) return 'remove is for headers only';
  if (onHeaderPresent === undefined && onHeaderMissing === undefined) {
    return 'on_header_present or on_header_missing is required';
  }
  if (onHeaderMissing?.value === '') return 'on_header_missing needs a value';
  if (onHeaderMissing?.regexValueRewrite !== undefined) return 'on_header_missing has no text to rewrite';
  const isBoth = onHeaderPresent !== undefined && onHeaderPresent.value !== '' && onHeaderPresent.regexValueRewrite;
  return isBoth ? 'value and regex_value_rewrite may not both be set' : undefined;
}

/** By the number of the enum. */
const TYPES: readonly MetadataValueType[] = ['string', 'number', 'protobuf'];
const DEFAULT_NAMESPACE = 'envoy.filters.http.header_to_metadata';

function compilePair(message: Config_KeyValuePair, path: string, context: CompileContext): MetadataPair | undefined {
  const { metadataNamespace, key, value, regexValueRewrite, encode } = message;
  if (key === '') return isMissing(path, 'key', context);
  const type = TYPES[message.type];
  if (type === undefined)
    context.problems.add(`${path}.type`, `${message.type} is none of STRING, NUMBER and PROTOBUF_VALUE`);
  const rewrite = regexValueRewrite && compileSubstitution(regexValueRewrite, `${path}.regex_value_rewrite`, context);
  const isRewriteBad = regexValueRewrite !== undefined && rewrite === undefined;
  if (type === undefined || isRewriteBad) return undefined;
  const namespace = metadataNamespace || DEFAULT_NAMESPACE;
  return { namespace, key, value: wireText(value), rewrite, type, isBase64: encode === 1 };
}
