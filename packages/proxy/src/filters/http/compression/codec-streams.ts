/** The codecs of compressors and decompressors, made with node:zlib, which works in threads beside the loop. */
import type { Transform } from 'node:stream';
// Not by name: a runtime without zstd has no such exports.
import zlib from 'node:zlib';
import type { CompressorCodec, DecompressorCodec } from '@weft/engine';

/** Whether this runtime knows zstd. */
export const HAS_ZSTD = typeof zlib.createZstdCompress === 'function';

const { constants } = zlib;

/** Why bodies cannot be encoded so; undefined when they can. */
export function refuseEncoding(encoding: string, hasZstd = HAS_ZSTD): string | undefined {
  if (encoding !== 'zstd' || hasZstd) return undefined;
  return `this Node.js (${process.version}) has no zstd: run the proxy with a newer one, or use gzip or brotli`;
}

/** A codec at work on one body. Whatever is written comes out at once, so that a slow sender is not waited for. */
export function createCompressor(codec: CompressorCodec): Transform {
  const { chunkBytes: chunkSize } = codec;
  switch (codec.encoding) {
    case 'gzip': {
      const { level, memLevel, strategy, windowBits } = codec;
      return zlib.createGzip({ level, memLevel, strategy, windowBits, chunkSize, flush: constants.Z_SYNC_FLUSH });
    }
    case 'br':
      return zlib.createBrotliCompress({
        chunkSize,
        flush: constants.BROTLI_OPERATION_FLUSH,
        params: {
          [constants.BROTLI_PARAM_QUALITY]: codec.quality,
          [constants.BROTLI_PARAM_MODE]: codec.mode,
          [constants.BROTLI_PARAM_LGWIN]: codec.windowBits,
          [constants.BROTLI_PARAM_LGBLOCK]: codec.blockBits,
          [constants.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING]: codec.disablesLiteralModeling,
        },
      });
    case 'zstd':
      return zlib.createZstdCompress({
        chunkSize,
        flush: constants.ZSTD_e_flush,
        params: {
          [constants.ZSTD_c_compressionLevel]: codec.level,
          [constants.ZSTD_c_checksumFlag]: codec.hasChecksum,
          ...(codec.strategy === 0 ? {} : { [constants.ZSTD_c_strategy]: codec.strategy }),
        },
      });
  }
}

/** The way back. */
export function createDecompressor({ encoding, windowBits, chunkBytes: chunkSize }: DecompressorCodec): Transform {
  switch (encoding) {
    case 'gzip':
      return zlib.createGunzip({ windowBits, chunkSize });
    case 'br':
      return zlib.createBrotliDecompress({ chunkSize });
    case 'zstd':
      return zlib.createZstdDecompress({ chunkSize });
  }
}
