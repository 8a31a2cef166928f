import { err, ok } from '@weft/core';
import { GRPC_STATS_STATE_KEY, TUNNEL_HEADERS_KEY, TUNNEL_TRAILERS_KEY } from '../../view/filter-state-keys.ts';
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

/** A message that is kept as its JSON. What it has no form for is undefined, as in Envoy. */
interface StateMessage {
  readonly plainOf: (json: string) => string | undefined;
  readonly fieldOf: (json: string, name: string) => string | undefined;
}

const TUNNEL_MESSAGE: StateMessage = { plainOf: () => undefined, fieldOf: headerOf };
const GRPC_STATS_MESSAGE: StateMessage = { plainOf: countsOf, fieldOf: () => undefined };

/** The text under these keys is the JSON of a message. */
const MESSAGES: ReadonlyMap<string, StateMessage> = new Map([
  [TUNNEL_HEADERS_KEY, TUNNEL_MESSAGE],
  [TUNNEL_TRAILERS_KEY, TUNNEL_MESSAGE],
  [GRPC_STATS_STATE_KEY, GRPC_STATS_MESSAGE],
]);

function compileFilterState(param: string, maxLength: number | undefined): FieldResult {
  const [key = '', form = '', name = ''] = param.split(':');
  if (key === '') return err('needs a key: %FILTER_STATE(key)%');
  const message = MESSAGES.get(key);
  if (form === 'FIELD' && message === undefined) return err('objects of filter state have no fields here: use PLAIN');
  if (form === 'FIELD' && name === '') return err('needs the name of a field: %FILTER_STATE(key:FIELD:name)%');
  if (message !== undefined) return compileMessage(message, { key, form, name }, maxLength);
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

function compileMessage(
  { plainOf, fieldOf }: StateMessage,
  { key, form, name }: Readonly<Record<'key' | 'form' | 'name', string>>,
  maxLength: number | undefined,
): FieldResult {
  const textOf = (read: (json: string) => string | undefined): FieldResult => {
    const field = textField((view) => {
      const json = view.filterState(key);
      return json === undefined ? undefined : read(json);
    });
    return ok(truncated(field, maxLength));
  };
  switch (form) {
    case 'PLAIN':
      return textOf(plainOf);
    case 'FIELD':
      return textOf((json) => fieldOf(json, name));
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
function headerOf(json: string, name: string): string | undefined {
  const { headers } = JSON.parse(json) as {
    readonly headers: readonly { readonly key: string; readonly value: string }[];
  };
  return headers.find(({ key }) => key === name)?.value;
}

/** Messages of a gRPC call: requests, then responses. */
function countsOf(json: string): string {
  const { requestMessageCount = '0', responseMessageCount = '0' } = JSON.parse(json) as Readonly<
    Partial<Record<'requestMessageCount' | 'responseMessageCount', string>>
  >;
  return `${requestMessageCount},${responseMessageCount}`;
}

function unknownForm(form: string): FieldResult {
  return err(`${JSON.stringify(form)} is none of PLAIN, TYPED, FIELD`);
}
