import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { systemRandom, UserError } from '@weft/core';
import { createProcessLogger } from '@weft/core/node';
import {
  configSources,
  ENVOY_LOG_LEVELS,
  type EnvoyLogLevel,
  LOG_COMPONENTS,
  loadBootstrap,
  logLevelSpec,
  ProxyServer,
} from '@weft/proxy';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { defineCommand } from '../framework/command.ts';
import type { CommandContext } from '../framework/context.ts';
import { flag } from '../framework/flags.ts';
import { tidyHeap } from '../io/tidy-heap.ts';

const LOG_LEVELS = Object.keys(ENVOY_LOG_LEVELS) as EnvoyLogLevel[];

export default defineCommand({
  description:
    'Runs the proxy of the mesh from an Envoy bootstrap file, unchanged. What the file asks for and the proxy cannot do ' +
    'is refused by name before anything listens; nothing is ignored.',
  status: 'experimental',
  flags: {
    config: flag.file({ description: 'Envoy bootstrap in YAML or JSON', short: 'c', required: true }),
    mode: flag.choice(['serve', 'validate'], {
      description: 'serve, or only check the file',
      default: 'serve',
    }),
    drainTimeS: flag.number({
      description: 'seconds that clients have to leave when the proxy is to end',
      default: 600,
      min: 0,
    }),
    logLevel: flag.choice(LOG_LEVELS, {
      description: 'how much is logged; what WEFT_LOG says unless given',
      short: 'l',
    }),
    componentLogLevel: flag.string({
      description: `levels of components, as name1:level1,name2:level2; the names are ${LOG_COMPONENTS.join(', ')}`,
      default: '',
    }),
    adminAddressPath: flag.file({ description: 'file that the address of the admin interface is written to' }),
    fileFlushIntervalMsec: flag.number({
      description: 'milliseconds that lines of access logs may wait before they are written',
      default: 10_000,
      min: 1,
    }),
  },
  examples: [
    { title: 'Serve', command: 'weft proxy -c envoy.yaml' },
    { title: 'Check a file in CI', command: 'weft proxy -c envoy.yaml --mode validate' },
  ],
  async run(args, context) {
    const { config, mode, drainTimeS, adminAddressPath, fileFlushIntervalMsec, logLevel, componentLogLevel } = args;
    const logEnv = logSettings(args, context);
    const document = readConfig(config);
    const surroundings = { env: context.env, clock: context.clock, uuid: randomUUID };
    const loaded = loadBootstrap(document, surroundings);
    if (loaded.kind === 'err') {
      const problems = loaded.error.map(({ path, reason }) => `  ${path === '' ? '' : `${path}: `}${reason}`);
      throw new UserError(`${config} cannot be used:\n${problems.join('\n')}`);
    }
    if (mode === 'validate') {
      context.out.write(`${config} is valid\n`);
      return undefined;
    }
    const created = createProcessLogger('proxy', logEnv);
    if (created.kind === 'err') throw new UserError(created.error.map((e) => e.message).join('; '));
    const server = new ProxyServer({
      bootstrap: loaded.value,
      clock: context.clock,
      random: systemRandom,
      logger: created.value.logger,
      streams: process,
      logFlushIntervalMs: fileFlushIntervalMsec,
      document,
      files: { sources: configSources(surroundings), parse },
      program: {
        version: `weft/${manifest.version}`,
        options: {
          concurrency: 1,
          config_path: config,
          admin_address_path: adminAddressPath ?? '',
          file_flush_interval: `${fileFlushIntervalMsec / 1000}s`,
          drain_time: `${drainTimeS}s`,
          mode: 'Serve',
          log_level: logLevel ?? 'info',
          component_log_level: componentLogLevel,
          disable_hot_restart: true,
        },
      },
      logLevels: created.value.levels,
      drainTimeMs: drainTimeS * 1000,
    });
    tidyHeap();
    await server.start();
    const { adminAddress } = server;
    if (adminAddress !== undefined) context.out.write(`admin interface listens on ${adminAddress}\n`);
    if (adminAddressPath !== undefined && adminAddress !== undefined) writeFileSync(adminAddressPath, adminAddress);
    for (const { name, addresses } of server.listeners)
      context.out.write(`${name} listens on ${addresses.join(', ')}\n`);
    const reopenLogs = () => server.reopenLogs();
    process.on('SIGUSR1', reopenLogs);
    const isAborted = await Promise.race([
      untilAborted(context.signal).then(() => true),
      server.quitRequested.then(() => false),
    ]);
    if (isAborted) await server.drain(drainTimeS * 1000);
    await server.close();
    process.off('SIGUSR1', reopenLogs);
    return undefined;
  },
});

function readConfig(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    throw new UserError(`${file}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown });
  }
}

/** What somebody asks for on the command line goes before the environment. */
function logSettings(
  { logLevel, componentLogLevel }: { readonly logLevel: EnvoyLogLevel | undefined; readonly componentLogLevel: string },
  { env, verbosity }: CommandContext,
): CommandContext['env'] {
  if (logLevel !== undefined || componentLogLevel !== '') {
    const spec = logLevelSpec(logLevel ?? 'info', componentLogLevel);
    if (spec.kind === 'err') throw new UserError(`--component-log-level: ${spec.error}`);
    return { ...env, WEFT_LOG: spec.value };
  }
  return verbosity > 0 && (env['WEFT_LOG'] ?? '') === '' ? { ...env, WEFT_LOG: 'debug' } : env;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
