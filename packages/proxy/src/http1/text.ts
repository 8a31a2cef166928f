/** Text and bytes into buffers. */
import { latin1Write } from '../http/latin1.ts';

/** Below this a loop is quicker than a call into the runtime. */
const SHORT_TEXT = 48;

/** Copies bytes[start, end) to out[at…] and returns where they end. */
export function copyBytes(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  const length = end - start;
  if (length < SHORT_TEXT) for (let i = 0; i < length; i++) out[at + i] = bytes[start + i]!;
  else bytes.copy(out, at, start, end);
  return at + length;
}

/** Copies a whole line, which is short, and returns where it ends. */
export function copyLine(line: Uint8Array, out: Buffer, at: number): number {
  const { length } = line;
  for (let i = 0; i < length; i++) out[at + i] = line[i]!;
  return at + length;
}

/** Writes latin1 text and returns where it ends. */
export function putText(out: Buffer, at: number, text: string): number {
  const { length } = text;
  if (length < SHORT_TEXT) for (let i = 0; i < length; i++) out[at + i] = text.charCodeAt(i);
  else latin1Write(out, at, text);
  return at + length;
}
