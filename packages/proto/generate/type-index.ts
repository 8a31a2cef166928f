// Writes gen/type-index.ts: which generated file declares a message, so that a type URL can be resolved by loading one file.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const SUFFIX = '_pb.ts';

/** How protoc-gen-es introduces a message's schema; nested messages have the same form. */
const MESSAGE = /Describes the message ([\w.]+)\.\n \* Use `create\(\w+\)`/g;

/** Adds the index of all messages to a folder of generated code. */
export async function writeTypeIndex(genDir: string): Promise<void> {
  const files = (await readdir(genDir, { recursive: true })).filter((name) => name.endsWith(SUFFIX)).sort();
  const typeLines: string[] = [];
  const loaderLines: string[] = [];
  for (const file of files) {
    const stem = file.split(path.sep).join('/').slice(0, -SUFFIX.length);
    const text = await readFile(path.join(genDir, file), 'utf8');
    const names = Array.from(text.matchAll(MESSAGE), (match) => match[1]);
    if (names.length === 0) continue;
    loaderLines.push(`  '${stem}': () => import('./${stem}${SUFFIX}'),`);
    for (const name of names) typeLines.push(`  '${name}': '${stem}',`);
  }
  const text = [
    '// Generated: which file declares a message. The files are named without "_pb.ts".',
    'export const typeFiles: Readonly<Record<string, string>> = {',
    ...typeLines,
    '};',
    '',
    'export const fileLoaders: Readonly<Record<string, () => Promise<Readonly<Record<string, unknown>>>>> = {',
    ...loaderLines,
    '};',
    '',
  ];
  await writeFile(path.join(genDir, 'type-index.ts'), text.join('\n'));
}
