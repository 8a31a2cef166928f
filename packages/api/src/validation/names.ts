/** The name rules of Kubernetes, with its own words. Each function returns what is wrong, or nothing. */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS1123_LABEL = new RegExp(`^${LABEL}$`);
const DNS1123_SUBDOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
const WILDCARD_SUBDOMAIN = new RegExp(`^\\*\\.${LABEL}(\\.${LABEL})*$`);
const DNS1035_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const DNS1123_LABEL_MESSAGE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS1123_SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS1035_LABEL_MESSAGE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_NAME_MESSAGE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_MESSAGE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** A DNS label of at most 63 characters. */
export function dns1123LabelProblems(text: string): string[] {
  return [...tooLong(text, 63), ...mismatch(DNS1123_LABEL, text, DNS1123_LABEL_MESSAGE)];
}

/** A DNS name of at most 253 characters. */
export function dns1123SubdomainProblems(text: string): string[] {
  return [...tooLong(text, 253), ...mismatch(DNS1123_SUBDOMAIN, text, DNS1123_SUBDOMAIN_MESSAGE)];
}

/** A DNS name whose first label is `*`. */
export function wildcardSubdomainProblems(text: string): string[] {
  const message = `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.${LABEL}(\\.${LABEL})*')`;
  return [...tooLong(text, 253), ...mismatch(WILDCARD_SUBDOMAIN, text, message)];
}

/** A DNS label that starts with a letter, as service names do. */
export function dns1035LabelProblems(text: string): string[] {
  return [...tooLong(text, 63), ...mismatch(DNS1035_LABEL, text, DNS1035_LABEL_MESSAGE)];
}

/** A name that can stand alone between two slashes of a URL. */
export function pathSegmentProblems(text: string): string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  const bad = ['/', '%'].filter((c) => text.includes(c));
  return bad.map((c) => `may not contain '${c}'`);
}

/** A label or annotation key: an optional DNS prefix and a name of at most 63 characters. */
export function qualifiedNameProblems(text: string): string[] {
  const parts = text.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1)!;
  const problems: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...dns1123SubdomainProblems(prefix).map((p) => `prefix part ${p}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else problems.push(...tooLong(name, 63).map((p) => `name part ${p}`));
  return [...problems, ...mismatch(QUALIFIED, name, QUALIFIED_NAME_MESSAGE)];
}

/** A label value of at most 63 characters. */
export function labelValueProblems(text: string): string[] {
  return [...tooLong(text, 63), ...mismatch(LABEL_VALUE, text, LABEL_VALUE_MESSAGE)];
}

/** A port number. */
export function portProblems(port: number): string[] {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

function tooLong(text: string, max: number): string[] {
  return text.length > max ? [`must be no more than ${max} characters`] : [];
}

function mismatch(pattern: RegExp, text: string, message: string): string[] {
  return pattern.test(text) ? [] : [message];
}
