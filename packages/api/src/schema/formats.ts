/** String formats that Kubernetes and the mesh's kinds know; an unknown format is not checked, as in Kubernetes. */

type FormatCheck = (text: string) => boolean;

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const HOST_LABEL = /^[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const GO_DURATION = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const WORD_DURATION =
  /^\d+\s*(?:ns|nanos?(?:econds?)?|us|µs|micros?(?:econds?)?|ms|millis?(?:econds?)?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/;
const OCTETS = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/;

const FORMATS: Readonly<Record<string, FormatCheck>> = {
  'date-time': isDateTime,
  datetime: isDateTime,
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && isRealDate(text),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  uuid: (text) => UUID.test(text),
  uuid3: (text) => isUuidOfVersion(text, '3'),
  uuid4: (text) => isUuidOfVersion(text, '4'),
  uuid5: (text) => isUuidOfVersion(text, '5'),
  uri: (text) => text.startsWith('/') || URL.canParse(text),
  email: (text) => /^[^\s@<>()[\]\\,;:"]+@[^\s@]+$/.test(text),
  hostname: (text) =>
    text.length <= 255 &&
    text
      .replace(/\.$/, '')
      .split('.')
      .every((part) => HOST_LABEL.test(part)),
  duration: (text) => text === '0' || GO_DURATION.test(text) || WORD_DURATION.test(text),
  ipv4: isIpv4,
  ipv6: isIpv6,
  ip: (text) => isIpv4(text) || isIpv6(text),
  cidr: isCidr,
  mac: (text) => /^(?:[0-9A-Fa-f]{2}([-:]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$/.test(text),
  rgbcolor: (text) =>
    /^rgb\(\s*(?:\d{1,3}\s*,\s*){2}\d{1,3}\s*\)$/.test(text) && text.match(/\d+/g)!.every((n) => Number(n) <= 255),
  isbn10: (text) => /^(?:\d[- ]?){9}[\dX]$/.test(text),
  isbn13: (text) => /^(?:\d[- ]?){13}$/.test(text),
  'k8s-short-name': (text) => LABEL.test(text),
  'k8s-long-name': (text) => text.length <= 253 && text.split('.').every((part) => LABEL.test(part)),
};

/** Formats that are a note for readers or a number's width, with nothing to check in a text. */
const NOTES: ReadonlySet<string> = new Set([
  'int32',
  'int64',
  'float',
  'double',
  'password',
  'int-or-string',
  'binary',
]);

/** The complaint about `text`, or undefined when it has the format. */
export function checkFormat(format: string, text: string): string | undefined {
  const check = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (check === undefined || check(text)) return undefined;
  return `must be of type ${format}: ${JSON.stringify(text)}`;
}

/** False for a format that is not checked because nobody knows it. */
export function isKnownFormat(format: string): boolean {
  return Object.hasOwn(FORMATS, format) || NOTES.has(format);
}

function isDateTime(text: string): boolean {
  const match = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/.exec(text);
  if (match === null) return false;
  const [, date, hour, minute, second, zoneHour = '0', zoneMinute = '0'] = match;
  return (
    isRealDate(date!) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 61 &&
    Number(zoneHour) < 24 &&
    Number(zoneMinute) < 60
  );
}

/** 2026-02-30 parses as the second of March; only a date that prints as it was written exists. */
function isRealDate(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

function isUuidOfVersion(text: string, version: string): boolean {
  return UUID.test(text) && text.replaceAll('-', '')[12] === version;
}

function isIpv4(text: string): boolean {
  return OCTETS.test(text) && text.split('.').every((part) => String(Number(part)) === part && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  return /^[0-9A-Fa-f:.]+$/.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
}

function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash < 0) return false;
  const address = text.slice(0, slash);
  const bits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  return (isIpv4(address) && Number(bits) <= 32) || (isIpv6(address) && Number(bits) <= 128);
}
