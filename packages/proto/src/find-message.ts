import type { DescMessage } from '@bufbuild/protobuf';

/** The schema of the named message among the exports of a generated module. */
export function findMessage(module: Readonly<Record<string, unknown>>, typeName: string): DescMessage | undefined {
  for (const value of Object.values(module)) {
    if (isMessage(value) && value.typeName === typeName) return value;
  }
  return undefined;
}

function isMessage(value: unknown): value is DescMessage {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'message';
}
