/** What is of the process and not of the stream. */
import { ok } from '@weft/core';
import { constantField, type Operator, textField, truncated } from '../operator.ts';

/** Operators over the process. */
export const PROCESS_OPERATORS: readonly Operator[] = [
  {
    name: 'HOSTNAME',
    param: 'none',
    takesLength: false,
    compile: (_call, { sources }) => ok(constantField(sources.hostname === '' ? undefined : sources.hostname)),
  },
  {
    name: 'ENVIRONMENT',
    param: 'required',
    takesLength: true,
    // A variable that is not there is a dash wherever it stands, as in Envoy.
    compile: ({ param, maxLength }, { sources }) =>
      ok(truncated(constantField(sources.environment(param) ?? '-'), maxLength)),
  },
  {
    name: 'UNIQUE_ID',
    param: 'none',
    takesLength: false,
    compile: (_call, { sources }) => ok(textField(() => sources.uuid())),
  },
];
