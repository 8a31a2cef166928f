import type { RequestHead } from '../http/head.ts';
import { KnownHeader } from '../http/known-headers.ts';
import { latin1Slice, rememberedText } from '../http/latin1.ts';
import { safePath } from '../http/safe-text.ts';
import { COLON } from './bytes.ts';
import { ConnectionOption, type HeadScan, TargetKind } from './head-scan.ts';
import { namedByConnection } from './hop-by-hop.ts';
import { type NameCase, spellLines } from './name-case.ts';
import { ScannedFields } from './scanned-fields.ts';
import { copyBytes, putText } from './text.ts';

const { host: HOST, upgrade: UPGRADE } = KnownHeader;
const VERSION_LINE_END = Buffer.from(' HTTP/1.1\r\n');
const LETTER_G = 71;
const LETTER_P = 80;
/** The names of the pseudo-headers and 4 bytes for each, except `:authority`. */
const PSEUDO_BYTES = ':method'.length + ':path'.length + ':scheme'.length + 3 * 4;
const AUTHORITY_BYTES = ':authority'.length + 4;

/** The head of a request that came in by HTTP/1. `host` is not among its fields: it is the authority. */
export class ScannedRequestHead extends ScannedFields implements RequestHead {
  scheme = 'http';
  protocol = '';
  isUnused = false;
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
    this.#isHostIntact = scan.first[HOST]! >= 0;
    // RFC 9112 §3.2.2: the authority of the target replaces what Host says.
    if (scan.authorityEnd > 0) this.#replaceHost();
    if ((scan.connection & ConnectionOption.upgrade) !== 0 && this.#mayUpgrade()) {
      const protocol = (this.getKnown(UPGRADE) ?? '').toLowerCase();
      // RFC 9113 §3.1: nobody needs to take this offer up, and behind a proxy nobody can.
      this.protocol = protocol === 'h2c' ? '' : protocol;
    }
    this.hideHopByHop((scan.connection & ConnectionOption.other) === 0 ? undefined : namedByConnection(scan, bytes));
    this.keepOnlyTrailersInTe();
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
        // Queries may hold secrets.
        const textOf = scan.queryStart < scan.targetEnd ? latin1Slice : rememberedText;
        const path = textOf(this.bytes, scan.pathStart, scan.targetEnd);
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
        this.#authority = row < 0 ? '' : rememberedText(this.bytes, scan.valueStart(row), scan.valueEnd(row));
      }
    }
    return this.#authority;
  }

  set authority(authority: string) {
    this.#authority = safePath(authority);
    if (this.scan.targetKind === TargetKind.authority) this.#isLineIntact = false;
    this.#replaceHost();
  }

  override get(name: string): string | undefined {
    return isPseudo(name) ? this.#pseudo(name) : super.get(name);
  }

  override has(name: string): boolean {
    return isPseudo(name) ? this.#pseudo(name) !== undefined : super.has(name);
  }

  override set(name: string, value: string): void {
    if (!isPseudo(name) || !this.#setPseudo(name, value)) super.set(name, value);
  }

  override add(name: string, value: string): void {
    if (name === 'host') this.authority = value;
    else if (!isPseudo(name) || !this.#setPseudo(name, value)) super.add(name, value);
  }

  override remove(name: string): void {
    if (!isPseudo(name) || !this.#setPseudo(name, '')) super.remove(name);
  }

  // The host is the authority.

  protected override find(id: number, name: string): string | undefined {
    if (id !== HOST) return super.find(id, name);
    return this.authority === '' ? undefined : this.authority;
  }

  protected override holds(id: number, name: string): boolean {
    return id === HOST ? this.authority !== '' : super.holds(id, name);
  }

  protected override put(id: number, name: string, value: string): void {
    if (id === HOST) this.authority = value;
    else super.put(id, name, value);
  }

  override addKnown(id: number, value: string): void {
    if (id === HOST) this.authority = value;
    else super.addKnown(id, value);
  }

  protected override drop(id: number, name: string): void {
    if (id === HOST) this.authority = '';
    else super.drop(id, name);
  }

  override forEach(visit: (name: string, value: string, id: number) => void): void {
    super.forEach((name, value, id) => {
      if (id !== HOST) visit(name, value, id);
    });
  }

  override get fieldCount(): number {
    return super.fieldCount - (this.#isHostIntact ? 1 : 0);
  }

  /** What the same request has by HTTP/2: the pseudo-headers count with their names. */
  override get byteSize(): number {
    const { authority } = this;
    let size = super.byteSize + this.path.length + this.method.length + this.scheme.length + PSEUDO_BYTES;
    if (authority !== '') size += AUTHORITY_BYTES + authority.length;
    // The line of the host is the authority.
    return this.#isHostIntact ? size - (authority.length + 'host'.length + 4) : size;
  }

  /** Whether method, target and host are what the client wrote, which the scanner has checked. */
  get isStartIntact(): boolean {
    return this.#isLineIntact && this.#isHostIntact;
  }

  /** Writes request line and field lines in origin form; returns where they end. Needs `lineBytesBound + writtenBytesBound` bytes. */
  write(out: Buffer, at: number, nameCase: NameCase): number {
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
    if (!this.#isHostIntact) {
      to = putText(out, to, 'host: ');
      spellLines(out, to - 6, to, nameCase);
      to = putText(out, to, this.authority);
      out[to] = 13;
      out[to + 1] = 10;
      to += 2;
    }
    return this.writeFields(out, to, nameCase);
  }

  /** At most so many bytes are written for the request line and the host. */
  get lineBytesBound(): number {
    return this.method.length + this.path.length + 2 * this.authority.length + 32;
  }

  /** An upgrade of HTTP/1.0, of CONNECT or of a request with a body is not served: what would be the request, and what the new protocol? */
  #mayUpgrade(): boolean {
    const { scan } = this;
    const { targetKind, minorVersion, contentLength, isChunked } = scan;
    return (
      minorVersion === 1 && targetKind !== TargetKind.authority && contentLength <= 0 && !isChunked && scan.has(UPGRADE)
    );
  }

  #replaceHost(): void {
    this.#isHostIntact = false;
    this.hideKnown(HOST);
  }

  #pseudo(name: string): string | undefined {
    switch (name) {
      case ':method':
        return this.method;
      case ':path':
        return this.path === '' ? undefined : this.path;
      case ':authority':
        return this.authority === '' ? undefined : this.authority;
      case ':scheme':
        return this.scheme;
      case ':protocol':
        return this.protocol === '' ? undefined : this.protocol;
      default:
        return super.get(name);
    }
  }

  /** Whether the name is that of a pseudo-header, which has been set. */
  #setPseudo(name: string, value: string): boolean {
    switch (name) {
      case ':method':
        this.method = value;
        return true;
      case ':path':
        this.path = value;
        return true;
      case ':scheme':
        this.scheme = value;
        return true;
      case ':authority':
        this.authority = value;
        return true;
      case ':protocol':
        this.protocol = value;
        return true;
      default:
        return false;
    }
  }
}

function isPseudo(name: string): boolean {
  return name.charCodeAt(0) === COLON;
}

function isText(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}
