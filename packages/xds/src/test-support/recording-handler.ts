import type { ResourceHandler, ResourceUpdate, UnavailableCause } from '../client/handler.ts';
import type { ResourceProblem } from '../protocol/problems.ts';
import { contentOf } from './wire-messages.ts';

/** The content that the handler refuses. */
export const BAD_CONTENT = 'bad';

/** Takes resources as a data plane would, and remembers what it was told. */
export class RecordingHandler implements ResourceHandler {
  /** Name to the content in use. */
  readonly inUse = new Map<string, string>();
  readonly updates: ResourceUpdate[] = [];
  readonly gone: { readonly name: string; readonly cause: string }[] = [];
  readonly waitedFor: { readonly name: string; readonly cause: UnavailableCause }[] = [];

  apply(update: ResourceUpdate): ResourceProblem[] {
    this.updates.push(update);
    for (const { name, cause } of update.removed) {
      this.inUse.delete(name);
      this.gone.push({ name, cause });
    }
    const problems: ResourceProblem[] = [];
    for (const { name, typeUrl, value } of update.resources) {
      const content = read(typeUrl, value);
      if (content === BAD_CONTENT) problems.push({ name, reason: 'the content is bad' });
      else this.inUse.set(name, content);
    }
    return problems;
  }

  unavailable(names: readonly string[], cause: UnavailableCause): void {
    for (const name of names) this.waitedFor.push({ name, cause });
  }
}

/** What cannot be read is bad: a handler that throws half way would have taken what came before. */
function read(typeUrl: string, value: Uint8Array): string {
  try {
    return contentOf(typeUrl, value);
  } catch {
    return BAD_CONTENT;
  }
}
