import { type CompressorRuntime, chooseEncoding, type EncodingChoice } from '@weft/engine';
import type { HttpFilterPlace } from '../filter.ts';

/** The compressors of one stream. Which of them a client gets is decided once, by whichever sees the response first. */
export class StreamCompressors {
  readonly #compressors: CompressorRuntime[] = [];
  #choice: EncodingChoice | undefined;

  add(compressor: CompressorRuntime): void {
    this.#compressors.push(compressor);
  }

  choose(acceptEncoding: string, contentType: string | undefined): EncodingChoice {
    this.#choice ??= chooseEncoding(this.#compressors, acceptEncoding, contentType);
    return this.#choice;
  }

  /** Another response takes the place of the one that was chosen for. */
  forget(): void {
    this.#choice = undefined;
  }
}

/** Key: what all filters of one chain are made with. */
const GROUPS = new WeakMap<HttpFilterPlace, CompressorGroup>();

/** The compressors of one chain of filters. */
export class CompressorGroup {
  /** Key: the stream. */
  readonly #ofStreams = new WeakMap<object, StreamCompressors>();
  #size = 0;

  /** The group of a chain, with one more member. */
  static join(place: HttpFilterPlace): CompressorGroup {
    let group = GROUPS.get(place);
    if (group === undefined) {
      group = new CompressorGroup();
      GROUPS.set(place, group);
    }
    group.#size++;
    return group;
  }

  /** What the compressors of a stream share; undefined for a compressor that is alone. */
  of(stream: object): StreamCompressors | undefined {
    if (this.#size === 1) return undefined;
    let compressors = this.#ofStreams.get(stream);
    if (compressors === undefined) {
      compressors = new StreamCompressors();
      this.#ofStreams.set(stream, compressors);
    }
    return compressors;
  }
}
