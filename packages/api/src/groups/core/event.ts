import { type ApiObject, defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath, type Infer, type IssueReport, integer, object, required, string } from '../../schema/index.ts';
import { humanAge } from '../../table/human-duration.ts';
import { dns1123SubdomainProblems, qualifiedNameProblems } from '../../validation/names.ts';
import { microTime, timestamp } from '../meta/index.ts';
import { objectReference } from './references.ts';

const CORE = 'io.k8s.api.core.v1';
const TYPES = ['Normal', 'Warning'];

/** Who reports an event. */
export const eventSource = object(
  'Who reports the event.',
  { component: string('Component that reports.'), host: string('Node on which it runs.') },
  { name: `${CORE}.EventSource` },
);

/** Top-level fields of events in the core group. */
export const eventFields = {
  involvedObject: required(objectReference('Object that the event is about.')),
  reason: string('What happened, as one CamelCase word.'),
  message: string('What happened, in a sentence.'),
  source: { ...eventSource, default: {} },
  firstTimestamp: { ...timestamp('When it first happened.'), nullable: true },
  lastTimestamp: { ...timestamp('When it last happened.'), nullable: true },
  count: integer('How often it happened.'),
  type: string('Normal or Warning.'),
  eventTime: { ...microTime('When it happened.'), nullable: true },
  series: object(
    'That it happened again and again.',
    { count: integer('How often.'), lastObservedTime: microTime('When last.') },
    { name: `${CORE}.EventSeries` },
  ),
  action: string('What was done about the object.'),
  related: objectReference('Another object that plays a part.'),
  reportingComponent: string('Controller that reports, such as kubernetes.io/kubelet.', { default: '' }),
  reportingInstance: string('Instance of the controller.', { default: '' }),
};

const eventObject = object('An event.', eventFields);

/** The fields of an event that say when and how often it happened. */
export type EventFields = Infer<typeof eventObject>;

const as = (object: ApiObject): EventFields => object as unknown as EventFields;

/** Something that happened to an object. */
export const event = defineBuiltin({
  group: '',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  scope: 'Namespaced',
  description: 'Something that happened to an object.',
  fields: eventFields,
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    {
      name: 'Last Seen',
      type: 'string',
      description: 'Time since it last happened.',
      value: (o, now) => lastSeen(as(o), now),
    },
    { name: 'Type', type: 'string', value: '.type', description: 'Normal or Warning.' },
    { name: 'Reason', type: 'string', value: '.reason', description: 'What happened, in a word.' },
    { name: 'Object', type: 'string', description: 'Object that it happened to.', value: (o) => target(as(o)) },
    {
      name: 'Subobject',
      type: 'string',
      priority: 1,
      description: 'Part of the object.',
      value: (o) => as(o).involvedObject.fieldPath ?? '',
    },
    { name: 'Source', type: 'string', priority: 1, description: 'Who reports.', value: (o) => source(as(o)) },
    { name: 'Message', type: 'string', description: 'What happened.', value: (o) => (as(o).message ?? '').trim() },
    {
      name: 'First Seen',
      type: 'string',
      priority: 1,
      description: 'Time since it first happened.',
      value: (o, now) => firstSeen(as(o), now),
    },
    {
      name: 'Count',
      type: 'integer',
      declaredType: 'string',
      priority: 1,
      description: 'How often it happened.',
      value: (o) => as(o).series?.count ?? (as(o).count || 1),
    },
    {
      name: 'Name',
      type: 'string',
      format: 'name',
      priority: 1,
      value: '.metadata.name',
      description: 'Name of the event.',
    },
  ],
  check(object, report) {
    checkEvent(object, report);
  },
});

/** Something that happened to an object. */
export type Event = ObjectOf<typeof event>;

function firstSeen({ firstTimestamp, eventTime }: EventFields, now: number): string {
  return humanAge(firstTimestamp ?? eventTime, now);
}

function lastSeen(fields: EventFields, now: number): string {
  const last = fields.series?.lastObservedTime ?? fields.lastTimestamp;
  return last === undefined || last === null ? firstSeen(fields, now) : humanAge(last, now);
}

function target({ involvedObject }: EventFields): string {
  const kind = (involvedObject.kind ?? '').toLowerCase();
  return (involvedObject.name ?? '') === '' ? kind : `${kind}/${involvedObject.name}`;
}

function source({ source: from, reportingComponent, reportingInstance }: EventFields): string {
  const component = from?.component || reportingComponent || '';
  const instance = from?.host || reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}

/** Events of cluster-wide objects live in the default namespace. */
function checkEvent(object: Event, report: IssueReport): void {
  const { involvedObject, metadata, type } = object;
  const namespace = involvedObject.namespace ?? '';
  const path = FieldPath.root.child('involvedObject', 'namespace');
  const own = metadata.namespace ?? '';
  if (namespace === '') {
    if (own !== '' && own !== 'default') report.invalid(path, namespace, 'does not match event.namespace');
  } else {
    for (const problem of dns1123SubdomainProblems(namespace)) report.invalid(path, namespace, problem);
    if (own !== '' && own !== namespace) report.invalid(path, namespace, 'does not match event.namespace');
  }
  // Events with a time of their own come from recorders of the new kind, which promise more.
  if (object.eventTime === undefined || object.eventTime === null) return;
  const component = object.reportingComponent ?? '';
  const at = FieldPath.root.child('reportingController');
  if (component === '') report.required(at);
  else for (const problem of qualifiedNameProblems(component)) report.invalid(at, component, problem);
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    const text = object[field] ?? '';
    if (text === '') report.required(FieldPath.root.child(field));
    else if (text.length > 128) report.invalid(FieldPath.root.child(field), text, 'can have at most 128 characters');
  }
  if ((object.message ?? '').length > 1024) {
    report.invalid(FieldPath.root.child('message'), object.message, 'can have at most 1024 characters');
  }
  if (type !== undefined && !TYPES.includes(type)) report.notSupported(FieldPath.root.child('type'), type, TYPES);
}
