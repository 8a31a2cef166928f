import type { CommandContext } from './context.ts';
import type { ArgSpec, FlagSpec, ValuesOf } from './flags.ts';
import type { CommandResult } from './result.ts';

/** Flags that many commands share; a command takes only those it names, since an ignored flag would be a lie. */
export const SHARED_FLAG_GROUPS = ['output', 'namespace', 'cluster'] as const;

/** `output`: -o. `namespace`: -n. `cluster`: --kubeconfig and --context. */
export type SharedFlagGroup = (typeof SHARED_FLAG_GROUPS)[number];

/** A command line with what it does. */
export interface Example {
  readonly title: string;
  /** Starts with `weft`. */
  readonly command: string;
}

/** How settled a command is; shown in help unless stable. */
export type CommandStatus = 'stable' | 'beta' | 'experimental';

type Flags = Readonly<Record<string, FlagSpec<unknown>>>;
type Args = Readonly<Record<string, ArgSpec<unknown>>>;

/** Everything about a command but its name and summary, which the registry holds so that help need not load it. */
export interface CommandDefinition<A extends Args = Args, F extends Flags = Flags> {
  /** What it does, in a few sentences or paragraphs. */
  readonly description: string;
  readonly status: CommandStatus;
  readonly args?: A;
  /** Keys are camelCase here and kebab-case on the command line. */
  readonly flags?: F;
  readonly shared?: readonly SharedFlagGroup[];
  /** Name of what may follow `--`; without it `--` only ends the flags. */
  readonly passthrough?: string;
  readonly examples: readonly [Example, ...Example[]];
  /** Does the work; returns what to print, or undefined if it wrote by itself. */
  readonly run: (
    args: ValuesOf<A> & ValuesOf<F> & { readonly passthrough: readonly string[] },
    context: CommandContext,
  ) => Promise<CommandResult | undefined>;
}

/** A definition with its types forgotten, as the framework handles it. */
export type AnyCommand = Omit<CommandDefinition, 'run'> & {
  readonly run: (args: never, context: CommandContext) => Promise<CommandResult | undefined>;
};

/** Declares a command; what `run` gets is inferred from `args` and `flags`. */
export function defineCommand<
  const A extends Args = Record<never, never>,
  const F extends Flags = Record<never, never>,
>(definition: CommandDefinition<A, F>): CommandDefinition<A, F> {
  return definition;
}

/** One line of the registry. */
export interface CommandEntry {
  /** Words after `weft`, e.g. `proxy status`. */
  readonly path: string;
  /** Other words for the last one of the path. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** Loads the module whose default export is the definition. */
  readonly load: () => Promise<{ readonly default: AnyCommand }>;
}

/** A noun that only groups other commands. */
export interface CommandGroup {
  readonly path: string;
  /** Other words for the last one of the path. */
  readonly aliases?: readonly string[];
  readonly summary: string;
}
