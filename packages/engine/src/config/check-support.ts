import { enumSchema, type Field, forEachSet, type Problems, TYPE } from '@weft/proto/lite';
import type { TypedMessage } from '../compile/context.ts';
import { WithoutEffect } from '../compile/support.ts';
import type { SupportIndex } from './support-index.ts';

type Message = Parameters<typeof forEachSet>[0];

/**
 * Refuses every set field that is not supported, of a message and of those within it. What an Any holds is checked by whoever unpacks it, and
 * the expressions of CEL by their compiler.
 */
export function checkSupport(message: TypedMessage, index: SupportIndex, report: Problems): void {
  const fields = index.fieldsOf(message.$typeName);
  if (fields === undefined) {
    report.add('', `messages of type ${message.$typeName} are not supported`);
    return;
  }
  forEachSet(message as Message, (field, value) => {
    const support = fields.get(field.localName);
    if (support instanceof WithoutEffect) return;
    if (support !== true) report.add(field.name, reasonOf(support));
    else if (field.type === TYPE.enum) checkEnums(field, value, index, report);
    else if (field.type === TYPE.message && !isLeaf(field)) checkNested(field, value, index, report);
  });
}

function reasonOf(support: string | undefined): string {
  return `is not supported: ${support ?? 'it is newer than this program'}`;
}

/** Messages that stand for values, and those that have a compiler of their own which looks at everything. */
function isLeaf({ typeName, isUnwrapped, isJsonObject }: Field): boolean {
  return (
    isUnwrapped || isJsonObject || typeName.startsWith('google.protobuf.') || typeName.startsWith('google.api.expr.')
  );
}

function checkNested(field: Field, value: unknown, index: SupportIndex, report: Problems): void {
  report.enter(field.name);
  if (field.kind === 'list') {
    (value as readonly TypedMessage[]).forEach((each, i) => {
      report.enterIndex(i);
      checkSupport(each, index, report);
      report.leave();
    });
  } else if (field.kind === 'map') {
    for (const [key, each] of Object.entries(value as Readonly<Record<string, TypedMessage>>)) {
      report.enterKey(key);
      checkSupport(each, index, report);
      report.leave();
    }
  } else {
    checkSupport(value as TypedMessage, index, report);
  }
  report.leave();
}

function checkEnums(field: Field, value: unknown, index: SupportIndex, report: Problems): void {
  const values = index.valuesOf(field.typeName);
  if (values === undefined) return;
  for (const number of Array.isArray(value) ? (value as readonly number[]) : [value as number]) {
    const support = values.get(number);
    if (support === true || support instanceof WithoutEffect) continue;
    const name = enumSchema(field.typeName).values.find((each) => each.number === number)?.name ?? String(number);
    report.add(field.name, `${name} ${reasonOf(support)}`);
  }
}
