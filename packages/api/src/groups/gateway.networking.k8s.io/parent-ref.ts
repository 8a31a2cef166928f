/** What a route attaches to: Gateways, ListenerSets, Services. */
import { enumeration, type Infer, list, object, required, type SchemaRule } from '../../schema/index.ts';
import { groupName, kindName, namespaceName, objectName, portNumber, sectionName } from './scalars.ts';

/** One parent of a route. */
export const parentReference = object('A Gateway, ListenerSet or Service that the route attaches to.', {
  group: groupName('API group of the parent; empty for a Service.', { default: 'gateway.networking.k8s.io' }),
  kind: kindName('Kind of the parent.', { default: 'Gateway' }),
  namespace: namespaceName('Namespace of the parent; that of the route when absent.'),
  name: required(objectName('Name of the parent.')),
  sectionName: sectionName('Listener of the parent, or port name of a Service; all of them when absent.'),
  port: portNumber('Port of the listeners, or of the Service, to attach to.'),
});

/** One parent of a route. */
export type ParentReference = Infer<typeof parentReference>;

const SAME_PARENT =
  'p.group == q.group && p.kind == q.kind && p.name == q.name && ' +
  "(has(p.__namespace__) ? p.__namespace__ : '') == (has(q.__namespace__) ? q.__namespace__ : '')";

const parentsSayTheSame: SchemaRule<ParentReference[]> = {
  message: 'sectionName or port must be specified when parentRefs includes 2 or more references to the same parent',
  cel: `self.all(p, self.all(q, !(${SAME_PARENT}) || (has(p.sectionName) == has(q.sectionName) && has(p.port) == has(q.port))))`,
  check: (refs) => everyPair(refs, (p, q) => hasSection(p) === hasSection(q) && hasPort(p) === hasPort(q)),
};

const parentsDiffer: SchemaRule<ParentReference[]> = {
  message: 'sectionName or port must be unique when parentRefs includes 2 or more references to the same parent',
  cel:
    `self.all(p, self.exists_one(q, ${SAME_PARENT} && ` +
    "(has(p.sectionName) ? p.sectionName : '') == (has(q.sectionName) ? q.sectionName : '') && " +
    '(has(p.port) ? p.port : 0) == (has(q.port) ? q.port : 0)))',
  check: (refs) => everyPair(refs, (p, q) => p.sectionName !== q.sectionName || p.port !== q.port),
};

/** Fields that the spec of every route has. */
export const commonRouteFields = {
  parentRefs: list('Parents that the route attaches to.', parentReference, {
    listType: 'atomic',
    maxItems: 32,
    rules: [parentsSayTheSame, parentsDiffer],
  }),
  useDefaultGateways: enumeration('Attaches the route also to the default Gateways of this scope.', ['All', 'None']),
} as const;

/** Whether `holds` is true of every two entries that name the same parent. */
function everyPair(refs: ParentReference[], holds: (p: ParentReference, q: ParentReference) => boolean): boolean {
  for (let i = 0; i < refs.length; i++) {
    for (let j = i + 1; j < refs.length; j++) {
      if (isSameParent(refs[i]!, refs[j]!) && !holds(refs[i]!, refs[j]!)) return false;
    }
  }
  return true;
}

function isSameParent(p: ParentReference, q: ParentReference): boolean {
  return p.group === q.group && p.kind === q.kind && p.name === q.name && (p.namespace ?? '') === (q.namespace ?? '');
}

function hasSection(ref: ParentReference): boolean {
  return ref.sectionName !== undefined;
}

function hasPort(ref: ParentReference): boolean {
  return ref.port !== undefined;
}
