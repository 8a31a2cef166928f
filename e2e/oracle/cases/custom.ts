/** Definitions of users, objects of them, and the mesh's own kinds as a cluster has them by their definitions. */
import { get, type OracleCase, patch, post, put, type Step, scene, TABLE } from '../case.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const GROUP = '{ns}.example.com';
const WIDGETS = `/apis/${GROUP}/v1/namespaces/{ns}/widgets`;
const SERVICES = '/apis/networking.istio.io/v1/namespaces/{ns}/virtualservices';
const VIEWS = '/apis/networking.istio.io/v1beta1/namespaces/{ns}/virtualservices';

const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 10 },
        colour: { type: 'string', enum: ['red', 'green'], default: 'red' },
        replicas: { type: 'integer', default: 1 },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
        items: {
          type: 'array',
          maxItems: 3,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['key'],
          items: {
            type: 'object',
            required: ['key'],
            properties: { key: { type: 'string' }, value: { type: 'string' } },
          },
        },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        port: { 'x-kubernetes-int-or-string': true },
        at: { type: 'string', format: 'date-time' },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        nothing: { type: 'string', nullable: true },
      },
      'x-kubernetes-validations': [
        { rule: '!has(self.colour) || self.colour != "green" || self.size > 5', message: 'green needs size' },
        { rule: 'self.replicas >= oldSelf.replicas', message: 'may not shrink' },
      ],
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
  },
};
const definition = (spec: object = {}, version: object = {}, names: object = {}): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', ...names },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Colour', type: 'string', jsonPath: '.spec.colour', priority: 1 },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        ...version,
      },
    ],
    ...spec,
  },
});
const withSchema = (openAPIV3Schema: object): object => definition({}, { schema: { openAPIV3Schema } });
const widget = (name: string, spec: object, rest: object = {}): object => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'Widget',
  metadata: { name },
  spec,
  ...rest,
});
const refusedWidget = (spec: object): Step => post(`${WIDGETS}?dryRun=All`, widget('bad', spec));
const route = (rest: object): object => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'reviews' },
  spec: { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v1' } }] }], ...rest },
});
/** Which verbs there are, and not in which order. */
const verbsOf = ({ resources }: { resources: { name: string; verbs: string[] }[] }): unknown =>
  Object.fromEntries(resources.map(({ name, verbs }) => [name, verbs.toSorted()]));
const refused = (object: object): Step => post(`${DEFINITIONS}?dryRun=All`, object);
const properties = (spec: object): object => withSchema({ type: 'object', properties: { spec } });

export const customCases: readonly OracleCase[] = [
  scene(
    'a definition and its objects',
    post(DEFINITIONS, definition(), { pick: ({ spec }: { spec: unknown }) => spec }),
    get(WIDGETS, { until: 200 }),
    post(WIDGETS, widget('a', { size: 3, unknown: 1, items: [{ key: 'k', value: 'v' }] })),
    post(`${WIDGETS}?fieldValidation=Strict`, widget('b', { size: 3, unknown: 1 })),
    post(`${WIDGETS}?fieldValidation=Ignore&dryRun=All`, widget('b', { size: 3, unknown: 1 })),
    get(`${WIDGETS}/a`),
    get(WIDGETS),
    get(WIDGETS, { headers: TABLE }),
    get(`${WIDGETS}/a/scale`),
    patch(`${WIDGETS}/a/scale`, 'merge', { spec: { replicas: 4 } }),
    patch(`${WIDGETS}/a/status`, 'merge', { status: { replicas: 2 }, spec: { size: 9 } }),
    patch(`${WIDGETS}/a`, 'merge', { spec: { replicas: 1 } }),
    patch(`${WIDGETS}/a`, 'merge', { spec: { replicas: 5 }, status: { replicas: 7 } }),
    patch(`${WIDGETS}/a`, 'strategic', { spec: { replicas: 5 } }),
    patch(`${WIDGETS}/a`, 'json', [{ op: 'add', path: '/spec/size', value: 'x' }]),
    patch(`${WIDGETS}/a?fieldManager=one`, 'apply', widget('a', { size: 4 })),
    patch(`${WIDGETS}/a?fieldManager=one&force=true`, 'apply', widget('a', { size: 4, items: [{ key: 'z' }] })),
    patch(`${WIDGETS}/n?fieldManager=one`, 'apply', widget('n', { size: 4, items: [{ key: 'z' }], set: ['a', 'b'] })),
    put(`${WIDGETS}/a`, widget('a', { size: 4 })),
    put(`${WIDGETS}/a`, { ...widget('a', { size: 4, replicas: 6 }), metadata: { name: 'a', resourceVersion: '1' } }),
    refusedWidget({ size: 11 }),
    refusedWidget({ size: '1' }),
    refusedWidget({}),
    refusedWidget({ size: 1, colour: 'blue' }),
    refusedWidget({ size: 1, colour: 'green' }),
    refusedWidget({ size: 1, name: 'TOOLONG' }),
    refusedWidget({ size: 1, items: [{ key: 'a' }, { key: 'a' }] }),
    refusedWidget({ size: 1, items: [{}] }),
    refusedWidget({ size: 1, items: [{ key: 'a' }, { key: 'b' }, { key: 'c' }, { key: 'd' }] }),
    refusedWidget({ size: 1, set: ['a', 'a'] }),
    refusedWidget({ size: 1, port: true }),
    refusedWidget({ size: 1, port: '80' }),
    refusedWidget({ size: 1, at: 'soon' }),
    refusedWidget({ size: 1, any: { x: [1] } }),
    refusedWidget({ size: 1, nothing: null, colour: null }),
    refusedWidget({ size: null }),
    refusedWidget([]),
    post(WIDGETS, { ...widget('c', { size: 1 }), kind: 'Gadget' }),
    post(WIDGETS, { ...widget('c', { size: 1 }), apiVersion: 'v1' }),
    post(WIDGETS, { metadata: { name: 'c' }, spec: { size: 1 } }),
    post(WIDGETS, '{'),
    get(`${WIDGETS}?fieldSelector=spec.size%3D3`),
    get(`/apis/${GROUP}/v1`, { pick: verbsOf }),
    get(`/apis/${GROUP}`),
    get(`${WIDGETS}/a/nope`),
    { method: 'DELETE', path: `${WIDGETS}/a` },
    { method: 'DELETE', path: `${DEFINITIONS}/widgets.${GROUP}`, pick: ({ kind }: { kind: string }) => kind },
  ),
  scene(
    'definitions that are refused',
    refused(definition({ group: 'other.example.com' })),
    refused(definition({ scope: 'Nowhere' })),
    refused(definition({}, {}, { kind: 'widget' })),
    refused(definition({}, {}, { plural: 'Widgets' })),
    refused(definition({}, {}, { shortNames: ['W W'] })),
    refused(definition({ versions: [] })),
    refused(definition({}, { storage: false })),
    refused(definition({}, { name: 'V1' })),
    refused(definition({}, { schema: undefined })),
    refused(definition({ preserveUnknownFields: true })),
    refused(definition({ conversion: { strategy: 'Nope' } })),
    refused(definition({}, { additionalPrinterColumns: [{ name: 'x', type: 'nope', jsonPath: 'spec' }] })),
    refused(definition({}, { subresources: { scale: { specReplicasPath: 'spec', statusReplicasPath: '.status' } } })),
    refused(withSchema({ type: 'string' })),
    refused(withSchema({})),
    refused(withSchema({ type: 'object', properties: { spec: { type: 'nope' } } })),
    refused(properties({})),
    refused(properties({ type: 'object', properties: { x: { type: 'integer', default: 'y' } } })),
    refused(properties({ type: 'array' })),
    refused(properties({ type: 'object', additionalProperties: true, properties: { x: { type: 'string' } } })),
    refused(properties({ type: 'string', pattern: '(' })),
    refused(properties({ type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'map' })),
    refused(
      properties({
        type: 'array',
        items: { type: 'object', properties: { k: { type: 'string' } } },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
      }),
    ),
    refused(properties({ type: 'object', 'x-kubernetes-validations': [{ rule: 'self.nope' }] })),
    refused(properties({ type: 'object', 'x-kubernetes-validations': [{ rule: '' }] })),
    refused(properties({ type: 'object', $ref: '#/x' })),
    refused(properties({ type: 'string', uniqueItems: true })),
    refused(properties({ type: 'integer', enum: ['a'] })),
    refused(properties({ oneOf: [{ type: 'string' }], type: 'object' })),
    refused({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'x' },
      spec: {},
    }),
    refused({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'x' } }),
  ),
  scene(
    'VirtualServices',
    post(SERVICES, route({})),
    get(`${SERVICES}/reviews`, {
      headers: TABLE,
      pick: ({ rows }: { rows: { cells: unknown }[] }) => rows.map(({ cells }) => ({ cells })),
    }),
    get(`${VIEWS}/reviews`),
    get(VIEWS),
    patch(`${SERVICES}/reviews`, 'merge', { spec: { hosts: ['reviews', 'ratings'] } }),
    patch(`${SERVICES}/reviews`, 'strategic', { spec: { hosts: ['x'] } }),
    patch(`${SERVICES}/reviews?fieldManager=one`, 'apply', route({ hosts: ['x'] })),
    patch(`${SERVICES}/reviews?fieldManager=one&force=true`, 'apply', route({ hosts: ['x'] })),
    patch(`${VIEWS}/reviews?fieldManager=two`, 'apply', {
      ...route({ hosts: ['y'] }),
      apiVersion: 'networking.istio.io/v1beta1',
    }),
    put(`${SERVICES}/reviews`, route({})),
    post(`${SERVICES}?fieldValidation=Strict`, route({ bogus: 1 })),
    post(`${SERVICES}?dryRun=All`, { ...route({ hosts: 'reviews' }), metadata: { name: 'b' } }),
    post(`${SERVICES}?dryRun=All`, { ...route({ http: [{ timeout: 5 }] }), metadata: { name: 'b' } }),
    post(`${SERVICES}?dryRun=All`, { ...route({ http: 'x' }), metadata: { name: 'b' } }),
    post(`${SERVICES}?dryRun=All`, { ...route({}), metadata: { name: 'Bad_Name' } }),
    { method: 'DELETE', path: `${SERVICES}/reviews` },
  ),
];
