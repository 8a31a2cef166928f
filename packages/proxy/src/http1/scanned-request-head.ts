import type { RequestHead } from '../http/head.ts';
import { latin1Slice } from '../http/latin1.ts';
import { safePath } from '../http/safe-text.ts';
import { ConnectionOption, type HeadScan, TargetKind } from './head-scan.ts';
import { KnownHeader } from './known-headers.ts';
import { copyBytes, hideHopByHop, keepOnlyTrailersInTe, putText, ScannedFields } from './scanned-fields.ts';

const { host: HOST, upgrade: UPGRADE } = KnownHeader;
const VERSION_LINE_END = Buffer.from(' HTTP/1.1\r\n');
const LETTER_G = 71;
const LETTER_P = 80;

/** The head of a request that came in by HTTP/1. `host` is not among its fields: it is the authority. */
export class ScannedRequestHead extends ScannedFields implements RequestHead {
  scheme = 'http';
  protocol = '';
  #method: string | undefined;
  #path: string | undefined;
  #authority: string | undefined;
  /** Whether the request line's method and target still hold. */
  #isLineIntact = true;
  readonly #giveBack: (head: ScannedRequestHead) => void;
  #isHostIntact = true;

  constructor(scan: HeadScan, giveBack: (head: ScannedRequestHead) => void) {
    super(scan, Buffer.alloc(0));
    this.#giveBack = giveBack;
  }

  override release(): void {
    super.release();
    this.#giveBack(this);
  }

  /** Begins a request whose scan is complete. */
  begin(bytes: Buffer, scheme: string): void {
    const { scan } = this;
    this.reset(bytes);
    this.scheme = scheme;
    this.protocol = '';
    this.#method = undefined;
    this.#path = undefined;
    this.#authority = undefined;
    // Only an origin form goes on as it is: proxies speak origin form to servers (RFC 9112 §3.2.1).
    this.#isLineIntact = scan.targetKind !== TargetKind.absolute;
    // RFC 9112 §3.2.2: the authority of the target replaces what Host says.
    this.#isHostIntact = scan.targetKind !== TargetKind.absolute && scan.targetKind !== TargetKind.authority;
    if ((scan.connection & ConnectionOption.upgrade) !== 0 && scan.first[UPGRADE]! >= 0) {
      this.protocol = (this.get('upgrade') ?? '').toLowerCase();
    }
    hideHopByHop(this, (scan.connection & ConnectionOption.other) !== 0);
    keepOnlyTrailersInTe(this);
  }

  get method(): string {
    if (this.#method === undefined) {
      const { methodStart, methodEnd } = this.scan;
      const first = this.bytes[methodStart];
      const length = methodEnd - methodStart;
      if (length === 3 && first === LETTER_G) this.#method = 'GET';
      else if (length === 4 && first === LETTER_P && this.bytes[methodStart + 1] === 79) this.#method = 'POST';
      // Two letters do not make sure that it is the method that they look like.
      if (this.#method === undefined || !isText(this.bytes, methodStart, this.#method)) {
        this.#method = latin1Slice(this.bytes, methodStart, methodEnd);
      }
    }
    return this.#method;
  }

  set method(method: string) {
    this.#method = method;
    this.#isLineIntact = false;
  }

  get path(): string {
    if (this.#path === undefined) {
      const { scan } = this;
      if (scan.targetKind === TargetKind.authority) this.#path = '';
      else {
        const path = latin1Slice(this.bytes, scan.pathStart, scan.targetEnd);
        // An absolute form may have no path: `http://host` and `http://host?query` mean the root.
        if (path.startsWith('/') || path === '*') this.#path = path;
        else this.#path = path === '' && this.method === 'OPTIONS' ? '*' : `/${path}`;
      }
    }
    return this.#path;
  }

  set path(path: string) {
    this.#path = safePath(path);
    this.#isLineIntact = false;
  }

  get authority(): string {
    if (this.#authority === undefined) {
      const { scan } = this;
      if (scan.authorityEnd > 0) {
        this.#authority = latin1Slice(this.bytes, scan.authorityStart, scan.authorityEnd);
      } else {
        const row = scan.first[HOST]!;
        this.#authority = row < 0 ? '' : latin1Slice(this.bytes, scan.valueStart(row), scan.valueEnd(row));
      }
    }
    return this.#authority;
  }

  set authority(authority: string) {
    this.#authority = safePath(authority);
    this.#isHostIntact = false;
  }

  override get(name: string): string | undefined {
    switch (name) {
      case ':method':
        return this.method;
      case ':path':
        return this.path === '' ? undefined : this.path;
      case ':authority':
      case 'host':
        return this.authority === '' ? undefined : this.authority;
      case ':scheme':
        return this.scheme;
      case ':protocol':
        return this.protocol === '' ? undefined : this.protocol;
      default:
        return super.get(name);
    }
  }

  override has(name: string): boolean {
    return name.charCodeAt(0) === 58 || name === 'host' ? this.get(name) !== undefined : super.has(name);
  }

  override set(name: string, value: string): void {
    if (name === 'host' || name === ':authority') this.authority = value;
    else if (name === ':path') this.path = value;
    else if (name === ':method') this.method = value;
    else if (name === ':scheme') this.scheme = value;
    else super.set(name, value);
  }

  override remove(name: string): void {
    if (name !== 'host' && name.charCodeAt(0) !== 58) super.remove(name);
  }

  override forEach(visit: (name: string, value: string) => void): void {
    super.forEach((name, value) => {
      if (name !== 'host') visit(name, value);
    });
  }

  override get fieldCount(): number {
    return super.fieldCount - this.scan.counts[HOST]!;
  }

  override get byteSize(): number {
    // What HTTP/2 would carry: the pseudo-headers count with their names.
    return super.byteSize + this.path.length + this.method.length + this.scheme.length + 33;
  }

  /** Writes request line and field lines in origin form; returns where they end. Needs `lineBytesBound + writtenBytesBound` bytes. */
  write(out: Buffer, at: number): number {
    const { scan } = this;
    let to = at;
    if (this.#isLineIntact && scan.minorVersion === 1)
      to = copyBytes(this.bytes, scan.methodStart, scan.fieldsStart, out, to);
    else {
      to = putText(out, to, this.method);
      out[to] = 32;
      to = putText(out, to + 1, this.path === '' ? this.authority : this.path);
      to = copyBytes(VERSION_LINE_END, 0, VERSION_LINE_END.length, out, to);
    }
    if (!this.#isHostIntact) this.#hideHost();
    if (!this.#isHostIntact || scan.first[HOST]! < 0) {
      to = putText(out, to, 'host: ');
      to = putText(out, to, this.authority);
      out[to] = 13;
      out[to + 1] = 10;
      to += 2;
    }
    return this.writeFields(out, to);
  }

  /** At most so many bytes are written for the request line and the host. */
  get lineBytesBound(): number {
    return this.method.length + this.path.length + this.authority.length + 32;
  }

  #hideHost(): void {
    for (let row = this.scan.first[HOST]!; row >= 0; row = this.scan.next(row)) this.hide(row);
  }
}

function isText(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
