import { COLOR_MODES } from '../output/style.ts';
import type { AnyCommand, SharedFlagGroup } from './command.ts';
import { OUTPUT_FORMATS } from './context.ts';
import { type FlagSpec, flag } from './flags.ts';

/** Flags that every command takes. */
export const GLOBAL_FLAGS = {
  color: flag.choice(COLOR_MODES, { description: 'colour the output', default: 'auto' }),
  verbose: flag.count({ short: 'v', description: 'say more; give it twice for stacks and debug logs' }),
  help: flag.boolean({ short: 'h', description: 'show this help' }),
} as const;

/** Flags that a command takes if it names their group. */
export const SHARED_FLAGS = {
  output: {
    output: flag.choice(OUTPUT_FORMATS, {
      short: 'o',
      description: 'how to print the result',
      placeholder: 'FORMAT',
      default: 'table',
    }),
  },
  namespace: {
    namespace: flag.string({ short: 'n', description: 'namespace to look at', placeholder: 'NAME' }),
  },
  cluster: {
    kubeconfig: flag.file({ description: 'file that says how to reach the API server' }),
    context: flag.string({ description: 'context of the kubeconfig to use', placeholder: 'NAME' }),
  },
} as const satisfies Record<SharedFlagGroup, Readonly<Record<string, FlagSpec<unknown>>>>;

/** The command-line name of a flag's key: `kubeconfigOut` is `--kubeconfig-out`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Flags by command-line name. */
export type FlagTable = ReadonlyMap<string, FlagSpec<unknown>>;

function tableOf(...groups: ReadonlyArray<Readonly<Record<string, FlagSpec<unknown>>>>): FlagTable {
  return new Map(groups.flatMap((group) => Object.entries(group).map(([key, spec]) => [flagName(key), spec] as const)));
}

/** The flags a command shares with others, without its own. */
export function sharedFlagsOf(command: AnyCommand): FlagTable {
  return tableOf(...(command.shared ?? []).map((group) => SHARED_FLAGS[group]), GLOBAL_FLAGS);
}

/** The flags of the command alone. */
export function ownFlagsOf(command: AnyCommand): FlagTable {
  return tableOf(command.flags ?? {});
}

/** All flags that a command takes. */
export function allFlagsOf(command: AnyCommand): FlagTable {
  return new Map([...ownFlagsOf(command), ...sharedFlagsOf(command)]);
}

/** Every flag that may stand before the command's words. */
export const LEADING_FLAGS: FlagTable = tableOf(...Object.values(SHARED_FLAGS), GLOBAL_FLAGS);
