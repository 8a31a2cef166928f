// The little of protobuf that responses need. Tags are those of length-delimited fields below 16: one byte.

/** A message under construction; its size is computed first, so that there is one allocation and no growth. */
export interface ProtoWriter {
  readonly bytes: Buffer;
  at: number;
}

/** The bytes of a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** The bytes of a field of that many bytes, with tag and length. */
export function fieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

/** The bytes of a text field; an empty one is left out, as proto3 does. */
export function textFieldSize(text: string): number {
  return text === '' ? 0 : fieldSize(Buffer.byteLength(text));
}

/** Writes tag and length of a field. */
export function writeHead(writer: ProtoWriter, field: number, length: number): void {
  const { bytes } = writer;
  bytes[writer.at] = (field << 3) | 2;
  writer.at += 1;
  let rest = length;
  while (rest >= 0x80) {
    bytes[writer.at] = (rest % 128) | 0x80;
    writer.at += 1;
    rest = Math.floor(rest / 128);
  }
  bytes[writer.at] = rest;
  writer.at += 1;
}

/** Writes a text field, or nothing for an empty text. */
export function writeText(writer: ProtoWriter, field: number, text: string): void {
  if (text === '') return;
  writeHead(writer, field, Buffer.byteLength(text));
  writer.at += writer.bytes.write(text, writer.at);
}

/** Copies bytes that are complete fields already. */
export function writeRaw(writer: ProtoWriter, bytes: Uint8Array): void {
  writer.bytes.set(bytes, writer.at);
  writer.at += bytes.length;
}
