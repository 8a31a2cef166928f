/** `/openapi/v3` and its documents; `/openapi/v2` as the smallest document that old kubectls accept. */
import { openApiDocument, openApiIndex } from '@weft/api';
import type { Catalog } from '../catalog.ts';
import { type ApiRequest, type ApiResponse, type BodyResponse, jsonResponse } from '../exchange.ts';
import type { PathHandler } from '../handler.ts';

/** The protobuf form of a document that says only `swagger: "2.0"`. */
const EMPTY_V2 = new Uint8Array([0x0a, 0x03, 0x32, 0x2e, 0x30]);
/** With a dot: the `@` of the Accept header is not valid in a Go media type. */
const V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** OpenAPI over a catalog; documents are made when first asked for in each state of it. */
export class OpenApiHandler implements PathHandler {
  readonly name = 'openapi';
  private readonly catalog: Catalog;
  private generation = 0;
  private readonly cache = new Map<string, string>();

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  answer(request: ApiRequest): ApiResponse | undefined {
    if (!request.path.startsWith('/openapi/') || request.method !== 'GET') return undefined;
    const parts = request.path.split('/').filter((part) => part !== '');
    if (parts[1] === 'v2' && parts.length === 2) return this.version2(request);
    if (parts[1] !== 'v3') return undefined;
    const { registry } = this.catalog.get();
    if (parts.length === 2) return this.document('index', () => JSON.stringify(openApiIndex(registry)));
    if (parts[2] === 'api' && parts.length === 4) return this.group('', parts[3]!);
    if (parts[2] === 'apis' && parts.length === 5) return this.group(parts[3]!, parts[4]!);
    return undefined;
  }

  private version2(request: ApiRequest): ApiResponse {
    if (request.headers['accept']?.includes('protobuf') === true) {
      return { kind: 'body', status: 200, contentType: V2_TYPE, body: EMPTY_V2 };
    }
    return jsonResponse(200, { swagger: '2.0', info: { title: 'Weft', version: '1' }, paths: {}, definitions: {} });
  }

  private group(group: string, version: string): BodyResponse | undefined {
    return this.document(`${group}/${version}`, () => openApiDocument(this.catalog.get().registry, group, version));
  }

  private document(key: string, make: () => string | undefined): BodyResponse | undefined {
    const { generation } = this.catalog.get();
    if (generation !== this.generation) {
      this.cache.clear();
      this.generation = generation;
    }
    let text = this.cache.get(key);
    if (text === undefined) {
      text = make();
      if (text === undefined) return undefined;
      this.cache.set(key, text);
    }
    return { kind: 'body', status: 200, contentType: 'application/json', body: text };
  }
}
