/** What a client wants to get, from its Accept header. */

/** Shapes in which the server can answer. */
export type MediaShape =
  | 'json'
  | 'table'
  | 'partialMetadata'
  | 'partialMetadataList'
  | 'aggregatedDiscoveryV2'
  | 'aggregatedDiscoveryV2beta1';

/** The chosen shape, and whether the client reads YAML. */
export interface Accepted {
  readonly shape: MediaShape;
  /** Version of `meta.k8s.io` in which tables and metadata are wanted. */
  readonly version: 'v1' | 'v1beta1';
  readonly isYaml: boolean;
}

interface Clause {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
  readonly quality: number;
}

const MAX_CLAUSES = 32;
const PLAIN: Accepted = { shape: 'json', version: 'v1', isYaml: false };

/** The first clause that the server can satisfy, by quality then order; undefined when there is none (406). */
export function negotiate(accept: string | undefined): Accepted | undefined {
  if (accept === undefined || accept === '' || accept === '*/*') return PLAIN;
  const clauses = accept
    .split(',', MAX_CLAUSES)
    .map(parseClause)
    .sort((a, b) => b.quality - a.quality);
  for (const clause of clauses) {
    const accepted = acceptClause(clause);
    if (accepted !== undefined) return accepted;
  }
  return undefined;
}

function acceptClause(clause: Clause): Accepted | undefined {
  if (clause.quality <= 0) return undefined;
  switch (clause.type) {
    case 'application/yaml':
      return { ...PLAIN, isYaml: true };
    case 'application/json':
    case 'application/*':
    case '*/*': {
      const shape = shapeOf(clause.params);
      const version = clause.params['v'] === 'v1beta1' ? 'v1beta1' : 'v1';
      return shape === undefined ? undefined : { shape, version, isYaml: false };
    }
    default:
      // Protobuf and CBOR are never answered: every client also accepts JSON.
      return undefined;
  }
}

function shapeOf(params: Readonly<Record<string, string>>): MediaShape | undefined {
  const { as, v, g } = params;
  if (as === undefined) return 'json';
  if (g === 'meta.k8s.io' && (v === 'v1' || v === 'v1beta1')) {
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata') return 'partialMetadata';
    if (as === 'PartialObjectMetadataList') return 'partialMetadataList';
  }
  if (as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io') {
    if (v === 'v2') return 'aggregatedDiscoveryV2';
    if (v === 'v2beta1') return 'aggregatedDiscoveryV2beta1';
  }
  return undefined;
}

function parseClause(text: string): Clause {
  const [type = '', ...rest] = text.split(';');
  const params: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of rest) {
    const at = part.indexOf('=');
    if (at > 0) params[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  const quality = params['q'] === undefined ? 1 : Number(params['q']);
  return { type: type.trim().toLowerCase(), params, quality: Number.isNaN(quality) ? 0 : quality };
}
