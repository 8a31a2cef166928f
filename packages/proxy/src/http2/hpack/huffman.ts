/**
 * The Huffman code of RFC 7541 appendix B. It is canonical (codes count up by length, then by symbol), so the lengths say it all.
 * Decoding is a machine over nibbles: 256 states (the inner nodes of the code's tree) by 16 inputs, 16 KB, which stays in the L1 cache.
 */

/** Code lengths of the symbols 0-255 and EOS. */
const LENGTHS = Uint8Array.from([
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28],
  ...[28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15],
  ...[6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23],
  ...[22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23],
  ...[20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27],
  ...[27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30],
]);

/** Result of decodeHuffman for bytes that are no valid string. */
export const HUFFMAN_INVALID = -1;

/** No encoded byte can stand for more symbols than this: the shortest code has 5 bits. */
export const MAX_EXPANSION = 8 / 5;

const EOS = 256;
const CODES = new Uint32Array(257);
const EMITS = 1 << 8;
const STATE_SHIFT = 16;
/** Bits 0-7 the symbol, bit 8 whether there is one, bits 16-23 the next state; -1: invalid. Index: state × 16 + nibble. */
const TRANSITIONS = new Int32Array(256 * 16);
/** Whether a string may end in a state: only at most 7 one bits may be left (§5.2). */
const MAY_END = new Uint8Array(256);
build();

/** Decodes `bytes[start, end)` to `out` from 0, which must hold MAX_EXPANSION times as much; returns the length or HUFFMAN_INVALID. */
export function decodeHuffman(bytes: Buffer, start: number, end: number, out: Buffer): number {
  let state = 0;
  let length = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const high = TRANSITIONS[(state << 4) | (byte >> 4)]!;
    if (high < 0) return HUFFMAN_INVALID;
    if ((high & EMITS) !== 0) out[length++] = high;
    const low = TRANSITIONS[((high >> STATE_SHIFT) << 4) | (byte & 15)]!;
    if (low < 0) return HUFFMAN_INVALID;
    if ((low & EMITS) !== 0) out[length++] = low;
    state = low >> STATE_SHIFT;
  }
  return MAY_END[state] === 1 ? length : HUFFMAN_INVALID;
}

/** Bytes that `text` takes when encoded. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += LENGTHS[text.charCodeAt(i) & 255]!;
  return (bits + 7) >>> 3;
}

/** Encodes `text` to `out` at `offset`; returns the offset behind it. */
export function encodeHuffman(text: string, out: Buffer, offset: number): number {
  let pending = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 255;
    let code = CODES[symbol]!;
    let length = LENGTHS[symbol]!;
    // At most 7 bits are pending, so codes up to 24 bits fit 31; longer ones go in two parts.
    if (length > 24) {
      length -= 16;
      pending = (pending << length) | (code >>> 16);
      bits += length;
      for (; bits >= 8; out[offset++] = pending >>> bits) bits -= 8;
      code &= 0xffff;
      length = 16;
    }
    pending = (pending << length) | code;
    bits += length;
    for (; bits >= 8; out[offset++] = pending >>> bits) bits -= 8;
  }
  if (bits > 0) out[offset++] = (pending << (8 - bits)) | (0xff >>> bits);
  return offset;
}

interface Node {
  readonly children: (Node | number | undefined)[];
  readonly mayEnd: boolean;
  state: number;
}

function build(): void {
  const symbols = Array.from(LENGTHS.keys()).sort((a, b) => LENGTHS[a]! - LENGTHS[b]! || a - b);
  const root: Node = { children: [], mayEnd: true, state: 0 };
  const nodes = [root];
  let code = 0;
  let length = LENGTHS[symbols[0]!]!;
  for (const symbol of symbols) {
    for (; length < LENGTHS[symbol]!; length++) code *= 2;
    CODES[symbol] = code;
    plant(nodes, symbol, code, length);
    code++;
  }
  for (const node of nodes) {
    MAY_END[node.state] = node.mayEnd ? 1 : 0;
    for (let nibble = 0; nibble < 16; nibble++) TRANSITIONS[(node.state << 4) | nibble] = step(root, node, nibble);
  }
}

function plant(nodes: Node[], symbol: number, code: number, length: number): void {
  let node = nodes[0]!;
  for (let bit = length - 1; bit > 0; bit--) {
    const direction = (code >>> bit) & 1;
    let next = node.children[direction];
    if (typeof next !== 'object') {
      next = { children: [], mayEnd: node.mayEnd && direction === 1 && length - bit < 8, state: nodes.length };
      node.children[direction] = next;
      nodes.push(next);
    }
    node = next;
  }
  node.children[code & 1] = symbol;
}

function step(root: Node, from: Node, nibble: number): number {
  let node = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = node.children[(nibble >> bit) & 1];
    if (next === undefined || next === EOS) return -1;
    if (typeof next === 'number') {
      emitted = EMITS | next;
      node = root;
    } else {
      node = next;
    }
  }
  return (node.state << STATE_SHIFT) | emitted;
}
