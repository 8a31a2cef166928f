import { type Problems, validate } from '@weft/proto/lite';
import type { TypedMessage } from '../compile/context.ts';
import { checkSupport } from './check-support.ts';
import type { SupportIndex } from './support-index.ts';

/** What comes before a message is compiled: the rules of its schema, and whether all that is set is supported. */
export function prepare(message: TypedMessage, index: SupportIndex, report: Problems): void {
  validate(message as Parameters<typeof validate>[0], report);
  checkSupport(message, index, report);
}
