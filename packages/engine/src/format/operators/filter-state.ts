import { err, ok } from '@weft/core';
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

function compileFilterState(param: string, maxLength: number | undefined): FieldResult {
  const [key = '', form = ''] = param.split(':');
  if (key === '') return err('needs a key: %FILTER_STATE(key)%');
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
    case 'FIELD':
      return err('objects of filter state have no fields here: use PLAIN');
    default:
      return err(`${JSON.stringify(form)} is none of PLAIN, TYPED`);
  }
}
