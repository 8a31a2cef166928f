/** Field selectors: `metadata.name=x,spec.nodeName!=y`. Which fields a kind offers is up to the caller. */
import { badRequest } from './api-errors.ts';
import { goQuote } from './go-quote.ts';
import type { ApiStatusError } from './status.ts';

/** One condition of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

const MAX_SELECTOR_CHARS = 65_536;

/** Reads the string form into its conditions, all of which must hold; refuses with 400 what cannot be read. */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  if (text.length > MAX_SELECTOR_CHARS) {
    throw badRequest(`field selector of ${text.length} characters is too long, at most ${MAX_SELECTOR_CHARS} are read`);
  }
  return splitTerms(text)
    .sort()
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text));
}

/** The string form, which `parseFieldSelector` reads back. */
export function formatFieldSelector(requirements: readonly FieldRequirement[]): string {
  return requirements
    .map(({ field, operator, value }) => `${field}${operator}${value.replaceAll(/[\\,=]/g, '\\$&')}`)
    .join(',');
}

/** The refusal of a field that a kind does not offer; `hasOwn` when it offers others than name and namespace. */
export function unknownFieldLabel(field: string, hasOwn: boolean): ApiStatusError {
  if (hasOwn) return badRequest(`field label not supported: ${field}`);
  return badRequest(`${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
}

/** Tells whether all conditions hold; `textOf` gives a field's text, empty for an absent one. */
export function matchesFields(requirements: readonly FieldRequirement[], textOf: (field: string) => string): boolean {
  for (const { field, operator, value } of requirements) {
    if ((textOf(field) === value) !== (operator === '=')) return false;
  }
  return true;
}

/** The value that a field must have, when the selector allows only one: a list can then look the object up. */
export function exactField(requirements: readonly FieldRequirement[], field: string): string | undefined {
  return requirements.find((r) => r.field === field && r.operator === '=')?.value;
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') i++;
    else if (char === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(term: string, whole: string): FieldRequirement {
  const match = /!=|==|=/.exec(term);
  if (match === null) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  return {
    field: term.slice(0, match.index),
    operator: match[0] === '!=' ? '!=' : '=',
    value: unescapeValue(term.slice(match.index + match[0].length)),
  };
}

function unescapeValue(text: string): string {
  let value = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === ',' || char === '=') {
      // The API server prints the character's number here, not the character.
      throw badRequest(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    }
    if (char !== '\\') {
      value += char;
      continue;
    }
    const escaped = String.fromCodePoint(...[text.codePointAt(i + 1)].filter((c) => c !== undefined));
    if (escaped !== '\\' && escaped !== ',' && escaped !== '=') {
      throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`);
    }
    value += escaped;
    i++;
  }
  return value;
}
