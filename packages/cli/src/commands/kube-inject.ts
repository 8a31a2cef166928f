import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isPlainObject, istio } from '@weft/api';
import { createInjectionConfig, type InjectionConfig, type ObjectOutcome } from '@weft/control/inject';
import { UserError } from '@weft/core';
import { findManifestFiles } from '@weft/kube/manifest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { defineCommand } from '../framework/command.ts';
import type { CommandContext } from '../framework/context.ts';
import { flag } from '../framework/flags.ts';
import { readInput } from '../io/read-input.ts';
import { injectText } from '../manifests/inject-text.ts';

export default defineCommand({
  description:
    'Adds the sidecar to every pod in manifests, and to the pod templates of Deployments and their like, and prints the ' +
    'result for kubectl. Documents that hold no pods come out as they went in. What was injected, what was not and why, ' +
    'is told on standard error. Injecting twice is injecting once.\n\n' +
    'Labels of namespaces are not looked at: whoever injects by hand has decided already. Flags may be written as ' +
    'istioctl has them, such as --meshConfigFile.',
  status: 'stable',
  shared: ['namespace'],
  flags: {
    filename: flag.list(
      flag.file({
        description: 'file, folder or - for standard input',
        short: 'f',
        completion: 'file',
        required: true,
      }),
    ),
    outputFile: flag.file({ description: 'file to write to in place of standard output', short: 'o' }),
    injectConfigFile: flag.file({
      description: 'configuration of the injector, as its ConfigMap holds it under config',
    }),
    meshConfigFile: flag.file({ description: 'MeshConfig' }),
    valuesFile: flag.file({ description: 'Helm values of the installation, in YAML or JSON' }),
    revision: flag.string({ description: 'revision of the control plane', placeholder: 'NAME' }),
  },
  examples: [
    { title: 'Inject and apply', command: 'weft kube-inject -f deployment.yaml | kubectl apply -f -' },
    { title: 'Inject what a generator prints', command: 'kustomize build . | weft kube-inject -f - -o injected.yaml' },
    {
      title: 'Inject as an installation does',
      command: 'weft kube-inject -f app.yaml --mesh-config-file mesh.yaml --values-file values.yaml',
    },
  ],
  async run({ filename, outputFile, injectConfigFile, meshConfigFile, valuesFile, revision }, context) {
    if (filename.length === 0) throw new UserError('nothing to inject: name a file with -f, or - for standard input');
    const config = createConfig({
      config: await readYaml(injectConfigFile, context),
      mesh: await readYaml(meshConfigFile, context),
      values: await readYaml(valuesFile, context),
      revision,
    });
    const { namespace } = context;
    const injection = { config, ...(namespace === undefined ? {} : { defaultNamespace: namespace }) };
    const texts: string[] = [];
    const errors: string[] = [];
    for (const file of await findManifestFiles(filename)) {
      const shown = file === '-' ? '<stdin>' : path.relative(context.cwd, file) || file;
      const given = new TextDecoder().decode(await readInput(file, context));
      const { text, outcomes } = injectText(given, shown, injection);
      texts.push(text);
      for (const one of outcomes) errors.push(...tell(one, shown, context));
    }
    // Half of an application must not be applied.
    if (errors.length > 0) throw new UserError(errors.join('\n'));
    await write(joinFiles(texts), outputFile, context);
    return undefined;
  },
});

interface ConfigFiles {
  readonly config: unknown;
  readonly mesh: unknown;
  readonly values: unknown;
  readonly revision: string | undefined;
}

function createConfig({ config, mesh, values, revision }: ConfigFiles): InjectionConfig {
  const parsed = istio.mesh.parseMeshConfig(mesh ?? {});
  const problems = [
    ...parsed.unknownFields.map((field) => `mesh configuration: unknown field "${field}"`),
    ...parsed.issues.map(({ field, detail }) => `mesh configuration: ${field}: ${detail}`),
  ];
  const created = createInjectionConfig({
    config,
    // Without values the image is of the version that injects.
    values: values ?? { global: { tag: manifest.version } },
    mesh: parsed.config,
    ...(revision === undefined ? {} : { revision }),
  });
  if (created.kind === 'err') problems.push(...created.error);
  if (created.kind === 'err' || problems.length > 0) throw new UserError(problems.join('\n'));
  return created.value;
}

async function readYaml(file: string | undefined, context: CommandContext): Promise<unknown> {
  if (file === undefined) return undefined;
  const text = new TextDecoder().decode(await readInput(file, context));
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100 });
  } catch (error: unknown) {
    if (!(error instanceof Error)) throw error;
    throw new UserError(`${file}: ${error.message.split('\n', 1)[0]}`);
  }
  if (value !== null && !isPlainObject(value)) throw new UserError(`${file}: expected a YAML mapping`);
  return value ?? {};
}

/** Says what came of an object; returns what is wrong with it. */
function tell({ kind, name, outcome }: ObjectOutcome, file: string, { err, style }: CommandContext): string[] {
  const what = `${kind} ${name} (${file})`;
  switch (outcome.kind) {
    case 'not-concerned':
      return [];
    case 'skipped':
      err.write(`${style.yellow('not injected')} ${what}: ${outcome.reason.message}\n`);
      return [];
    case 'injected':
      err.write(`${style.green('injected')} ${what}\n`);
      break;
    case 'refused':
      break;
  }
  for (const warning of outcome.warnings) err.write(`${style.yellow('warning:')} ${what}: ${warning}\n`);
  return outcome.kind === 'refused' ? outcome.errors.map((error) => `${what}: ${error}`) : [];
}

/** Several files become one: the second begins a document of its own. */
function joinFiles(texts: readonly string[]): string {
  const ended = texts.map((text) => (text === '' || text.endsWith('\n') ? text : `${text}\n`));
  if (ended.length === 1) return ended[0]!;
  return ended.map((text, i) => (i === 0 || /^---(?=\s|$)/.test(text) ? text : `---\n${text}`)).join('');
}

async function write(text: string, output: string | undefined, context: CommandContext): Promise<void> {
  if (output === undefined || output === '-') context.out.write(text);
  else await writeFile(output, text);
}
