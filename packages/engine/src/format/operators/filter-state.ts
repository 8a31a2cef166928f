import { err, ok } from '@weft/core';
import { TUNNEL_HEADERS_KEY, TUNNEL_TRAILERS_KEY } from '../../view/filter-state-keys.ts';
import type { JsonValue } from '../formatter.ts';
import { jsonText } from '../json-text.ts';
import { type FieldResult, type Operator, textField, truncated } from '../operator.ts';

/** `%FILTER_STATE(KEY:F):Z%`: what filters keep, which is always text here. */
export const FILTER_STATE_OPERATORS: readonly Operator[] = [
  {
    name: 'FILTER_STATE',
    param: 'required',
    takesLength: true,
    compile: ({ param, maxLength }) => compileFilterState(param, maxLength),
  },
];

/** The text under these keys is the JSON of a message, whose fields can be asked for. */
const MESSAGES: ReadonlySet<string> = new Set([TUNNEL_HEADERS_KEY, TUNNEL_TRAILERS_KEY]);

function compileFilterState(param: string, maxLength: number | undefined): FieldResult {
  const [key = '', form = '', name = ''] = param.split(':');
  if (key === '') return err('needs a key: %FILTER_STATE(key)%');
  if (form === 'FIELD' && !MESSAGES.has(key)) return err('objects of filter state have no fields here: use PLAIN');
  if (form === 'FIELD' && name === '') return err('needs the name of a field: %FILTER_STATE(key:FIELD:name)%');
  if (MESSAGES.has(key)) return compileMessage(key, form, name, maxLength);
  const plain = textField((view) => view.filterState(key));
  switch (form) {
    case 'PLAIN':
      return ok(truncated(plain, maxLength));
    case '':
    case 'TYPED': {
      // Text as a message is a google.protobuf.StringValue, which is quoted in JSON.
      const quoted = textField((view) => {
        const text = view.filterState(key);
        return text === undefined ? undefined : jsonText(text);
      });
      return ok({ text: truncated(quoted, maxLength).text, json: plain.json });
    }
    default:
      return unknownForm(form);
  }
}

function compileMessage(key: string, form: string, name: string, maxLength: number | undefined): FieldResult {
  switch (form) {
    case 'PLAIN':
      // As in Envoy, the message has no form as plain text.
      return ok(textField(() => undefined));
    case 'FIELD':
      return ok(
        truncated(
          textField((view) => headerOf(view.filterState(key), name)),
          maxLength,
        ),
      );
    case '':
    case 'TYPED': {
      const text = textField((view) => view.filterState(key));
      return ok({
        text: truncated(text, maxLength).text,
        json: (view) => {
          const json = view.filterState(key);
          return json === undefined ? undefined : (JSON.parse(json) as JsonValue);
        },
      });
    }
    default:
      return unknownForm(form);
  }
}

/** The first value of a header. */
function headerOf(json: string | undefined, name: string): string | undefined {
  if (json === undefined) return undefined;
  const { headers } = JSON.parse(json) as {
    readonly headers: readonly { readonly key: string; readonly value: string }[];
  };
  return headers.find(({ key }) => key === name)?.value;
}

function unknownForm(form: string): FieldResult {
  return err(`${JSON.stringify(form)} is none of PLAIN, TYPED, FIELD`);
}
