import type { CommandContext } from '../framework/context.ts';
import type { CommandResult } from '../framework/result.ts';
import { formatJson } from './json.ts';
import { formatTable } from './table.ts';

/** Prints a result in the wanted format. */
export async function printResult(result: CommandResult, context: CommandContext): Promise<void> {
  context.out.write(await formatResult(result, context));
}

async function formatResult({ data, view }: CommandResult, { output, style }: CommandContext): Promise<string> {
  switch (output) {
    case 'json':
      return formatJson(data);
    case 'yaml':
      // Loaded only here: the YAML library would cost every other command its load time.
      return (await import('./yaml.ts')).formatYaml(data);
    case 'table':
    case 'short':
    case 'wide':
      return view.kind === 'text' ? `${view.text}\n` : formatTable(view, { isWide: output === 'wide', style });
  }
}
