/** What reading a configuration needs of the machine; the composition root passes the real thing, tests a fake one. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Clock, EnvSource } from '@weft/core';

/** A program to run for credentials. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: EnvSource;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What a program did. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when it could not be started or was killed; `failure` says why. */
  readonly exitCode: number | undefined;
  readonly failure?: { readonly isNotFound: boolean; readonly message: string };
}

/** The machine as seen by the configuration. */
export interface ConfigEnvironment {
  readonly env: EnvSource;
  readonly homeDir: string;
  readonly clock: Clock;
  /** The text of a file; rejects as `fs.readFile` does. */
  readText(path: string): Promise<string>;
  run(command: Command): Promise<CommandResult>;
}

/** What a program may print at most. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** This machine. */
export function nodeConfigEnvironment(options: {
  readonly env: EnvSource;
  readonly homeDir: string;
  readonly clock: Clock;
}): ConfigEnvironment {
  return { ...options, readText: (path) => readFile(path, 'utf8'), run: runCommand };
}

function runCommand(command: Command): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = {
      env: command.env as NodeJS.ProcessEnv,
      timeout: command.timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: MAX_OUTPUT_BYTES,
      ...(command.signal === undefined ? {} : { signal: command.signal }),
    };
    const child = execFile(command.program, [...command.args], options, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr, exitCode: 0 });
      else if (typeof error.code === 'number') resolve({ stdout, stderr, exitCode: error.code });
      else {
        const isNotFound = error.code === 'ENOENT';
        const message = error.killed === true ? `it did not end within ${command.timeoutMs} ms` : error.message;
        resolve({ stdout, stderr, exitCode: undefined, failure: { isNotFound, message } });
      }
    });
    // A plug-in that asks for input must see that there is nobody to answer.
    child.stdin?.end();
  });
}
