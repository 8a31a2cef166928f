import type { DecompressorCodec } from '@weft/engine';
import { type BlockDefinition, defineBlock, type Scope } from '@weft/telemetry';

/** What is counted of bytes that are not those of a codec, under `decompressor_library.`, and which errors of node:zlib are which. */
interface ErrorStats {
  readonly block: BlockDefinition;
  readonly byCode: Readonly<Record<string, string>>;
  readonly others: string;
}

const ERRORS: Readonly<Record<DecompressorCodec['encoding'], ErrorStats>> = {
  gzip: {
    block: defineBlock({
      counters: [
        'zlib_errno',
        'zlib_stream_error',
        'zlib_data_error',
        'zlib_mem_error',
        'zlib_buf_error',
        'zlib_version_error',
      ],
    }),
    byCode: {
      Z_ERRNO: 'zlib_errno',
      Z_STREAM_ERROR: 'zlib_stream_error',
      Z_MEM_ERROR: 'zlib_mem_error',
      Z_BUF_ERROR: 'zlib_buf_error',
      Z_VERSION_ERROR: 'zlib_version_error',
    },
    others: 'zlib_data_error',
  },
  br: {
    block: defineBlock({ counters: ['brotli_error', 'brotli_output_overflow', 'brotli_redundant_input'] }),
    byCode: {},
    others: 'brotli_error',
  },
  zstd: {
    block: defineBlock({
      counters: ['zstd_generic_error', 'zstd_dictionary_error', 'zstd_checksum_wrong_error', 'zstd_memory_error'],
    }),
    byCode: {
      ZSTD_error_dictionary_wrong: 'zstd_dictionary_error',
      ZSTD_error_dictionary_corrupted: 'zstd_dictionary_error',
      ZSTD_error_checksum_wrong: 'zstd_checksum_wrong_error',
      ZSTD_error_memory_allocation: 'zstd_memory_error',
    },
    others: 'zstd_generic_error',
  },
};

/** Counts failures of a decompressor by the names that Envoy has for them. */
export function errorCounter(encoding: DecompressorCodec['encoding'], scope: Scope): (code: string) => void {
  const { block, byCode, others } = ERRORS[encoding];
  const { values } = scope.child('decompressor_library').block(block);
  return (code) => {
    values[block.at[byCode[code] ?? others]!]! += 1;
  };
}
