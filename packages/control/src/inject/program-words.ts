/** The words with which a container is told what to do; the image's entry point is `weft`. */
export interface ProgramWords {
  /** Entry point in place of the image's. */
  readonly command: readonly string[];
  readonly sidecar: readonly string[];
  readonly router: readonly string[];
  readonly capture: readonly string[];
  /** Whole command that ends when the proxy is ready. */
  readonly wait: readonly string[];
  /** Whole command that tells the proxy to let its clients leave. */
  readonly drain: readonly string[];
}

/** The words of `weft`. */
export const PROGRAM_WORDS: ProgramWords = {
  command: [],
  sidecar: ['proxy', 'sidecar'],
  router: ['proxy', 'router'],
  capture: ['capture'],
  wait: ['weft', 'proxy', 'wait'],
  drain: ['weft', 'proxy', 'drain'],
};
