/** Columns that several kinds print. */
import type { Column } from '../../kind/index.ts';

/** Time since the object was made. */
export const ageColumn: Column = { name: 'Age', type: 'date', value: '.metadata.creationTimestamp' };

/** The status of one condition. */
export function conditionColumn(type: string): Column {
  return { name: type, type: 'string', value: `.status.conditions[?(@.type=="${type}")].status` };
}
