import type { EnvoyLogLevel } from '@weft/proxy';

/** The command line of `weft proxy`, read. */
export interface ProxyArgs {
  readonly config: string;
  readonly mode: 'serve' | 'validate';
  readonly concurrency: number;
  readonly drainTimeS: number;
  readonly drainStrategy: 'gradual' | 'immediate';
  readonly parentShutdownTimeS: number;
  readonly disableHotRestart: boolean;
  readonly logLevel: EnvoyLogLevel | undefined;
  readonly componentLogLevel: string;
  readonly adminAddressPath: string | undefined;
  readonly fileFlushIntervalMsec: number;
}
