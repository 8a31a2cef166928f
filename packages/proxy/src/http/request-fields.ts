import type { HeaderField } from '../http2/hpack/index.ts';
import { FieldHead, fieldsOf, lineSize, makeField } from './field-head.ts';
import type { RequestHead } from './head.ts';
import { safePath } from './safe-text.ts';

/** The pseudo-headers of a request. */
export interface RequestLine {
  readonly method: string;
  /** Empty for CONNECT without `protocol`. */
  readonly path?: string;
  readonly scheme?: string;
  readonly authority?: string;
  readonly protocol?: string;
}

/**
 * The head of a request over HPACK fields; the pseudo-headers are kept apart, and `host` is another name of `:authority`. For encoders the
 * fields behind the properties are public.
 */
export class RequestFields extends FieldHead implements RequestHead {
  methodField: HeaderField;
  pathField: HeaderField | undefined;
  schemeField: HeaderField | undefined;
  authorityField: HeaderField | undefined;
  protocolField: HeaderField | undefined;

  constructor(
    fields: HeaderField[],
    method: HeaderField,
    path: HeaderField | undefined,
    scheme: HeaderField | undefined,
    authority: HeaderField | undefined,
    protocol: HeaderField | undefined,
  ) {
    super(fields);
    this.methodField = method;
    this.pathField = path;
    this.schemeField = scheme;
    this.authorityField = authority;
    this.protocolField = protocol;
  }

  /** A head from text. */
  static of(line: RequestLine, pairs: Iterable<readonly [string, string]> = []): RequestFields {
    return new RequestFields(
      fieldsOf(pairs),
      makeField(':method', line.method),
      optional(':path', line.path && safePath(line.path)),
      optional(':scheme', line.scheme),
      optional(':authority', line.authority),
      optional(':protocol', line.protocol),
    );
  }

  get method(): string {
    return this.methodField.value;
  }

  set method(value: string) {
    this.methodField = makeField(':method', value);
  }

  get path(): string {
    return this.pathField === undefined ? '' : this.pathField.value;
  }

  set path(value: string) {
    this.pathField = optional(':path', safePath(value));
  }

  get scheme(): string {
    return this.schemeField === undefined ? '' : this.schemeField.value;
  }

  set scheme(value: string) {
    this.schemeField = optional(':scheme', value);
  }

  get authority(): string {
    return this.authorityField === undefined ? '' : this.authorityField.value;
  }

  set authority(value: string) {
    this.authorityField = optional(':authority', value);
  }

  get protocol(): string {
    return this.protocolField === undefined ? '' : this.protocolField.value;
  }

  set protocol(value: string) {
    this.protocolField = optional(':protocol', value);
  }

  override get(name: string): string | undefined {
    return isSpecial(name) ? this.#pseudo(name)?.value : super.get(name);
  }

  override has(name: string): boolean {
    return isSpecial(name) ? this.#pseudo(name) !== undefined : super.has(name);
  }

  override set(name: string, value: string): void {
    if (isSpecial(name)) this.#setPseudo(name, value);
    else super.set(name, value);
  }

  override add(name: string, value: string): void {
    if (isSpecial(name)) this.#setPseudo(name, value);
    else super.add(name, value);
  }

  override remove(name: string): void {
    if (isSpecial(name)) this.#setPseudo(name, '');
    else super.remove(name);
  }

  override get byteSize(): number {
    let size = super.byteSize + lineSize(this.methodField);
    if (this.pathField !== undefined) size += lineSize(this.pathField);
    if (this.schemeField !== undefined) size += lineSize(this.schemeField);
    if (this.authorityField !== undefined) size += lineSize(this.authorityField);
    if (this.protocolField !== undefined) size += lineSize(this.protocolField);
    return size;
  }

  #pseudo(name: string): HeaderField | undefined {
    switch (name) {
      case ':method':
        return this.methodField;
      case ':path':
        return this.pathField;
      case ':scheme':
        return this.schemeField;
      case ':authority':
      case 'host':
        return this.authorityField;
      case ':protocol':
        return this.protocolField;
      default:
        return undefined;
    }
  }

  #setPseudo(name: string, value: string): void {
    switch (name) {
      case ':method':
        this.method = value;
        return;
      case ':path':
        this.path = value;
        return;
      case ':scheme':
        this.scheme = value;
        return;
      case ':authority':
      case 'host':
        this.authority = value;
        return;
      case ':protocol':
        this.protocol = value;
        return;
      default:
        throw new RangeError(`${name} is no pseudo-header of a request`);
    }
  }
}

function isSpecial(name: string): boolean {
  return name.charCodeAt(0) === 58 || name === 'host';
}

function optional(name: string, value: string | undefined): HeaderField | undefined {
  return value === undefined || value === '' ? undefined : makeField(name, value);
}
