import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApiObject, builtinKinds } from '@weft/api';
import { resourceId } from '../catalog.ts';
import { StoredEntry } from '../store/entry.ts';
import type { Entry } from '../store/types.ts';
import { entryFilter } from './filter.ts';
import { type ListOptions, parseListOptions } from './options.ts';

const event = builtinKinds.byApiVersion('events.k8s.io/v1', 'Event')!;
const configMap = builtinKinds.byApiVersion('v1', 'ConfigMap')!;

function entry(object: Partial<ApiObject> & Pick<ApiObject, 'kind' | 'metadata'>): Entry {
  const { namespace = '', name = '' } = object.metadata;
  const json = JSON.stringify({ apiVersion: 'v1', ...object });
  return new StoredEntry({ resource: `/${object.kind.toLowerCase()}s`, namespace, name, revision: 1, json });
}

function matches(
  kind: typeof event,
  query: Partial<Record<'labelSelector' | 'fieldSelector', string>>,
  name: string,
  one: Entry,
): boolean {
  const options: ListOptions = { ...parseListOptions(new URLSearchParams()), ...query };
  const filter = entryFilter({ kind, version: 'v1', id: resourceId(kind), isCustom: false }, options, name);
  return filter?.(one) ?? true;
}

const map = entry({ kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default', labels: { app: 'web' } } });

test('nothing asked for keeps everything, and costs no call', () => {
  const options = parseListOptions(new URLSearchParams());
  assert.equal(
    entryFilter({ kind: configMap, version: 'v1', id: '/configmaps', isCustom: false }, options, ''),
    undefined,
  );
});

test('name, labels and fields must all agree', () => {
  assert.equal(matches(configMap, {}, 'a', map), true);
  assert.equal(matches(configMap, {}, 'b', map), false);
  assert.equal(
    matches(configMap, { labelSelector: 'app=web', fieldSelector: 'metadata.namespace=default' }, 'a', map),
    true,
  );
  assert.equal(
    matches(configMap, { labelSelector: 'app=db', fieldSelector: 'metadata.namespace=default' }, 'a', map),
    false,
  );
  assert.equal(
    matches(configMap, { labelSelector: 'app=web', fieldSelector: 'metadata.namespace!=default' }, '', map),
    false,
  );
});

test('fields are those of the kind that is asked for, whatever its objects are stored as', () => {
  const stored = entry({
    kind: 'Event',
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'web' },
    reportingComponent: 'c',
  });
  assert.equal(matches(event, { fieldSelector: 'regarding.name=web,reportingController=c' }, '', stored), true);
  assert.equal(matches(event, { fieldSelector: 'regarding.name=db' }, '', stored), false);
  assert.throws(
    () => matches(event, { fieldSelector: 'involvedObject.name=web' }, '', stored),
    /field label not supported: involvedObject.name/,
  );
});
