/** Holds the support tables against the code: a field that is said to be supported and that nobody reads would be accepted and ignored. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Field, fieldsOf, TYPE } from '@weft/proto/lite';
import type { MessageSupport } from '../compile/support.ts';
import { isEnumSupport } from '../compile/support-enum.ts';
import { ALL_SUPPORT } from './all-support.ts';

const PACKAGES = path.join(import.meta.dirname, '..', '..', '..');

/** Who reads messages. */
const READERS = ['engine/src', 'telemetry/src', 'xds/src', 'proxy/src'];

/** Fields that need no reader, and why. */
const UNREAD: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /^envoy\.(config\.core\.v3\.(Node|Extension)|type\.v3\.SemanticVersion)\./,
    why: 'a node goes to the servers of configuration as it is',
  },
  { pattern: /\.DownstreamTlsContext\.ocsp_staple_policy$/, why: 'the policies that are not refused are alike' },
];

/** Every word in the sources of the readers, but where a support table has it: there it is followed by what is supported. */
function wordsRead(): ReadonlySet<string> {
  const words = new Set<string>();
  for (const reader of READERS) {
    const folder = path.join(PACKAGES, reader);
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.includes('test-support')) continue;
      const text = readFileSync(path.join(folder, name), 'utf8').replace(
        /\b\w+: (?:true|withoutEffect|later|[A-Z_]+,)/g,
        '',
      );
      for (const [word] of text.matchAll(/\w+/g)) words.add(word);
    }
  }
  return words;
}

const MESSAGES = ALL_SUPPORT.filter((table): table is MessageSupport => !isEnumSupport(table));

function supportedFields({ typeName, fields }: MessageSupport): readonly Field[] {
  return fieldsOf(typeName)!.filter(({ localName }) => fields.get(localName) === true);
}

/** Messages that only refused fields lead to need no reader; those that stand in an Any are named by their extension. */
function isReached({ typeName }: MessageSupport, reached: ReadonlySet<string>): boolean {
  return reached.has(typeName) || !/\.v3\.\w+\./.test(typeName);
}

test('every field that is supported is read by somebody', () => {
  const words = wordsRead();
  const reached = new Set(MESSAGES.flatMap((table) => supportedFields(table).map((field) => field.typeName)));
  const empty = new Set(
    MESSAGES.filter((table) => supportedFields(table).length === 0).map(({ typeName }) => typeName),
  );
  const isRead = ({ localName, oneof, type, typeName }: Field) =>
    words.has(localName) ||
    // The cases of a oneof are read by its name.
    (oneof !== undefined && words.has(oneof.localName)) ||
    // There is nothing to read of a message of which everything is refused.
    (type === TYPE.message && empty.has(typeName));
  const unread = MESSAGES.filter((table) => isReached(table, reached)).flatMap((table) =>
    supportedFields(table)
      .filter((field) => !isRead(field))
      .map(({ name }) => `${table.typeName}.${name}`),
  );
  assert.deepEqual(
    unread.filter((field) => !UNREAD.some(({ pattern }) => pattern.test(field))),
    [],
  );
});
