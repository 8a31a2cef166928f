import { type ApiObject, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath, integer, object, required, string } from '../../schema/index.ts';
import { qualifiedNameProblems } from '../../validation/names.ts';
import { event as coreEvent, eventSource } from '../core/event.ts';
import { objectReference } from '../core/references.ts';
import { alwaysPresent, microTime, timestamp } from '../meta/index.ts';

/** The core group's name of each field that is called differently here. */
const CORE_NAMES = {
  note: 'message',
  regarding: 'involvedObject',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
} as const;
const HERE_NAMES = Object.fromEntries(Object.entries(CORE_NAMES).map(([here, core]) => [core, here]));

/** The same event as an object of the core group. */
export function eventToCore(object: ApiObject): ApiObject {
  return { ...rename(object, CORE_NAMES), apiVersion: 'v1', kind: 'Event', metadata: object.metadata };
}

/** An event of the core group as an object of this one. */
export function eventFromCore(object: ApiObject): ApiObject {
  return { ...rename(object, HERE_NAMES), apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: object.metadata };
}

function rename(object: ApiObject, names: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names[key] ?? key, value]));
}

/** Something that happened to an object, in the newer form. */
export const event = defineBuiltin({
  group: 'events.k8s.io',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  scope: 'Namespaced',
  description: 'Something that happened to an object; the same events as in the core group.',
  fields: {
    eventTime: required({ ...microTime('When it first happened.'), nullable: true }),
    series: object(
      'That it happened again and again.',
      { count: required(integer('How often.')), lastObservedTime: required(microTime('When last.')) },
      { name: 'io.k8s.api.events.v1.EventSeries' },
    ),
    reportingController: string('Controller that reports, such as kubernetes.io/kubelet.'),
    reportingInstance: string('Instance of the controller.'),
    action: string('What was done about the object.'),
    reason: string('What happened, as one CamelCase word.'),
    regarding: objectReference('Object that the event is about.'),
    related: objectReference('Another object that plays a part.'),
    note: string('What happened, in a sentence.'),
    type: string('Normal or Warning.'),
    deprecatedSource: alwaysPresent(eventSource),
    deprecatedFirstTimestamp: { ...timestamp('When it first happened, in the older form.'), nullable: true },
    deprecatedLastTimestamp: { ...timestamp('When it last happened, in the older form.'), nullable: true },
    deprecatedCount: integer('How often it happened, in the older form.'),
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: (coreEvent.columns ?? []).map((column) => {
    const { value } = column;
    if (typeof value === 'string') return column;
    return { ...column, value: (object: ApiObject, now: number) => value(eventToCore(withRegarding(object)), now) };
  }),
  check(object, report) {
    const root = FieldPath.root;
    const isNew = (object.deprecatedCount ?? 0) === 0 && (object.deprecatedFirstTimestamp ?? null) === null;
    if (!isNew) return;
    if (object.eventTime === null) report.required(root.child('eventTime'));
    for (const field of ['reportingController', 'reportingInstance', 'action', 'reason'] as const) {
      const text = object[field] ?? '';
      if (text === '') report.required(root.child(field));
      else if (text.length > 128) report.invalid(root.child(field), text, 'can have at most 128 characters');
    }
    const controller = object.reportingController ?? '';
    for (const problem of controller === '' ? [] : qualifiedNameProblems(controller)) {
      report.invalid(root.child('reportingController'), controller, problem);
    }
    if ((object.note ?? '').length > 1024) {
      report.invalid(root.child('note'), object.note, 'can have at most 1024 characters');
    }
    const { type = '' } = object;
    if (type !== 'Normal' && type !== 'Warning') report.notSupported(root.child('type'), type, ['Normal', 'Warning']);
    const namespace = object.regarding?.namespace ?? '';
    const own = object.metadata.namespace ?? '';
    if (own !== '' && own !== (namespace || 'default')) {
      report.invalid(root.child('regarding', 'namespace'), namespace, 'does not match event.namespace');
    }
  },
});

/** Something that happened to an object, in the newer form. */
export type Event = ObjectOf<typeof event>;

function withRegarding(object: ApiObject): ApiObject {
  return object['regarding'] === undefined ? { ...object, regarding: {} } : object;
}
