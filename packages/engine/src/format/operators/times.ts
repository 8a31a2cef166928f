/** Points in time, by the formats of strftime. */
import { err, ok } from '@weft/core';
import type { StreamView } from '../../view/stream-view.ts';
import { compileDateFormat } from '../date-format.ts';
import type { FormatSources } from '../formatter.ts';
import { type FieldResult, type Operator, textField } from '../operator.ts';

/** Microseconds since 1970; undefined when there is no such time. */
type ReadTime = (view: StreamView) => number | undefined;

const DEFAULT_FORMAT = '%Y-%m-%dT%H:%M:%S.%3fZ';
const DEFAULT_LOCAL_FORMAT = '%Y-%m-%dT%H:%M:%S.%3f%z';

/** Operators over times. */
export const TIME_OPERATORS: readonly Operator[] = [
  timeOperator('START_TIME', false, startTime),
  timeOperator('START_TIME_LOCAL', true, startTime),
  timeOperator('EMIT_TIME', false, emitTime),
  timeOperator('EMIT_TIME_LOCAL', true, emitTime),
];

function startTime(): ReadTime {
  return ({ startTimeUs }) => startTimeUs;
}

function emitTime(sources: FormatSources): ReadTime {
  return () => sources.nowUs();
}

/** An operator over a time, in UTC or in the time zone of the process. */
export function timeOperator(name: string, isLocal: boolean, readerOf: (sources: FormatSources) => ReadTime): Operator {
  return {
    name,
    param: 'optional',
    takesLength: false,
    compile: ({ param }, { sources }) => compileTime(param, isLocal, readerOf(sources)),
  };
}

/** A line of a log stays one line, and a header one header. */
const NEW_LINE = /%[-_0^#]*[1-9]*[EO]?n/;

function compileTime(param: string, isLocal: boolean, read: ReadTime): FieldResult {
  if (NEW_LINE.test(param)) return err('%n would begin a new line');
  const date = compileDateFormat(param === '' ? (isLocal ? DEFAULT_LOCAL_FORMAT : DEFAULT_FORMAT) : param, isLocal);
  if (date.kind === 'err') return date;
  const format = date.value;
  return ok(
    textField((view) => {
      const us = read(view);
      return us === undefined ? undefined : format.format(us);
    }),
  );
}
