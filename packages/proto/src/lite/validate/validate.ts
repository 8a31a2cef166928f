import type { Message } from '@bufbuild/protobuf';
import { knownMessage, schemaOf } from '../load-schema.ts';
import { valueIfSet } from '../presence.ts';
import type { Problems } from '../problems.ts';
import { type Field, type Fields, type MessageSchema, type Oneof, TYPE, zeroOf } from '../schema.ts';
import { isWrapper } from '../well-known.ts';
import { type FieldRules, rulesOf } from './rules.ts';

/**
 * Checks a message and those within it by the validate.rules of their fields (protoc-gen-validate), in the words that Envoy has for
 * them. What an Any holds is checked by whoever unpacks it.
 */
export function validate(message: Message, report: Problems): void {
  validateMessage(knownMessage(message.$typeName), message as unknown as Fields, report);
}

function validateMessage(schema: MessageSchema, message: Fields, report: Problems): void {
  for (const oneof of schema.oneofs) if (oneof.isRequired) validateOneof(schema, oneof, message, report);
  for (const field of schema.fields) {
    const rules = rulesOf(field);
    if (rules === undefined && field.type !== TYPE.message) continue;
    const value = valueIfSet(message, field);
    if (value === undefined) {
      if (rules !== undefined && field.oneof === undefined) validateUnset(field, rules, report);
    } else {
      validateSet(field, rules, value, report);
    }
  }
}

function validateOneof(schema: MessageSchema, oneof: Oneof, message: Fields, report: Problems): void {
  const selected = message[oneof.localName] as { readonly case?: string | undefined } | undefined;
  if (selected?.case !== undefined) return;
  const members = schema.fields.filter((field) => field.oneof === oneof).map(({ name }) => name);
  report.add(oneof.name, `value is required: one of ${members.join(', ')}`);
}

/** What has no presence is checked as its default, an empty list for one. */
function validateUnset(field: Field, rules: FieldRules, report: Problems): void {
  if (rules.isRequired) {
    report.add(field.name, 'value is required');
    return;
  }
  if (field.kind === 'singular') {
    if (!field.hasPresence) addReason(report, field.name, rules.values?.(zeroOf(field.type)));
  } else {
    addReason(report, field.name, rules.whole?.(field.kind === 'list' ? [] : {}));
  }
}

function validateSet(field: Field, rules: FieldRules | undefined, value: unknown, report: Problems): void {
  report.enter(field.name);
  if (field.kind === 'singular') {
    validateValue(field, rules, value, report);
  } else {
    addReason(report, '', rules?.whole?.(value));
    if (field.kind === 'list') validateElements(field, rules, value as readonly unknown[], report);
    else validateEntries(field, rules, value as Fields, report);
  }
  report.leave();
}

function validateElements(
  field: Field,
  rules: FieldRules | undefined,
  list: readonly unknown[],
  report: Problems,
): void {
  for (let i = 0; i < list.length; i++) {
    report.enterIndex(i);
    validateValue(field, rules, list[i], report);
    report.leave();
  }
}

/** All keys with rules are texts. */
function validateEntries(field: Field, rules: FieldRules | undefined, map: Fields, report: Problems): void {
  for (const key of Object.keys(map)) {
    report.enterKey(key);
    addReason(report, '', rules?.keys?.(key));
    validateValue(field, rules, map[key], report);
    report.leave();
  }
}

function validateValue(field: Field, rules: FieldRules | undefined, value: unknown, report: Problems): void {
  const isMessage = field.type === TYPE.message && !field.isUnwrapped && !field.isJsonObject;
  if (rules?.values !== undefined) addReason(report, '', rules.values(ruledValue(field, isMessage, value)));
  if (isMessage) validateMessage(schemaOf(field), value as Fields, report);
}

/** The rules for a wrapper are meant for what it holds. */
function ruledValue(field: Field, isMessage: boolean, value: unknown): unknown {
  if (!isMessage || !isWrapper(field.typeName)) return value;
  return (value as Fields)['value'] ?? zeroOf(schemaOf(field).fields[0]!.type);
}

function addReason(report: Problems, field: string, reason: string | undefined): void {
  if (reason !== undefined) report.add(field, reason);
}
