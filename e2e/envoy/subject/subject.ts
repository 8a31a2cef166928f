/** A proxy that can be asked. */
export interface Subject {
  /** Name and version, as written into recordings. */
  readonly name: string;
  /** Starts it with a bootstrap file whose listeners take port 0; resolves when it serves. */
  start(bootstrapFile: string, folder: string): Promise<RunningSubject>;
}

/** A proxy that serves. */
export interface RunningSubject {
  /** The port of a listener. */
  port(listener: string): number;
  /** The admin interface's port. */
  readonly adminPort: number;
  /** Everything it printed. */
  output(): string;
  stop(): Promise<void>;
}
