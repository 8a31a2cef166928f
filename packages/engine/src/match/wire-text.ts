import type { StringMatcherSpec } from './string-matcher.ts';

const ENCODER = new TextEncoder();

/**
 * Text of a configuration as what comes over the wire is held: one character for each byte of its UTF-8 form. Envoy compares
 * bytes, and its expressions read bytes too: a dot stands for one byte, and `[é]` for either of two.
 */
export function wireText(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) > 0x7f) return bytesOf(text);
  }
  return text;
}

function bytesOf(text: string): string {
  let out = '';
  for (const byte of ENCODER.encode(text)) out += String.fromCharCode(byte);
  return out;
}

/** A condition on text of a configuration as one on text of the wire. */
export function wireString(spec: StringMatcherSpec): StringMatcherSpec {
  return spec.kind === 'regex' ? { ...spec, regex: wireText(spec.regex) } : { ...spec, value: wireText(spec.value) };
}
