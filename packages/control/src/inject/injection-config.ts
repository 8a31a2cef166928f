/** Everything that injection is told from outside of pods, read and checked once. */
import {
  checkLabelSelector,
  enumeration,
  FieldPath,
  formatIssue,
  type Infer,
  IssueReport,
  istio,
  labelSelector,
  list,
  map,
  object,
  prune,
  string,
  validateSchema,
} from '@weft/api';
import { err, ok, type Result } from '@weft/core';
import { type InjectionValues, parseInjectionValues } from './injection-values.ts';
import { DEFAULT_REVISION, IGNORED_NAMESPACES } from './names.ts';
import type { NativeSidecarPolicy } from './native-sidecar.ts';
import { PROGRAM_WORDS, type ProgramWords } from './program-words.ts';
import { builtinTemplates } from './templates/all.ts';
import type { InjectionTemplate } from './templates/template.ts';
import { parseYamlTemplate } from './templates/yaml-template.ts';
import type { ValuesSpec } from './values-schema.ts';

type Selector = NonNullable<InjectionConfigSpec['neverInjectSelector']>[number];

/** Everything that injection is told from outside of pods. */
export interface InjectionConfig {
  readonly revision: string;
  /** Tags that point to the revision. */
  readonly tags: readonly string[];
  readonly policy: 'enabled' | 'disabled';
  readonly injectsByDefault: boolean;
  readonly neverInject: readonly Selector[];
  readonly alwaysInject: readonly Selector[];
  readonly ignoredNamespaces: readonly string[];
  readonly templates: ReadonlyMap<string, InjectionTemplate>;
  readonly defaultTemplates: readonly string[];
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  readonly injectedAnnotations: Readonly<Record<string, string>>;
  readonly nativeSidecars: NativeSidecarPolicy;
  /** Init containers that run before a native sidecar, which captures what comes after it. */
  readonly initContainersBeforeProxy: readonly string[];
  readonly program: ProgramWords;
  readonly values: InjectionValues;
  readonly mesh: istio.mesh.MeshConfig;
}

const configSchema = object('The file of the injector.', {
  policy: enumeration('Whether pods that say nothing are injected.', ['enabled', 'disabled']),
  defaultTemplates: list('Templates of pods that name none.', string('Name.')),
  templates: map('Further templates.', string('Strategic merge patch of a pod, as YAML.')),
  aliases: map('Names for several templates.', list('The templates.', string('Name.'))),
  neverInjectSelector: list('Pods that are never injected.', labelSelector('Their labels.')),
  alwaysInjectSelector: list('Pods that are always injected.', labelSelector('Their labels.')),
  injectedAnnotations: map('Annotations of every injected pod.', string('Value.')),
});

type InjectionConfigSpec = Infer<typeof configSchema>;

/** Where configuration comes from: parsed YAML of Istio's files, and what the program itself decides. */
export interface InjectionConfigSources {
  /** What the ConfigMap `istio-sidecar-injector` holds as `config`. */
  readonly config?: unknown;
  /** What it holds as `values`. */
  readonly values?: unknown;
  readonly mesh?: istio.mesh.MeshConfig;
  /** That of the values unless given. */
  readonly revision?: string;
  readonly tags?: readonly string[];
  /** What the values say unless given. */
  readonly nativeSidecars?: NativeSidecarPolicy;
  readonly initContainersBeforeProxy?: readonly string[];
  /** Templates written as functions; they take the place of those with the same name. */
  readonly templates?: Readonly<Record<string, InjectionTemplate>>;
  readonly program?: Partial<ProgramWords>;
}

/** Reads and completes configuration; refuses all of it with every reason. */
export function createInjectionConfig(sources: InjectionConfigSources = {}): Result<InjectionConfig, string[]> {
  const values = parseInjectionValues(sources.values, sources.revision);
  const errors = values.errors.map((error) => `values: ${error}`);
  const { sidecarInjectorWebhook: fromValues = {}, global } = values.spec;
  const spec = { ...withoutUndefined(fromValues), ...readConfig(sources.config, errors) };
  const never = spec.neverInjectSelector ?? [];
  const always = spec.alwaysInjectSelector ?? [];
  errors.push(...selectorProblems('neverInjectSelector', never), ...selectorProblems('alwaysInjectSelector', always));
  const policy =
    (spec as InjectionConfigSpec).policy ?? (global?.proxy?.autoInject === 'disabled' ? 'disabled' : 'enabled');
  const templates = readTemplates(spec.templates ?? {}, sources.templates ?? {}, errors);
  const { aliases = {} } = spec as InjectionConfigSpec;
  const defaults = spec.defaultTemplates ?? [];
  const { revision = '' } = values.spec;
  const config: InjectionConfig = {
    revision: revision === '' ? DEFAULT_REVISION : revision,
    tags: sources.tags ?? [],
    policy,
    injectsByDefault: fromValues.enableNamespacesByDefault ?? false,
    neverInject: never,
    alwaysInject: always,
    ignoredNamespaces: IGNORED_NAMESPACES,
    templates,
    defaultTemplates: defaults.length === 0 ? ['sidecar'] : defaults,
    aliases,
    injectedAnnotations: spec.injectedAnnotations ?? {},
    nativeSidecars: sources.nativeSidecars ?? nativeSidecarsIn(values.spec),
    initContainersBeforeProxy: sources.initContainersBeforeProxy ?? [],
    program: { ...PROGRAM_WORDS, ...sources.program },
    values: values.values,
    mesh: sources.mesh ?? istio.mesh.parseMeshConfig({}).config,
  };
  return errors.length > 0 ? err(errors) : ok(Object.freeze(config));
}

/** Istio's installations say it in the environment of the control plane. */
function nativeSidecarsIn({ pilot }: ValuesSpec): NativeSidecarPolicy {
  const said = pilot?.env?.['ENABLE_NATIVE_SIDECARS'];
  if (said === true || said === 'true') return 'always';
  return said === false || said === 'false' ? 'never' : 'auto';
}

function readConfig(given: unknown, errors: string[]): InjectionConfigSpec {
  const pruned = prune(configSchema, given ?? {});
  const report = validateSchema(configSchema, pruned.value);
  errors.push(...pruned.unknown.map((field) => `unknown field "${field}" in the injection configuration`));
  errors.push(...report.issues.map(formatIssue));
  return report.issues.length === 0 ? (pruned.value as InjectionConfigSpec) : {};
}

function readTemplates(
  texts: Readonly<Record<string, string>>,
  functions: Readonly<Record<string, InjectionTemplate>>,
  errors: string[],
): ReadonlyMap<string, InjectionTemplate> {
  const templates = new Map(Object.entries(builtinTemplates));
  for (const [name, text] of Object.entries(texts)) {
    const parsed = parseYamlTemplate(name, text);
    if (parsed.kind === 'ok') templates.set(name, parsed.value);
    else errors.push(parsed.error);
  }
  for (const [name, template] of Object.entries(functions)) templates.set(name, template);
  return templates;
}

function selectorProblems(field: string, selectors: readonly Selector[]): string[] {
  const report = new IssueReport();
  for (const [i, selector] of selectors.entries()) {
    checkLabelSelector(FieldPath.root.child(field).index(i), selector, report);
  }
  return report.issues.map(formatIssue);
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
