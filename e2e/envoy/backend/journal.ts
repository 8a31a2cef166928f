import type { Arrived } from '../case.ts';

/** A running backend. */
export interface Backend {
  readonly port: number;
  close(): Promise<void>;
}

/** Where backends write what reached them; attempts are counted over all backends of an exchange. */
export class Journal {
  #arrived: Arrived[] = [];
  #attempts = 0;
  #open = 0;

  /** The number of this request within the exchange, from 0. */
  nextAttempt(): number {
    this.#attempts += 1;
    return this.#attempts - 1;
  }

  write(arrived: Arrived): void {
    this.#arrived.push(arrived);
  }

  /** Tells of a request or connection that will be written down when it is complete; call the answer then, with nothing if it never was. */
  expect(): (arrived: Arrived | undefined) => void {
    this.#open += 1;
    return (arrived) => {
      this.#open -= 1;
      if (arrived !== undefined) this.write(arrived);
    };
  }

  /** Requests and connections that are not complete yet. */
  get open(): number {
    return this.#open;
  }

  /** Everything since the last call. */
  take(): readonly Arrived[] {
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#attempts = 0;
    return arrived;
  }
}
