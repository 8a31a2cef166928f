/**
 * Lower-cases the letters A-Z and leaves every other character alone: names in HTTP and Envoy's `ignore_case` are ASCII,
 * and `toLowerCase` would make U+212A (Kelvin) equal to `k`.
 */
export function asciiLower(text: string): string {
  let hasUpper = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return lowerMixed(text);
    if (code >= 0x41 && code <= 0x5a) hasUpper = true;
  }
  return hasUpper ? text.toLowerCase() : text;
}

function lowerMixed(text: string): string {
  return text.replace(/[A-Z]+/g, lowerRun);
}

function lowerRun(run: string): string {
  return run.toLowerCase();
}
