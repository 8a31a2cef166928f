import type { HeaderField } from '../http2/hpack/index.ts';
import { FieldHead, fieldsOf, lineSize, makeField } from './field-head.ts';
import type { ResponseHead } from './head.ts';

/** Key: status. Written by statusField only; statuses have three digits. */
const STATUS_FIELDS: (HeaderField | undefined)[] = [];

/** The `:status` field of a response. */
export function statusField(status: number): HeaderField {
  const known = STATUS_FIELDS[status];
  if (known !== undefined) return known;
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new RangeError(`status ${status} is not a number of three digits`);
  }
  const field = makeField(':status', String(status));
  STATUS_FIELDS[status] = field;
  return field;
}

/** The head of a response over HPACK fields. */
export class ResponseFields extends FieldHead implements ResponseHead {
  /** The `:status` field, for encoders. */
  statusField: HeaderField;
  #status: number;

  constructor(fields: HeaderField[], status: HeaderField) {
    super(fields);
    this.statusField = status;
    this.#status = Number(status.value);
  }

  /** A head from text. */
  static of(status: number, pairs: Iterable<readonly [string, string]> = []): ResponseFields {
    return new ResponseFields(fieldsOf(pairs), statusField(status));
  }

  get status(): number {
    return this.#status;
  }

  set status(value: number) {
    this.statusField = statusField(value);
    this.#status = value;
  }

  override get(name: string): string | undefined {
    return name === ':status' ? this.statusField.value : super.get(name);
  }

  override has(name: string): boolean {
    return name === ':status' || super.has(name);
  }

  override set(name: string, value: string): void {
    if (name === ':status') this.status = Number(value);
    else super.set(name, value);
  }

  override get byteSize(): number {
    return super.byteSize + lineSize(this.statusField);
  }
}
