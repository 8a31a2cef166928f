/**
 * The codecs of compressors and decompressors, made with node:zlib. Bodies that come in pieces are worked on in threads beside the loop; for a
 * small one that is there in full the way to a thread costs more than the work.
 */
import type { Transform } from 'node:stream';
// Not by name: a runtime without zstd has no such exports.
import zlib from 'node:zlib';
import { err, ok, type Result } from '@weft/core';
import type { CompressorCodec, DecompressorCodec } from '@weft/engine';

/** Whether this runtime knows zstd. */
export const HAS_ZSTD = typeof zlib.createZstdCompress === 'function';

const { constants } = zlib;

/** A codec of bodies. */
export interface BodyCodec {
  /** Begins with a body that comes in pieces. Whatever is written comes out at once, so that a slow sender is not waited for. */
  start(): Transform;
  /** Does a small body at once, or fails with the code of node:zlib; undefined when so much comes out of it that it is better done in pieces. */
  apply(body: Buffer): Result<Buffer, string> | undefined;
}

/** Why bodies cannot be encoded so; undefined when they can. */
export function refuseEncoding(encoding: string, hasZstd = HAS_ZSTD): string | undefined {
  if (encoding !== 'zstd' || hasZstd) return undefined;
  return `this Node.js (${process.version}) has no zstd: run the proxy with a newer one, or use gzip or brotli`;
}

/** The codec of a compressor. */
export function compressorOf(codec: CompressorCodec): BodyCodec {
  const { chunkBytes: chunkSize } = codec;
  switch (codec.encoding) {
    case 'gzip': {
      const { level, memLevel, strategy, windowBits } = codec;
      const options = { level, memLevel, strategy, windowBits, chunkSize, flush: constants.Z_SYNC_FLUSH };
      return { start: () => zlib.createGzip(options), apply: (body) => ok(zlib.gzipSync(body, options)) };
    }
    case 'br': {
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: codec.quality,
        [constants.BROTLI_PARAM_MODE]: codec.mode,
        [constants.BROTLI_PARAM_LGWIN]: codec.windowBits,
        [constants.BROTLI_PARAM_LGBLOCK]: codec.blockBits,
        [constants.BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING]: codec.disablesLiteralModeling,
      };
      const options = { chunkSize, params, flush: constants.BROTLI_OPERATION_FLUSH };
      return {
        start: () => zlib.createBrotliCompress(options),
        apply: (body) => ok(zlib.brotliCompressSync(body, options)),
      };
    }
    case 'zstd': {
      const params = {
        [constants.ZSTD_c_compressionLevel]: codec.level,
        [constants.ZSTD_c_checksumFlag]: codec.hasChecksum,
        ...(codec.strategy === 0 ? {} : { [constants.ZSTD_c_strategy]: codec.strategy }),
      };
      const options = { chunkSize, params, flush: constants.ZSTD_e_flush };
      return {
        start: () => zlib.createZstdCompress(options),
        apply: (body) => ok(zlib.zstdCompressSync(body, options)),
      };
    }
  }
}

/** What comes out of a small body is not more than this, or it is done in pieces. */
const MAX_OUTPUT_BYTES = 64 * 1024;

/** The codec of a decompressor. */
export function decompressorOf({ encoding, windowBits, chunkBytes: chunkSize }: DecompressorCodec): BodyCodec {
  const options = encoding === 'gzip' ? { chunkSize, windowBits } : { chunkSize };
  const atOnce = { ...options, maxOutputLength: MAX_OUTPUT_BYTES };
  switch (encoding) {
    case 'gzip':
      return { start: () => zlib.createGunzip(options), apply: (body) => attempt(body, zlib.gunzipSync, atOnce) };
    case 'br':
      return {
        start: () => zlib.createBrotliDecompress(options),
        apply: (body) => attempt(body, zlib.brotliDecompressSync, atOnce),
      };
    case 'zstd':
      return {
        start: () => zlib.createZstdDecompress(options),
        apply: (body) => attempt(body, zlib.zstdDecompressSync, atOnce),
      };
  }
}

function attempt<O>(
  body: Buffer,
  decode: (body: Buffer, options: O) => Buffer,
  options: O,
): Result<Buffer, string> | undefined {
  // Nothing at all is as good as nothing compressed.
  if (body.length === 0) return ok(body);
  try {
    return ok(decode(body, options));
  } catch (thrown) {
    const { code = '' } = thrown as NodeJS.ErrnoException;
    return code === 'ERR_BUFFER_TOO_LARGE' ? undefined : err(code);
  }
}
