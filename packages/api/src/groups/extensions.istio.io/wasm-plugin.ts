/** WebAssembly modules in proxies. */
import { defineKind, type ObjectMeta, type ObjectOf, specPath } from '../../kind/index.ts';
import {
  anyObject,
  enumeration,
  type Infer,
  type IssueReport,
  integer,
  list,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { istioStatus } from '../networking.istio.io/status.ts';
import { ageColumn } from '../networking.istio.io/versions.ts';
import { attachmentFields, checkAttachment, oneAttachment } from '../security.istio.io/attachment.ts';

const environmentVariable = object(
  'An environment variable of the module.',
  {
    name: required(string('Name of the variable.', { minLength: 1, maxLength: 256 })),
    valueFrom: enumeration('Where the value comes from: value below, or the environment of the proxy.', [
      'INLINE',
      'HOST',
    ]),
    value: string('Value, for INLINE.', { maxLength: 2048 }),
  },
  {
    rules: [
      {
        message: 'value may only be set when valueFrom is INLINE',
        cel: "!has(self.valueFrom) || self.valueFrom == 'INLINE' || !has(self.value)",
        check: (self) => (self.valueFrom ?? 'INLINE') === 'INLINE' || self.value === undefined,
      },
    ],
  },
);

const wasmSpec = object(
  'A module, where it comes from, and which traffic it sees.',
  {
    ...attachmentFields,
    url: required(
      string('Where the module comes from: oci://, http(s)://, file://, or an image name.', { minLength: 1 }),
    ),
    sha256: string('Checksum that the module must have.', { pattern: '(^$|^[a-f0-9]{64}$)' }),
    imagePullPolicy: enumeration('When an image is fetched again.', ['UNSPECIFIED_POLICY', 'IfNotPresent', 'Always']),
    imagePullSecret: string('Secret with the credentials of the registry.', { minLength: 1, maxLength: 253 }),
    verificationKey: string('Key that the signature of the image is verified with.'),
    pluginConfig: anyObject('Configuration that the module reads.'),
    pluginName: string('Name of the plugin in the module.', { minLength: 1, maxLength: 256 }),
    phase: enumeration('Where in the filter chain the module runs.', ['UNSPECIFIED_PHASE', 'AUTHN', 'AUTHZ', 'STATS']),
    priority: integer('Order in the phase, highest first; 0 when absent.', { nullable: true }),
    failStrategy: enumeration('What happens to traffic when the module fails.', [
      'FAIL_CLOSE',
      'FAIL_OPEN',
      'FAIL_RELOAD',
    ]),
    vmConfig: object('Settings of the machine that the module runs in.', {
      env: list('Environment variables.', environmentVariable, { listType: 'map', mapKeys: ['name'], maxItems: 256 }),
    }),
    match: list(
      'Traffic that the module sees; all when absent.',
      object('Traffic of one direction and some ports.', {
        mode: enumeration('Requests that the workload sends, gets, or both.', [
          'UNDEFINED',
          'CLIENT',
          'SERVER',
          'CLIENT_AND_SERVER',
        ]),
        ports: list(
          'Ports; all when absent.',
          object('A port.', { number: required(integer('Number of the port.', { minimum: 1, maximum: 65535 })) }),
          { listType: 'map', mapKeys: ['number'] },
        ),
      }),
    ),
    type: enumeration('Kind of filter that the module is.', ['UNSPECIFIED_PLUGIN_TYPE', 'HTTP', 'NETWORK']),
  },
  { rules: [oneAttachment] },
);

const SCHEMES: ReadonlySet<string> = new Set(['file', 'http', 'https', 'oci']);

function checkWasmPlugin(
  plugin: { readonly metadata: ObjectMeta; readonly spec: Infer<typeof wasmSpec> },
  report: IssueReport,
): void {
  checkAttachment(plugin.spec, report);
  const { url } = plugin.spec;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  const path = specPath.child('url');
  if (scheme !== undefined && !SCHEMES.has(scheme)) {
    report.invalid(path, url, `url contains unsupported scheme: ${scheme}`);
  } else if (!URL.canParse(scheme === undefined ? `http://${url}` : url)) {
    report.invalid(path, url, 'failed to parse url');
  }
}

/** Runs a WebAssembly module in proxies. */
export const wasmPlugin = defineKind({
  group: 'extensions.istio.io',
  kind: 'WasmPlugin',
  plural: 'wasmplugins',
  categories: ['istio-io', 'extensions-istio-io'],
  scope: 'Namespaced',
  description: 'Runs a WebAssembly module in the proxies of the mesh, a namespace or a selection.',
  fields: { spec: required(wasmSpec), status: istioStatus },
  versions: [{ name: 'v1alpha1', isStorage: true }],
  hasStatus: true,
  columns: [ageColumn],
  check: checkWasmPlugin,
});

/** A WasmPlugin object. */
export type WasmPlugin = ObjectOf<typeof wasmPlugin>;
