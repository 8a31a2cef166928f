/** Which encodings there are, with the options of their libraries: the proxy hands them to its own. */
import type { Brotli as BrotliCompressor } from '@weft/proto/envoy/extensions/compression/brotli/compressor/v3/brotli';
import type { Brotli as BrotliDecompressor } from '@weft/proto/envoy/extensions/compression/brotli/decompressor/v3/brotli';
import type { Gzip as GzipCompressor } from '@weft/proto/envoy/extensions/compression/gzip/compressor/v3/gzip';
import type { Gzip as GzipDecompressor } from '@weft/proto/envoy/extensions/compression/gzip/decompressor/v3/gzip';
import type { Zstd as ZstdCompressor } from '@weft/proto/envoy/extensions/compression/zstd/compressor/v3/zstd';
import type { Zstd as ZstdDecompressor } from '@weft/proto/envoy/extensions/compression/zstd/decompressor/v3/zstd';
import type { CompileContext, TypedMessage } from '../../../compile/context.ts';
import { isMissing } from '../../../compile/matchers/outcome.ts';
import { supports, withoutEffect } from '../../../compile/support.ts';
import { type ExtensionMessage, unpackExtension } from '../../../route/extension.ts';

const PACKAGE = 'envoy.extensions.compression';
const DICTIONARY = 'texts are compressed without a dictionary: leave it out';

/** What is supported of libraries. */
export const COMPRESSION_CODEC_SUPPORT = [
  supports<GzipCompressor>(`${PACKAGE}.gzip.compressor.v3.Gzip`, {
    memoryLevel: true,
    compressionLevel: true,
    compressionStrategy: true,
    windowBits: true,
    chunkSize: true,
  }),
  supports<BrotliCompressor>(`${PACKAGE}.brotli.compressor.v3.Brotli`, {
    quality: true,
    encoderMode: true,
    windowBits: true,
    inputBlockBits: true,
    chunkSize: true,
    disableLiteralContextModeling: true,
  }),
  supports<ZstdCompressor>(`${PACKAGE}.zstd.compressor.v3.Zstd`, {
    compressionLevel: true,
    enableChecksum: true,
    strategy: true,
    dictionary: DICTIONARY,
    chunkSize: true,
  }),
  supports<GzipDecompressor>(`${PACKAGE}.gzip.decompressor.v3.Gzip`, {
    windowBits: true,
    chunkSize: true,
    maxInflateRatio: true,
  }),
  supports<BrotliDecompressor>(`${PACKAGE}.brotli.decompressor.v3.Brotli`, {
    disableRingBufferReallocation: withoutEffect('the library sees to its memory itself'),
    chunkSize: true,
  }),
  supports<ZstdDecompressor>(`${PACKAGE}.zstd.decompressor.v3.Zstd`, { dictionaries: DICTIONARY, chunkSize: true }),
];

/** A compressor; numbers are those of the library. */
export type CompressorCodec =
  | {
      readonly encoding: 'gzip';
      readonly level: number;
      readonly memLevel: number;
      readonly strategy: number;
      readonly windowBits: number;
      readonly chunkBytes: number;
    }
  | {
      readonly encoding: 'br';
      readonly quality: number;
      readonly mode: number;
      readonly windowBits: number;
      readonly blockBits: number;
      readonly disablesLiteralModeling: boolean;
      readonly chunkBytes: number;
    }
  | {
      readonly encoding: 'zstd';
      readonly level: number;
      /** 0 leaves it to the library. */
      readonly strategy: number;
      readonly hasChecksum: boolean;
      readonly chunkBytes: number;
    };

/** A decompressor. */
export interface DecompressorCodec {
  readonly encoding: 'gzip' | 'br' | 'zstd';
  /** Of gzip; 0 for the others. */
  readonly windowBits: number;
  readonly chunkBytes: number;
  /** A chunk that grows by more than this is an attack. */
  readonly maxInflateRatio: number;
}

/** How the encodings are called in names of statistics. */
export const CODEC_STAT_NAMES = { gzip: 'gzip', br: 'brotli', zstd: 'zstd' } as const;

// The defaults of Envoy.
const CHUNK_BYTES = 4096;
const GZIP = { memLevel: 5, windowBits: 12, inflateWindowBits: 15 };
const BROTLI = { quality: 3, windowBits: 18, blockBits: 24 };
const ZSTD_LEVEL = 3;
const MAX_INFLATE_RATIO = 100;
/** What zlib itself uses where the message says DEFAULT_COMPRESSION. */
const ZLIB_DEFAULT_LEVEL = -1;

const COMPRESSORS = [
  `${PACKAGE}.gzip.compressor.v3.Gzip`,
  `${PACKAGE}.brotli.compressor.v3.Brotli`,
  `${PACKAGE}.zstd.compressor.v3.Zstd`,
] as const;
const DECOMPRESSORS = [
  `${PACKAGE}.gzip.decompressor.v3.Gzip`,
  `${PACKAGE}.brotli.decompressor.v3.Brotli`,
  `${PACKAGE}.zstd.decompressor.v3.Zstd`,
] as const;

/** Compiles a compressor; undefined when there was a problem. */
export function compileCompressor(
  extension: ExtensionMessage | undefined,
  path: string,
  context: CompileContext,
): CompressorCodec | undefined {
  if (extension === undefined) return isMissing(path, 'compressor_library', context);
  const at = `${path}.compressor_library`;
  const message = unpackExtension<GzipCompressor | BrotliCompressor | ZstdCompressor>(
    extension,
    at,
    context,
    COMPRESSORS,
  );
  switch (message?.$typeName) {
    case undefined:
      return undefined;
    case COMPRESSORS[0]:
      return gzipCompressor(message as GzipCompressor);
    case COMPRESSORS[1]:
      return brotliCompressor(message as BrotliCompressor);
    case COMPRESSORS[2]:
      return zstdCompressor(message as ZstdCompressor);
  }
}

function gzipCompressor(message: GzipCompressor): CompressorCodec {
  return {
    encoding: 'gzip',
    level: message.compressionLevel === 0 ? ZLIB_DEFAULT_LEVEL : message.compressionLevel,
    memLevel: message.memoryLevel ?? GZIP.memLevel,
    strategy: message.compressionStrategy,
    windowBits: message.windowBits ?? GZIP.windowBits,
    chunkBytes: message.chunkSize ?? CHUNK_BYTES,
  };
}

function brotliCompressor(message: BrotliCompressor): CompressorCodec {
  return {
    encoding: 'br',
    quality: message.quality ?? BROTLI.quality,
    // DEFAULT and GENERIC are the library's 0.
    mode: Math.max(0, message.encoderMode - 1),
    windowBits: message.windowBits ?? BROTLI.windowBits,
    blockBits: message.inputBlockBits ?? BROTLI.blockBits,
    disablesLiteralModeling: message.disableLiteralContextModeling,
    chunkBytes: message.chunkSize ?? CHUNK_BYTES,
  };
}

function zstdCompressor(message: ZstdCompressor): CompressorCodec {
  return {
    encoding: 'zstd',
    level: message.compressionLevel ?? ZSTD_LEVEL,
    strategy: message.strategy,
    hasChecksum: message.enableChecksum,
    chunkBytes: message.chunkSize ?? CHUNK_BYTES,
  };
}

/** Compiles a decompressor; undefined when there was a problem. */
export function compileDecompressor(
  extension: ExtensionMessage | undefined,
  path: string,
  context: CompileContext,
): DecompressorCodec | undefined {
  if (extension === undefined) return isMissing(path, 'decompressor_library', context);
  const message = unpackExtension<TypedMessage & { readonly chunkSize?: number | undefined }>(
    extension,
    `${path}.decompressor_library`,
    context,
    DECOMPRESSORS,
  );
  if (message === undefined) return undefined;
  const common = { windowBits: 0, chunkBytes: message.chunkSize ?? CHUNK_BYTES, maxInflateRatio: MAX_INFLATE_RATIO };
  if (message.$typeName === DECOMPRESSORS[1]) return { ...common, encoding: 'br' };
  if (message.$typeName === DECOMPRESSORS[2]) return { ...common, encoding: 'zstd' };
  const gzip = message as TypedMessage as GzipDecompressor;
  return {
    ...common,
    encoding: 'gzip',
    windowBits: gzip.windowBits ?? GZIP.inflateWindowBits,
    maxInflateRatio: gzip.maxInflateRatio ?? MAX_INFLATE_RATIO,
  };
}
