import type { Duplex } from 'node:stream';
import { MeshError } from '@weft/core';
import { within } from '../eventually.ts';

/** Tests that send more than this to a scripted peer have a loop somewhere. */
const MAX_INBOX_BYTES = 64 * 1024 * 1024;

/** Collects what a stream sends until the test asks for it. */
export class ByteInbox {
  #bytes: Buffer = Buffer.alloc(0);
  #isEnded = false;
  #error: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(stream: Duplex) {
    stream.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      if (this.#bytes.length > MAX_INBOX_BYTES) stream.destroy(new Error('the inbox of the scripted peer is full'));
      this.#wake();
    });
    stream.on('end', () => this.#finish());
    stream.on('close', () => this.#finish());
    stream.on('error', (error: Error) => {
      this.#error ??= error;
      this.#finish();
    });
  }

  /** What has come and has not been taken yet. */
  get pending(): Buffer {
    return this.#bytes;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Why the stream broke, if it did. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Waits until `match` says how many bytes to take, and takes them; it says undefined as long as more is needed. */
  async take(what: string, match: (bytes: Buffer) => number | undefined, withinMs?: number): Promise<Buffer> {
    await within(
      `${what} from the peer`,
      this.#until(() => match(this.#bytes) !== undefined || this.#isEnded),
      withinMs,
    ).catch((thrown: unknown) => Promise.reject(this.#failure(what, thrown)));
    const length = match(this.#bytes);
    if (length === undefined) throw this.#failure(what, this.#error ?? new Error('the peer ended the stream'));
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  /** Waits until the peer sends no more. */
  async ended(withinMs?: number): Promise<void> {
    await within(
      'the end of the stream',
      this.#until(() => this.#isEnded),
      withinMs,
    ).catch((thrown: unknown) => Promise.reject(this.#failure('the end of the stream', thrown)));
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #finish(): void {
    this.#isEnded = true;
    this.#wake();
  }

  #failure(what: string, cause: unknown): MeshError {
    const seen = this.#bytes.length === 0 ? 'nothing' : JSON.stringify(this.#bytes.toString('latin1').slice(0, 500));
    return new MeshError('MESH_TEST', `expected ${what}, but have ${seen}`, { cause });
  }
}
