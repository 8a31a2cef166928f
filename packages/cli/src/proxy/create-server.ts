import { type Logger, type LogLevels, systemRandom } from '@weft/core';
import { type AdminWorkers, configSources, ProxyServer, type SocketSource } from '@weft/proxy';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import type { CommandContext } from '../framework/context.ts';
import { type Generation, HOT_RESTART_VERSION } from './hot-restart.ts';
import type { LoadedConfig } from './load-config.ts';
import type { ProxyArgs } from './proxy-args.ts';

/** What a proxy needs beside its configuration. */
export interface ServerSetting {
  readonly args: ProxyArgs;
  readonly context: CommandContext;
  readonly logger: Logger;
  readonly levels: LogLevels;
  readonly generation: Generation;
  /** Sockets that another process has; all are opened here without. */
  readonly sockets: SocketSource | undefined;
  /** The others that share the work; undefined for one that works alone, or does not speak for the others. */
  readonly workers?: AdminWorkers | undefined;
}

/** The proxy of a command line; it does not listen yet. */
export function createServer({ bootstrap, document, surroundings }: LoadedConfig, setting: ServerSetting): ProxyServer {
  const { args, context, logger, levels, generation, sockets, workers } = setting;
  return new ProxyServer({
    bootstrap,
    clock: context.clock,
    random: systemRandom,
    logger,
    streams: process,
    logFlushIntervalMs: args.fileFlushIntervalMsec,
    document,
    ...(surroundings.abilities === undefined ? {} : { abilities: surroundings.abilities }),
    files: { sources: configSources(surroundings), parse },
    program: {
      version: `weft/${manifest.version}`,
      options: optionsOf(args, generation),
      ...(args.disableHotRestart ? {} : { hotRestartVersion: HOT_RESTART_VERSION }),
      ...generation,
    },
    logLevels: levels,
    drainTimeMs: args.drainTimeS * 1000,
    drainStrategy: args.drainStrategy,
    ...(sockets === undefined ? {} : { sockets }),
    ...(workers === undefined ? {} : { workers }),
  });
}

/** In the names of Envoy's CommandLineOptions. */
function optionsOf(args: ProxyArgs, { epoch }: Generation): Readonly<Record<string, unknown>> {
  return {
    concurrency: Math.max(args.concurrency, 1),
    config_path: args.config,
    admin_address_path: args.adminAddressPath ?? '',
    file_flush_interval: `${args.fileFlushIntervalMsec / 1000}s`,
    drain_time: `${args.drainTimeS}s`,
    drain_strategy: args.drainStrategy === 'gradual' ? 'Gradual' : 'Immediate',
    parent_shutdown_time: `${args.parentShutdownTimeS}s`,
    mode: 'Serve',
    log_level: args.logLevel ?? 'info',
    component_log_level: args.componentLogLevel,
    disable_hot_restart: args.disableHotRestart,
    restart_epoch: epoch,
  };
}
