// `node tools/gen-envoy-docs.ts` writes docs/reference/envoy-support.md from the support tables and the registries of the engine.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  ALL_CATEGORIES,
  ALL_SUPPORT,
  type EnumSupport,
  type ExtensionCategory,
  type FieldSupport,
  FORMAT_OPERATORS,
  type FormatOperator,
  isEnumSupport,
  type MessageSupport,
  REFUSED_FORMAT_OPERATORS,
  RESOURCE_TYPES,
  WithoutEffect,
} from '@weft/engine';
import { fieldsOf } from '@weft/proto/lite';

/** Where the page is. */
export const envoyPageFile: string = path.join(import.meta.dirname, '..', 'docs', 'reference', 'envoy-support.md');

/** The whole page. */
export function envoyPage(): string {
  const reached = reachedTypes();
  const tables = ALL_SUPPORT.filter(({ typeName }) => reached.has(typeName));
  const messages = tables.filter((each): each is MessageSupport => !isEnumSupport(each));
  const enums = tables.filter(isEnumSupport);
  return `# What of Envoy's configuration is supported

The proxy takes Envoy's own configuration: a bootstrap, and the resources of xDS. What it does not support it refuses with the reason that
stands here, and never ignores; a field that is accepted and does nothing is listed as such. This page is made by \`tools/gen-envoy-docs.ts\` from
the tables that the proxy itself goes by.

## Extensions

An extension is found by the type of its \`typed_config\`; its name is free.

${ALL_CATEGORIES.map(categorySection).join('\n')}
## Operators of formats

They stand in the formats of access logs, in the bodies of local replies and in the values of headers. What has no value is \`-\`, in a header
nothing, and null in JSON; \`:Z\` cuts a value off after Z bytes.

${operatorSection()}
## Messages

${messages.map(messageSection).join('\n')}
## Values of enums

Of enums that are not listed, every value is supported.

${enums.map(enumSection).join('\n')}`;
}

/** The types that a configuration can hold: a message that only fields lead to that are refused is left out. */
function reachedTypes(): ReadonlySet<string> {
  const fields = new Map(ALL_SUPPORT.flatMap((each) => (isEnumSupport(each) ? [] : [[each.typeName, each.fields]])));
  // Extensions stand in fields of type Any, which lead nowhere.
  const extensions = [...fields.keys()].filter((typeName) => typeName.startsWith('envoy.extensions.'));
  const roots = ['envoy.config.bootstrap.v3.Bootstrap', ...RESOURCE_TYPES, ...extensions];
  const reached = new Set<string>();
  for (let typeName = roots.pop(); typeName !== undefined; typeName = roots.pop()) {
    if (reached.has(typeName)) continue;
    reached.add(typeName);
    const supports = fields.get(typeName);
    if (supports === undefined) continue;
    for (const field of fieldsOf(typeName)!) {
      if (supports.get(field.localName) === true && field.typeName !== '') roots.push(field.typeName);
    }
  }
  return reached;
}

function categorySection({ name, supported, refused }: ExtensionCategory<unknown>): string {
  const rows = [
    ...supported.map((each) => [code(each.typeName), 'yes']),
    ...Object.entries(refused).map(([typeName, why]) => [code(typeName), `no: ${why}`]),
  ];
  return `### ${code(name)}\n\n${table(['type', 'supported'], rows)}`;
}

function operatorSection(): string {
  const rows = [
    ...[...FORMAT_OPERATORS.values()].map((each) => [code(operatorForm(each)), 'yes']),
    ...[...REFUSED_FORMAT_OPERATORS].map(([name, why]) => [code(`%${name}%`), `no: ${why}`]),
  ];
  return table(['operator', 'supported'], rows);
}

/** An operator as it is written; what may be left out is in brackets. */
function operatorForm({ name, param, takesLength }: FormatOperator): string {
  const params = { none: '', optional: '[(…)]', required: '(…)' };
  return `%${name}${params[param]}${takesLength ? '[:Z]' : ''}%`;
}

function messageSection({ typeName, fields }: MessageSupport): string {
  const all = (fieldsOf(typeName) ?? []).map((field) => ({ name: field.name, support: fields.get(field.localName)! }));
  const supported = all.filter(({ support }) => support === true).map(({ name }) => code(name));
  const others = all.filter(({ support }) => support !== true).map(({ name, support }) => [code(name), words(support)]);
  const list = all.length === 0 ? 'Has no fields.' : `Supported: ${supported.join(', ') || 'nothing'}.`;
  return `### ${code(typeName)}\n\n${list}\n${others.length === 0 ? '' : `\n${table(['field', ''], others)}`}`;
}

function enumSection({ typeName, values }: EnumSupport): string {
  const rows = [...values].map(([name, support]) => [code(name), words(support)]);
  return `### ${code(typeName)}\n\n${table(['value', 'supported'], rows)}`;
}

function words(support: FieldSupport): string {
  if (support === true) return 'yes';
  return support instanceof WithoutEffect ? `accepted without effect: ${support.why}` : `no: ${support}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |\n`);
  return lines.join('');
}

function escapeCell(cell: string): string {
  return cell.replaceAll('|', '\\|');
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) {
  mkdirSync(path.dirname(envoyPageFile), { recursive: true });
  writeFileSync(envoyPageFile, envoyPage());
}
