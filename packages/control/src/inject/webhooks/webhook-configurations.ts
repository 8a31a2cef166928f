/** The objects by which an API server knows our webhooks. Pure. */
import { istio, type kubernetes } from '@weft/api';
import { DEFAULT_REVISION, LABEL } from '../names.ts';
import { revisionRules } from '../revision-rules.ts';

type MutatingWebhookConfiguration = kubernetes.admissionregistration.MutatingWebhookConfiguration;
type ValidatingWebhookConfiguration = kubernetes.admissionregistration.ValidatingWebhookConfiguration;

/** Where the webhooks answer: a Service of the cluster, or an address outside of it. */
export type WebhookTarget =
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly port?: number }
  /** Address without path. */
  | { readonly kind: 'url'; readonly url: string };

/** What all configurations are made of. */
export interface WebhookConfigurationOptions {
  readonly revision: string;
  readonly target: WebhookTarget;
  /** PEM of the authorities that the server's certificate comes from. */
  readonly caPem: string;
  /** Name of the namespace of the control plane; in its usual one it is no part of names. */
  readonly controlPlaneNamespace: string;
}

/** What the configuration of injection is made of. */
export interface InjectorConfigurationOptions extends WebhookConfigurationOptions {
  /** A name for the revision that namespaces may have in its place. */
  readonly tag?: string;
  readonly injectsByDefault?: boolean;
  /** Parameters of the address, such as `cluster/east/net/n1`. */
  readonly parameters?: string;
  /** Asks again when later webhooks changed the pod. */
  readonly isReinvoked?: boolean;
}

const USUAL_NAMESPACE = 'istio-system';
const INJECT_PATH = '/inject';
const VALIDATE_PATH = '/validate';
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const TIMEOUT_SECONDS = 10;

/** The configuration that has pods of a revision, or of a tag that points to it, injected. */
export function injectorConfiguration(options: InjectorConfigurationOptions): MutatingWebhookConfiguration {
  const { revision, tag, injectsByDefault = false, parameters = '', isReinvoked = false } = options;
  const path = parameters === '' ? INJECT_PATH : `${INJECT_PATH}/${parameters}`;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: {
      name: injectorName(options),
      labels: {
        app: 'sidecar-injector',
        [LABEL.revision]: revision,
        ...(tag === undefined ? {} : { [LABEL.tag]: tag }),
      },
    },
    webhooks: revisionRules({ revision: tag ?? revision, injectsByDefault }).map(({ name, namespaces, pods }) => ({
      name: `${name}.sidecar-injector.istio.io`,
      admissionReviewVersions: REVIEW_VERSIONS,
      clientConfig: clientConfig(options, path),
      rules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' as const },
      ],
      namespaceSelector: namespaces,
      objectSelector: pods,
      // A pod without the sidecar that it should have would be a hole in every policy.
      failurePolicy: 'Fail' as const,
      matchPolicy: 'Equivalent' as const,
      reinvocationPolicy: isReinvoked ? ('IfNeeded' as const) : ('Never' as const),
      sideEffects: 'None' as const,
      timeoutSeconds: TIMEOUT_SECONDS,
    })),
  };
}

/** The configuration that has the kinds of the mesh validated. */
export function validatorConfiguration(options: WebhookConfigurationOptions): ValidatingWebhookConfiguration {
  const { revision, controlPlaneNamespace } = options;
  const isDefault = revision === DEFAULT_REVISION;
  // Objects that name a revision are its own; the default one takes those that name none as well.
  const own = { key: LABEL.revision, operator: 'In', values: [revision] };
  const selectors = isDefault ? [{ key: LABEL.revision, operator: 'DoesNotExist' }, own] : [own];
  const suffix = isDefault ? '' : `-${revision}`;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: {
      name: `istio-validator${suffix}-${controlPlaneNamespace}`,
      labels: { app: 'istiod', istio: 'istiod', [LABEL.revision]: revision },
    },
    webhooks: selectors.map((selector, i) => ({
      name: `${i === 0 ? '' : 'rev.'}validation.istio.io`,
      admissionReviewVersions: REVIEW_VERSIONS,
      clientConfig: clientConfig(options, VALIDATE_PATH),
      rules: [
        {
          apiGroups: meshGroups(),
          apiVersions: ['*'],
          operations: ['CREATE' as const, 'UPDATE' as const],
          resources: ['*'],
          scope: '*' as const,
        },
      ],
      namespaceSelector: {},
      objectSelector: { matchExpressions: [selector] },
      failurePolicy: 'Fail' as const,
      matchPolicy: 'Equivalent' as const,
      sideEffects: 'None' as const,
      timeoutSeconds: TIMEOUT_SECONDS,
    })),
  };
}

/** The groups whose kinds the mesh brings; those of Kubernetes and of the Gateway API are checked by others. */
function meshGroups(): string[] {
  const kinds = [
    istio.networking.virtualService,
    istio.security.authorizationPolicy,
    istio.telemetry.telemetry,
    istio.extensions.wasmPlugin,
  ];
  return kinds.map(({ group }) => group);
}

function injectorName({ revision, tag, controlPlaneNamespace }: InjectorConfigurationOptions): string {
  const suffix = controlPlaneNamespace === USUAL_NAMESPACE ? '' : `-${controlPlaneNamespace}`;
  if (tag !== undefined) return `istio-revision-tag-${tag}${suffix}`;
  return `istio-sidecar-injector${revision === DEFAULT_REVISION ? '' : `-${revision}`}${suffix}`;
}

type ClientConfig = NonNullable<MutatingWebhookConfiguration['webhooks']>[number]['clientConfig'];

function clientConfig({ target, caPem }: WebhookConfigurationOptions, path: string): ClientConfig {
  const caBundle = encodeBundle(caPem);
  if (target.kind === 'url') return { url: `${target.url.replace(/\/$/, '')}${path}`, caBundle };
  const { namespace, name, port = 443 } = target;
  return { service: { namespace, name, path, port }, caBundle };
}

/** Authorities as configurations hold them. */
export function encodeBundle(caPem: string): string {
  return Buffer.from(caPem).toString('base64');
}
