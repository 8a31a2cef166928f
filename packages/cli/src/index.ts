export type { AnyCommand, CommandDefinition, CommandEntry, CommandGroup, Example } from './framework/command.ts';
export { defineCommand } from './framework/command.ts';
export type { CliContext, CommandContext, InputSource, OutputFormat, TextSink } from './framework/context.ts';
export { EXIT } from './framework/exit-codes.ts';
export { arg, flag } from './framework/flags.ts';
export type { CommandResult } from './framework/result.ts';
export { tableResult, textResult } from './framework/result.ts';
export { main } from './main.ts';
