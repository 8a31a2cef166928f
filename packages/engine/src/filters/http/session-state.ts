/** Where the address of a session's host is kept: in a header, or in a cookie. */
import { cookieValue } from '../../match/cookie-matcher.ts';
import type { RequestView } from '../../view/request-view.ts';

/** Keeps the address of a session's host with the client. */
export interface SessionState {
  /** The address that the client brings along; undefined where it has none. */
  addressOf(request: RequestView, nowMs: number): string | undefined;
  /** The field to add to the answer of a host; undefined where the client knows the address already, or gets none here. */
  remember(
    address: string,
    known: string | undefined,
    request: RequestView,
    nowMs: number,
  ): readonly [string, string] | undefined;
}

/** Keeps it in a header of requests and answers. */
export function headerSession(name: string): SessionState {
  return {
    addressOf: (request) => {
      const value = request.get(name);
      return value === undefined ? undefined : decodeBase64(value);
    },
    remember: (address, known) => (address === known ? undefined : [name, btoa(address)]),
  };
}

/** A cookie that holds an address. */
export interface SessionCookie {
  readonly name: string;
  /** Only requests below this path have sessions; empty for all. */
  readonly path: string;
  /** 0 for a cookie that lives as long as the browser. */
  readonly ttlSeconds: number;
  /** Further attributes, such as `SameSite`; empty values for those that have none. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

/** Keeps it in a cookie. */
export function cookieSession(cookie: SessionCookie): SessionState {
  const { name, path, ttlSeconds } = cookie;
  const attributes = attributesOf(cookie);
  return {
    addressOf: (request, nowMs) => {
      if (!isBelow(request.path, path)) return undefined;
      const value = cookieValue(request.get('cookie'), name);
      const bytes = value === undefined ? undefined : decodeBase64(value);
      return bytes === undefined ? undefined : addressIn(bytes, Math.trunc(nowMs / 1000));
    },
    remember: (address, known, request, nowMs) => {
      if (address === known || !isBelow(request.path, path)) return undefined;
      const expires = ttlSeconds === 0 ? 0 : Math.trunc(nowMs / 1000) + ttlSeconds;
      return ['set-cookie', `${name}="${btoa(encodeCookie(address, expires))}"${attributes}`];
    },
  };
}

function attributesOf({ path, ttlSeconds, attributes }: SessionCookie): string {
  let text = ttlSeconds === 0 ? '' : `; Max-Age=${ttlSeconds}`;
  if (path !== '') text += `; Path=${path}`;
  for (const [name, value] of attributes) text += value === '' ? `; ${name}` : `; ${name}=${value}`;
  return `${text}; HttpOnly`;
}

/** As cookies match paths: whole, or up to a slash. */
function isBelow(requestPath: string, path: string): boolean {
  if (path === '' || path === '/') return true;
  if (!requestPath.startsWith(path)) return false;
  const next = requestPath[path.length];
  return path.endsWith('/') || next === undefined || next === '/' || next === '?' || next === '#';
}

/** A text with one character for each byte; undefined for none, or what is no base64. */
function decodeBase64(text: string): string | undefined {
  try {
    return atob(text) || undefined;
  } catch {
    return undefined;
  }
}

/** Envoy's message for cookies has two fields: the address, and when the cookie expires, in seconds. */
const ADDRESS_TAG = 0x0a;
const EXPIRES_TAG = 0x10;

function encodeCookie(address: string, expires: number): string {
  const text = String.fromCharCode(ADDRESS_TAG) + encodeVarint(address.length) + address;
  return expires === 0 ? text : text + String.fromCharCode(EXPIRES_TAG) + encodeVarint(expires);
}

function encodeVarint(value: number): string {
  let out = '';
  for (let rest = value; ; rest = Math.trunc(rest / 128)) {
    if (rest < 128) return out + String.fromCharCode(rest);
    out += String.fromCharCode((rest % 128) + 128);
  }
}

/** The address in a cookie that has not expired; what is no message is an address by itself, as older cookies were. */
function addressIn(bytes: string, nowSeconds: number): string | undefined {
  const cookie = decodeCookie(bytes);
  if (cookie === undefined) return bytes;
  const isExpired = cookie.expires !== 0 && nowSeconds > cookie.expires;
  return cookie.address === '' || isExpired ? undefined : cookie.address;
}

function decodeCookie(bytes: string): { address: string; expires: number } | undefined {
  const cookie = { address: '', expires: 0 };
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes.charCodeAt(at);
    const value = decodeVarint(bytes, at + 1);
    if (value === undefined || (tag !== ADDRESS_TAG && tag !== EXPIRES_TAG)) return undefined;
    at = value.end;
    if (tag === EXPIRES_TAG) {
      cookie.expires = value.number;
    } else {
      if (at + value.number > bytes.length) return undefined;
      cookie.address = bytes.slice(at, at + value.number);
      at += value.number;
    }
  }
  return cookie;
}

/** Numbers here are lengths and seconds: 7 bytes are enough for both, and exact. */
const MAX_VARINT_BYTES = 7;

function decodeVarint(bytes: string, start: number): { number: number; end: number } | undefined {
  let number = 0;
  for (let i = 0; i < MAX_VARINT_BYTES && start + i < bytes.length; i += 1) {
    const byte = bytes.charCodeAt(start + i);
    number += (byte % 128) * 128 ** i;
    if (byte < 128) return { number, end: start + i + 1 };
  }
  return undefined;
}
