/** Explanations as text, in the form of `kubectl explain`. */
import type { ExplainedField, ExplainedRule, Explanation } from './explain.ts';

const WIDTH = 80;

/** The text; with the tree of all fields when the explanation has it. */
export function renderExplanation(explanation: Explanation): string {
  const isTree = explanation.fields.some((field) => field.fields !== undefined);
  const parts = [head(explanation), ...about(explanation), ...rules(explanation.rules)];
  if (explanation.fields.length > 0) {
    const shown = isTree ? tree(explanation.fields, 1) : explanation.fields.map(field).join('\n\n');
    parts.push(`FIELDS:\n${shown}`);
  }
  return `${parts.join('\n\n')}\n`;
}

function head({ group, kind, version, fieldPath, type, isRequired }: Explanation): string {
  const lines = [`KIND:       ${kind}`, `VERSION:    ${version}`];
  if (group !== '') lines.unshift(`GROUP:      ${group}`);
  if (fieldPath.length > 0) lines.push('', `FIELD: ${fieldPath.at(-1)} <${type}>${isRequired ? ' -required-' : ''}`);
  return lines.join('\n');
}

function about(explanation: Explanation): string[] {
  const parts: string[] = [];
  if (explanation.enum !== undefined)
    parts.push(`ENUM:\n${explanation.enum.map((value) => `    ${show(value)}`).join('\n')}`);
  if (explanation.default !== undefined) parts.push(`DEFAULT:\n    ${show(explanation.default)}`);
  if (explanation.bounds.length > 0)
    parts.push(`BOUNDS:\n${explanation.bounds.map((bound) => `    ${bound}`).join('\n')}`);
  if (explanation.deprecated !== undefined) parts.push(`DEPRECATED:\n${wrap(explanation.deprecated, 4)}`);
  parts.push(`DESCRIPTION:\n${wrap(explanation.description === '' ? '<empty>' : explanation.description, 4)}`);
  return parts;
}

function rules(all: readonly ExplainedRule[]): string[] {
  const lines = all.flatMap(({ message, rule }) => {
    const text = message ?? rule;
    return text === undefined ? [] : [wrap(text, 4)];
  });
  return lines.length === 0 ? [] : [`RULES:\n${lines.join('\n')}`];
}

function field(explained: ExplainedField): string {
  const lines = [`  ${title(explained)}`];
  if (explained.enum !== undefined) lines.push(`  enum: ${explained.enum.map(show).join(', ')}`);
  lines.push(wrap(explained.description === '' ? '<no description>' : explained.description, 4));
  return lines.join('\n');
}

function tree(fields: readonly ExplainedField[], depth: number): string {
  return fields
    .map((explained) => {
      const line = `${'  '.repeat(depth)}${title(explained)}`;
      return explained.fields === undefined ? line : `${line}\n${tree(explained.fields, depth + 1)}`;
    })
    .join('\n');
}

function title(explained: ExplainedField): string {
  return `${explained.name}\t<${explained.type}>${explained.isRequired ? ' -required-' : ''}`;
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Breaks a text between words, each line indented. */
function wrap(text: string, indent: number): string {
  const margin = ' '.repeat(indent);
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
        lines.push(margin + line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(margin + line);
  }
  return lines.join('\n');
}
