import { type CheckContext, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { boolean, FieldPath, type IssueReport, map, string } from '../../schema/index.ts';
import { base64Bytes, checkDataKeys, MAX_DATA_BYTES, utf8Bytes } from '../../validation/data-keys.ts';
import { ageColumn } from '../meta/index.ts';
import { checkImmutableData } from './immutable-data.ts';

/** Configuration as named texts or bytes. */
export const configMap = defineBuiltin({
  group: '',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  scope: 'Namespaced',
  description: 'Configuration for programs, as named texts or bytes.',
  fields: {
    data: map('Values that are texts.', string('A text.')),
    binaryData: map('Values that are not valid UTF-8, in base64.', string('Bytes in base64.', { format: 'byte' })),
    immutable: boolean('The values never change again; the object can only be deleted.'),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Data',
      type: 'integer',
      declaredType: 'string',
      description: 'Number of values.',
      value: (object) =>
        Object.keys((object['data'] as object | undefined) ?? {}).length +
        Object.keys((object['binaryData'] as object | undefined) ?? {}).length,
    },
    ageColumn,
  ],
  check(object, report, context) {
    checkConfigMap(object, report, context);
  },
});

/** Configuration as named texts or bytes. */
export type ConfigMap = ObjectOf<typeof configMap>;

const dataPath = FieldPath.root.child('data');
const binaryDataPath = FieldPath.root.child('binaryData');

function checkConfigMap(object: ConfigMap, report: IssueReport, context: CheckContext): void {
  const { data = {}, binaryData = {} } = object;
  checkDataKeys(dataPath, data, report);
  checkDataKeys(binaryDataPath, binaryData, report);
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    if (Object.hasOwn(binaryData, key)) {
      report.invalid(dataPath.key(key), key, 'duplicate of key present in binaryData');
    }
    bytes += utf8Bytes(value);
  }
  for (const value of Object.values(binaryData)) bytes += base64Bytes(value);
  if (bytes > MAX_DATA_BYTES) report.tooLong(dataPath, MAX_DATA_BYTES);
  checkImmutableData(['data', 'binaryData'], object, context.old, report);
}
