import { ENVOY_LOG_LEVELS, type EnvoyLogLevel, LOG_COMPONENTS } from '@weft/proxy';
import { defineCommand } from '../framework/command.ts';
import { flag } from '../framework/flags.ts';
import { runProxy } from '../proxy/run-proxy.ts';

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
    concurrency: flag.number({
      description: 'processes that share the work; with more than one, another one watches over them',
      default: 1,
      min: 0,
      max: 128,
    }),
    drainTimeS: flag.number({
      description: 'seconds that clients have to leave',
      default: 600,
      min: 0,
    }),
    drainStrategy: flag.choice(['gradual', 'immediate'], {
      description:
        'whether clients are asked to leave little by little over the drain time, or at once; at the end, always at once',
      default: 'gradual',
    }),
    logLevel: flag.choice(LOG_LEVELS, {
      description: 'how much is logged; what WEFT_LOG says unless given',
      short: 'l',
    }),
    componentLogLevel: flag.string({
      description: `levels of components, as name1:level1,name2:level2; the names are ${LOG_COMPONENTS.join(', ')}`,
      default: '',
    }),
    parentShutdownTimeS: flag.number({
      description: 'seconds after which a process whose place another one has taken ends, even if it has clients',
      default: 900,
      min: 0,
    }),
    disableHotRestart: flag.boolean({ description: 'let nobody take over on SIGUSR2' }),
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
    await runProxy(args, context);
    return undefined;
  },
});
