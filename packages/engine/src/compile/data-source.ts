import type { Result } from '@weft/core';
import type { DataSource } from '@weft/proto/envoy/config/core/v3/base';
import type { CompileContext } from './context.ts';
import { isMissing } from './matchers/outcome.ts';
import { supports } from './support.ts';

/** What is supported of data that may be in a file. */
export const DATA_SOURCE_SUPPORT = [
  supports<DataSource>('envoy.config.core.v3.DataSource', {
    specifier: { filename: true, inlineBytes: true, inlineString: true, environmentVariable: true },
    watchedDirectory: 'data of routes is read once, when the configuration is: send the configuration again',
  }),
];

/** What loading data needs: the engine itself reads no files. */
export interface DataContext extends CompileContext {
  /** The bytes of a file, or of an environment variable; the reason when there are none. */
  loadData(source: 'filename' | 'environmentVariable', name: string): Result<Uint8Array, string>;
}

const encoder = new TextEncoder();

/** The bytes of a data source; undefined with a problem reported. */
export function compileDataSource(source: DataSource, path: string, context: DataContext): Uint8Array | undefined {
  const { specifier } = source;
  switch (specifier.case) {
    case undefined:
      return isMissing(path, 'inline_string, inline_bytes, filename or environment_variable', context);
    case 'inlineString':
      return encoder.encode(specifier.value);
    case 'inlineBytes':
      return specifier.value;
    case 'filename':
      return loaded(context.loadData('filename', specifier.value), `${path}.filename`, context);
    case 'environmentVariable':
      return loaded(context.loadData('environmentVariable', specifier.value), `${path}.environment_variable`, context);
  }
}

function loaded(result: Result<Uint8Array, string>, path: string, context: DataContext): Uint8Array | undefined {
  if (result.kind === 'ok') return result.value;
  context.problems.add(path, result.error);
  return undefined;
}
