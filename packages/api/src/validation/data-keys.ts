/** Keys and size of the data in ConfigMaps and Secrets. */
import type { FieldPath, IssueReport } from '../schema/index.ts';

const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;

/** Largest total size of a ConfigMap's or Secret's values. */
export const MAX_DATA_BYTES = 1024 * 1024;

/** What is wrong with a key of a ConfigMap or Secret, in Kubernetes' words. */
export function dataKeyProblems(key: string): string[] {
  const problems: string[] = [];
  if (key.length > 253) problems.push('must be no more than 253 characters');
  if (!CONFIG_KEY.test(key)) {
    problems.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    );
  }
  if (key === '.') problems.push("must not be '.'");
  else if (key === '..') problems.push("must not be '..'");
  else if (key.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}

/** Refuses keys that cannot be file names. */
export function checkDataKeys(path: FieldPath, data: Readonly<Record<string, string>>, report: IssueReport): void {
  for (const key of Object.keys(data)) {
    for (const problem of dataKeyProblems(key)) report.invalid(path.key(key), key, problem);
  }
}

/** Bytes that a base64 text stands for. */
export function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code <= 0xdbff && i + 1 < text.length) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

/** A text as base64 of its UTF-8 bytes. */
export function encodeBase64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The text behind base64, or undefined when it is not valid UTF-8 in base64. */
export function decodeBase64(encoded: string): string | undefined {
  try {
    const binary = atob(encoded);
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
