/** Which of several compressors a client gets. */
import { asciiLower } from '../../../match/ascii.ts';
import type { CompressorRuntime } from './compressor.ts';
import { mediaTypeOf } from './media-type.ts';

/** The encoding that the client gets, and why: names are those of statistics. */
export interface EncodingChoice {
  readonly encoding: string;
  readonly why: 'compressor' | 'header_identity' | 'header_wildcard' | 'header_not_valid';
}

const NOT_VALID: EncodingChoice = Object.freeze({ encoding: 'identity', why: 'header_not_valid' });

/**
 * Chooses for a response among the compressors of a connection manager, in the order of its filters. All of them have to know the same choice: it
 * is made once for each response.
 */
export function chooseEncoding(
  compressors: readonly CompressorRuntime[],
  acceptEncoding: string,
  contentType: string | undefined,
): EncodingChoice {
  const type = contentType === undefined ? '' : mediaTypeOf(contentType);
  const allowed = new Map<string, CompressorRuntime>();
  for (const compressor of compressors) {
    const { encoding } = compressor.codec;
    const isMeant = type === '' || compressor.response.meansType(type);
    if (isMeant && !allowed.has(encoding)) allowed.set(encoding, compressor);
  }
  const accepted = acceptedOf(acceptEncoding);
  for (const { name, quality } of accepted) if (quality === 0) allowed.delete(name);
  if (accepted.length === 0 || allowed.size === 0) return NOT_VALID;
  const best = bestOf(accepted, allowed);
  if (best === undefined) return NOT_VALID;
  if (best === 'identity') return { encoding: best, why: 'header_identity' };
  if (best === '*') return { encoding: [...allowed.keys()][0]!, why: 'header_wildcard' };
  return { encoding: best, why: 'compressor' };
}

interface Accepted {
  readonly name: string;
  readonly quality: number;
}

/** Clients say few different things: what was read is kept, within bounds. Key: the header. Sole writer: acceptedOf. */
const READ = new Map<string, readonly Accepted[]>();
const MAX_READ = 256;
const MAX_READ_LENGTH = 128;

function acceptedOf(header: string): readonly Accepted[] {
  const known = READ.get(header);
  if (known !== undefined) return known;
  const accepted = parseAccepted(header);
  if (header.length > MAX_READ_LENGTH) return accepted;
  if (READ.size >= MAX_READ) READ.clear();
  READ.set(header, accepted);
  return accepted;
}

/** Elements whose quality is no number are passed over. */
function parseAccepted(header: string): Accepted[] {
  const accepted: Accepted[] = [];
  for (const element of header.split(',')) {
    const [name = '', ...parameters] = element.split(';').map((part) => part.trim());
    if (name === '') continue;
    const quality = parameters.length === 0 ? 1 : qualityOf(parameters[0]!);
    if (quality !== undefined) accepted.push({ name, quality });
  }
  return accepted;
}

function qualityOf(parameter: string): number | undefined {
  const equals = parameter.indexOf('=');
  if (equals === -1 || asciiLower(parameter.slice(0, equals).trim()) !== 'q') return 1;
  const text = parameter.slice(equals + 1).trim();
  return /^\d*\.?\d+$|^\d+\.$/.test(text) ? Number(text) : undefined;
}

/** The name with the highest quality above zero; of two as high the first, unless the other is a first choice. */
function bestOf(accepted: readonly Accepted[], allowed: ReadonlyMap<string, CompressorRuntime>): string | undefined {
  let best: Accepted = { name: '', quality: 0 };
  for (const each of accepted) {
    const compressor = allowed.get(each.name);
    if (compressor === undefined && each.name !== 'identity' && each.name !== '*') continue;
    const isBetter = each.quality > best.quality;
    if (isBetter || (each.quality === best.quality && compressor?.isFirstChoice === true)) best = each;
  }
  return best.quality === 0 ? undefined : best.name;
}
