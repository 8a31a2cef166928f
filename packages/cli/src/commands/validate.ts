import { UserError } from '@weft/core';
import { defineCommand } from '../framework/command.ts';
import type { CommandContext } from '../framework/context.ts';
import { flag } from '../framework/flags.ts';
import { type CommandResult, textResult } from '../framework/result.ts';
import { readManifests } from '../io/read-manifests.ts';
import { type CheckedManifest, checkManifest } from '../manifests/check-manifest.ts';
import { customKindsIn } from '../manifests/custom-kinds.ts';

export default defineCommand({
  description:
    'Checks manifests as the API server would, without one: syntax, unknown fields, types, and the rules across fields ' +
    'of every kind. Custom resources are checked against definitions found in the same files. ' +
    'Exits with 1 when something is wrong; warnings alone do not count.',
  status: 'stable',
  shared: ['output'],
  flags: {
    filename: flag.list(
      flag.file({
        description: 'file, folder or - for standard input',
        short: 'f',
        completion: 'file',
        required: true,
      }),
    ),
    quiet: flag.boolean({ description: 'tell only what is wrong', short: 'q' }),
  },
  examples: [
    { title: 'Check one file', command: 'weft validate -f virtualservice.yaml' },
    { title: 'Check a folder in CI, telling only what is wrong', command: 'weft validate -q -f manifests/' },
    { title: 'Check what a generator prints', command: 'kustomize build . | weft validate -f -' },
    { title: 'Read the findings with another program', command: 'weft validate -f manifests/ -o json' },
  ],
  async run({ filename, quiet }, context) {
    if (filename.length === 0)
      throw new UserError('nothing to check: name a file or folder with -f, or - for standard input');
    const items = await readManifests(filename, context);
    const custom = customKindsIn(items);
    const checked = items.map((item) => checkManifest(item, custom));
    return render(checked, quiet, context);
  },
});

function render(checked: readonly CheckedManifest[], quiet: boolean, { style }: CommandContext): CommandResult {
  const invalid = checked.filter((one) => !one.isValid).length;
  const warnings = checked.flatMap((one) => one.findings).filter((finding) => finding.severity === 'warning').length;
  const lines: string[] = [];
  for (const one of checked) {
    if (quiet && one.findings.length === 0) continue;
    lines.push(`${one.isValid ? style.green('✓') : style.red('✗')} ${titleOf(one)}`);
    for (const { severity, line, message } of one.findings) {
      const mark = severity === 'error' ? style.red('error') : style.yellow('warning');
      lines.push(`    ${one.file}:${line}: ${mark}: ${message}`);
    }
  }
  const summary = `${checked.length} checked, ${invalid} invalid, ${warnings} warning${warnings === 1 ? '' : 's'}`;
  const data = { objects: checked, summary: { checked: checked.length, invalid, warnings } };
  if (checked.length === 0) return textResult(data, 'no objects found', 'no');
  return textResult(data, [...lines, summary].join('\n'), invalid === 0 ? 'yes' : 'no');
}

function titleOf(one: CheckedManifest): string {
  if (one.kind === '') return `${one.file}:${one.line}`;
  const name = one.namespace === '' ? one.name : `${one.namespace}/${one.name}`;
  return `${one.kind} ${name === '' ? '<no name>' : name} (${one.file}:${one.line})`;
}
