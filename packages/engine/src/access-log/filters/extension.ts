import type { ExtensionFilter } from '@weft/proto/envoy/config/accesslog/v3/accesslog';
import type { ExpressionFilter } from '@weft/proto/envoy/extensions/access_loggers/filters/cel/v3/cel';
import { compileExpression, expressionValue } from '../../cel/expression.ts';
import { supports } from '../../compile/support.ts';
import type { ConfigContext } from '../../config/config-context.ts';
import { compileExtension, type ExtensionCategory } from '../../config/extension-category.ts';
import type { LogFilter } from '../access-log-runtime.ts';

/** What is supported of filters that are extensions. */
export const EXTENSION_FILTER_SUPPORT = [
  supports<ExtensionFilter>('envoy.config.accesslog.v3.ExtensionFilter', {
    name: true,
    configType: { typedConfig: true },
  }),
  supports<ExpressionFilter>('envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter', {
    expression: true,
    celConfig: 'what it would allow is in the language always: leave it out',
  }),
];

/** Filters that are extensions. */
export const LOG_FILTER_EXTENSIONS: ExtensionCategory<LogFilter> = {
  name: 'envoy.access_loggers.extension_filters',
  what: 'access log filter',
  supported: [
    {
      name: 'envoy.access_loggers.extension_filters.cel',
      typeName: 'envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter',
      compile: (message, path, context) => compileCelFilter(message as ExpressionFilter, path, context),
    },
  ],
  refused: {},
};

/** Compiles a filter that is an extension. */
export function compileExtensionFilter(
  { name, configType }: ExtensionFilter,
  path: string,
  context: ConfigContext,
): LogFilter | undefined {
  return compileExtension(LOG_FILTER_EXTENSIONS, { name, typedConfig: configType.value }, path, context)?.config;
}

/** Streams for which an expression is true; where it has no value they are not logged. */
function compileCelFilter(
  { expression }: ExpressionFilter,
  path: string,
  context: ConfigContext,
): LogFilter | undefined {
  const program = compileExpression(expression);
  if (program.kind === 'err') {
    context.problems.add(`${path}.expression`, program.error);
    return undefined;
  }
  return { accepts: (view) => expressionValue(program.value, view) === true };
}
