import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { schemaOf } from '../kind/index.ts';
import { builtinKinds } from '../kinds.ts';
import { resolve, type Schema } from '../schema/index.ts';
import { openApiDocument, openApiIndex } from './document.ts';
import { OpenApiWriter } from './to-openapi.ts';

const { paths } = openApiIndex(builtinKinds) as { paths: Record<string, { serverRelativeURL: string }> };

describe('the documents of all built-in kinds', () => {
  for (const path of Object.keys(paths)) {
    it(`${path} refers to nothing that it does not have`, () => {
      const parts = path.split('/');
      const text = openApiDocument(builtinKinds, parts.length === 2 ? '' : parts[1]!, parts.at(-1)!)!;
      const { components } = JSON.parse(text) as { components: { schemas: Record<string, object> } };
      for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
        assert.ok(components.schemas[name!] !== undefined && Object.keys(components.schemas[name!]!).length > 0, name);
      }
      assert.ok(text.length < 1_500_000, `${text.length}`);
    });
  }

  it('never give one name to two different schemas', () => {
    const bodies = new Map<string, string>();
    const seen = new Set<Schema>();
    const visit = (given: Schema, where: string): void => {
      const node = resolve(given);
      if (seen.has(node)) return;
      seen.add(node);
      if (node.name !== undefined) {
        const writer = new OpenApiWriter();
        const { description: _1, default: _2, nullable: _3, deprecated: _4, patch: _5, ...bare } = node;
        writer.write(bare);
        // Two groups may describe the same thing in their own words.
        const body = JSON.stringify(writer.components.get(node.name), (key, value: unknown) =>
          key === 'description' && typeof value === 'string' ? undefined : value,
        );
        const known = bodies.get(node.name);
        if (known === undefined) bodies.set(node.name, body);
        else assert.equal(body, known, `${node.name} at ${where} differs from another schema of that name`);
      }
      for (const [name, member] of Object.entries(node.properties ?? {})) visit(member, `${where}.${name}`);
      if (node.items !== undefined) visit(node.items, `${where}[*]`);
      if (node.additional !== undefined) visit(node.additional, `${where}[*]`);
    };
    for (const kind of builtinKinds.kinds)
      for (const { name } of kind.versions) visit(schemaOf(kind, name), `${kind.kind}/${name}`);
  });
});
