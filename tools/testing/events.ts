/** What a test process tells the runner, one JSON line each over an inherited pipe. */
export type TestEvent =
  | { readonly kind: 'started'; readonly name: string; readonly file: string }
  | {
      readonly kind: 'ended';
      readonly name: string;
      readonly file: string;
      readonly line: number;
      readonly outcome: 'passed' | 'failed' | 'skipped' | 'todo';
      readonly ms: number;
      /** Reason of a skip, or the failure with its stack. */
      readonly detail: string;
    }
  | { readonly kind: 'summary'; readonly suites: number; readonly cancelled: number }
  | { readonly kind: 'leak'; readonly resources: readonly string[] };

/** Descriptor of that pipe in the test process. */
export const EVENT_FD = 3;
