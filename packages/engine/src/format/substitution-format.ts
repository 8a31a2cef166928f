import type {
  JsonFormatOptions,
  SubstitutionFormatString,
} from '@weft/proto/envoy/config/core/v3/substitution_format_string';
import type { Cel } from '@weft/proto/envoy/extensions/formatter/cel/v3/cel';
import type { Metadata } from '@weft/proto/envoy/extensions/formatter/metadata/v3/metadata';
import type { ReqWithoutQuery } from '@weft/proto/envoy/extensions/formatter/req_without_query/v3/req_without_query';
import { compileDataSource } from '../compile/data-source.ts';
import { isMissing, valueOrReport } from '../compile/matchers/outcome.ts';
import { supports, withoutEffect } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension, type ExtensionCategory } from '../config/extension-category.ts';
import { compileFormat } from './compile-format.ts';
import { BRIEF_LINE_OPTIONS, type Formatter, LINE_OPTIONS, type SubstitutionFormat } from './formatter.ts';
import { compileJsonFormat } from './json-format.ts';

const SORTED = withoutEffect('members are always in the order of their names, as in Envoy');

/** What is supported of formats. */
export const SUBSTITUTION_FORMAT_SUPPORT = [
  supports<SubstitutionFormatString>('envoy.config.core.v3.SubstitutionFormatString', {
    format: { textFormat: true, jsonFormat: true, textFormatSource: true },
    omitEmptyValues: true,
    contentType: true,
    formatters: true,
    jsonFormatOptions: SORTED,
  }),
  supports<JsonFormatOptions>('envoy.config.core.v3.JsonFormatOptions', { sortProperties: SORTED }),
  supports<Cel>('envoy.extensions.formatter.cel.v3.Cel', {
    celConfig: 'what it would allow is in the language always: leave it out',
  }),
  supports<Metadata>('envoy.extensions.formatter.metadata.v3.Metadata', {}),
  supports<ReqWithoutQuery>('envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery', {}),
];

const BUILT_IN = { compile: (): true => true };

/** Extensions that bring operators; those that there are need not be named. */
export const FORMATTERS: ExtensionCategory<true> = {
  name: 'envoy.formatter',
  what: 'formatter',
  supported: [
    { name: 'envoy.formatter.cel', typeName: 'envoy.extensions.formatter.cel.v3.Cel', ...BUILT_IN },
    { name: 'envoy.formatter.metadata', typeName: 'envoy.extensions.formatter.metadata.v3.Metadata', ...BUILT_IN },
    {
      name: 'envoy.formatter.req_without_query',
      typeName: 'envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery',
      ...BUILT_IN,
    },
  ],
  refused: {
    'envoy.extensions.formatter.file_content.v3.FileContent': 'write the text into the format',
    'envoy.extensions.formatter.generic_secret.v3.GenericSecret': 'secrets do not belong into logs and headers',
  },
};

/** Compiles a format with its options; undefined when there was a problem. */
export function compileSubstitutionFormat(
  message: SubstitutionFormatString,
  path: string,
  context: ConfigContext,
): SubstitutionFormat | undefined {
  const before = context.problems.count;
  message.formatters.forEach(({ name, typedConfig }, i) => {
    compileExtension(FORMATTERS, { name, typedConfig }, `${path}.formatters[${i}]`, context);
  });
  const formatter = formatterOf(message, path, context);
  if (formatter === undefined || context.problems.count !== before) return undefined;
  const usual = message.format.case === 'jsonFormat' ? 'application/json' : 'text/plain';
  return Object.freeze({ formatter, contentType: message.contentType === '' ? usual : message.contentType });
}

function formatterOf(message: SubstitutionFormatString, path: string, context: ConfigContext): Formatter | undefined {
  const { format, omitEmptyValues: omitsEmpty } = message;
  const { formats } = context;
  const options = omitsEmpty ? BRIEF_LINE_OPTIONS : LINE_OPTIONS;
  switch (format.case) {
    case 'textFormat':
      return valueOrReport(compileFormat(format.value, `${path}.text_format`, formats, options), context);
    case 'jsonFormat':
      return valueOrReport(compileJsonFormat(format.value, `${path}.json_format`, formats, { omitsEmpty }), context);
    case 'textFormatSource': {
      const at = `${path}.text_format_source`;
      const bytes = compileDataSource(format.value, at, context);
      if (bytes === undefined) return undefined;
      return valueOrReport(compileFormat(new TextDecoder().decode(bytes), at, formats, options), context);
    }
    case undefined:
      return isMissing(path, 'text_format_source, json_format or text_format', context);
  }
}
