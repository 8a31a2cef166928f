import type { ResponseHead } from '../http/head.ts';
import { KnownHeader } from '../http/known-headers.ts';
import { ConnectionOption, type HeadScan } from './head-scan.ts';
import { namedByConnection } from './hop-by-hop.ts';
import type { NameCase } from './name-case.ts';
import { reasonOf } from './reasons.ts';
import { ScannedFields } from './scanned-fields.ts';
import { copyBytes, putText } from './text.ts';

const UPGRADE = KnownHeader.upgrade;
const STATUS_DIGITS = 3;

/** The head of a response that came in by HTTP/1. */
export class ScannedResponseHead extends ScannedFields implements ResponseHead {
  /** The protocol that a 101 switches to; empty otherwise. */
  protocol = '';
  isUnused = false;
  #status = 0;
  #isLineIntact = true;
  readonly #giveBack: (head: ScannedResponseHead) => void;

  constructor(scan: HeadScan, giveBack: (head: ScannedResponseHead) => void) {
    super(scan, Buffer.alloc(0));
    this.#giveBack = giveBack;
  }

  override release(): void {
    super.release();
    this.#giveBack(this);
  }

  /** Begins a response whose scan is complete. */
  begin(bytes: Buffer): void {
    const { scan } = this;
    this.reset(bytes);
    this.#status = scan.status;
    this.#isLineIntact = scan.minorVersion === 1 && hasUsualReason(scan, bytes);
    this.protocol = scan.status === 101 && scan.has(UPGRADE) ? (this.getKnown(UPGRADE) ?? '').toLowerCase() : '';
    this.hideHopByHop((scan.connection & ConnectionOption.other) === 0 ? undefined : namedByConnection(scan, bytes));
  }

  get status(): number {
    return this.#status;
  }

  set status(status: number) {
    this.#status = status;
    this.#isLineIntact = false;
  }

  override get(name: string): string | undefined {
    return name === ':status' ? String(this.#status) : super.get(name);
  }

  override has(name: string): boolean {
    return name === ':status' || super.has(name);
  }

  override set(name: string, value: string): void {
    if (name === ':status') this.status = Number(value);
    else super.set(name, value);
  }

  override remove(name: string): void {
    if (name !== ':status') super.remove(name);
  }

  override get byteSize(): number {
    return super.byteSize + 14;
  }

  /** Writes status line and field lines; returns where they end. Needs `lineBytesBound + writtenBytesBound` bytes. */
  write(out: Buffer, at: number, nameCase: NameCase): number {
    const { scan } = this;
    if (this.#isLineIntact)
      return this.writeFields(out, copyBytes(this.bytes, scan.versionStart, scan.fieldsStart, out, at), nameCase);
    let to = putText(out, at, `HTTP/1.1 ${this.#status} ${reasonOf(this.#status)}`);
    out[to] = 13;
    out[to + 1] = 10;
    to += 2;
    return this.writeFields(out, to, nameCase);
  }

  /** At most so many bytes are written for the status line. */
  get lineBytesBound(): number {
    return this.scan.fieldsStart - this.scan.start + 64;
  }
}

/** Whether the reason is the registered one: what else a server says there goes to nobody, as in Envoy. */
function hasUsualReason({ status, statusStart, reasonStart, reasonEnd }: HeadScan, bytes: Buffer): boolean {
  if (reasonStart !== statusStart + STATUS_DIGITS + 1) return false;
  const usual = reasonOf(status);
  const { length } = usual;
  if (reasonEnd - reasonStart !== length) return false;
  for (let i = 0; i < length; i++) {
    if (bytes[reasonStart + i] !== usual.charCodeAt(i)) return false;
  }
  return true;
}
