/**
 * Keeps secrets out of logs. Two rules work together: a field whose name says that it holds a secret is hidden
 * whatever its value, and text that looks like a secret is hidden wherever it stands.
 */
import { REDACTED } from './secret.ts';

/** Anywhere in a name, written without separators, so that `accessToken`, `access_token` and `X-Access-Token` are one name; `authorizationPolicy` is not a secret. */
const SECRET_NAME = /authorization$|cookie|credential|jwt|passphrase|passwd|password|secret|token|privatekey|apikey/;

/** A name may also end in `key` (`key`, `tls.key`, `clientKey`, `client-key-data`), unless it says that it is public. */
const KEY_NAME = /(?<!public)keys?(data|pem)?$/;

/** Last words that make the name one about a secret, such as `secretName` or `tokenCount`, which readers of logs need. */
const HARMLESS_ENDING =
  /^(id|ids|name|names|namespace|count|length|size|path|file|type|kind|version|expiry|expires|bytes|audience|ms)$/;

/** Tells whether a field of this name must not be shown. */
export function isSecretName(name: string): boolean {
  const compact = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (KEY_NAME.test(compact)) return true;
  return SECRET_NAME.test(compact) && !HARMLESS_ENDING.test(lastWord(name));
}

/** Each pattern keeps what tells the reader which kind of secret stood there; all of them run in linear time. */
const SECRET_TEXT: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // A block cut off by a size limit has no end line: everything up to the end of the text is hidden then.
  [
    /(-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z0-9 ]{0,32}PRIVATE KEY-----|$)/g,
    `$1${REDACTED}`,
  ],
  [/\b(bearer|basic|negotiate)(\s{1,4})[A-Za-z0-9._~+/-]{6,}={0,2}/gi, `$1$2${REDACTED}`],
  [/\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]{0,})?/g, REDACTED],
  [/(:\/\/[^\s/:@]{0,128}:)[^\s/@]{1,256}@/g, `$1${REDACTED}@`],
  [
    /\b((?:access_|refresh_|id_)?token|password|passwd|client_secret|secret|api_?key)(=)[^&\s"',;]{1,}/gi,
    `$1$2${REDACTED}`,
  ],
];

/** The text with everything that looks like a secret hidden. */
export function redactText(text: string): string {
  let out = text;
  for (const [pattern, replacement] of SECRET_TEXT) out = out.replaceAll(pattern, replacement);
  return out;
}

function lastWord(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[^A-Za-z0-9]+/);
  return (words.findLast((word) => word !== '') ?? '').toLowerCase();
}
