/** One JSON document, for machines and for reading alike. */
export function formatJson(data: unknown): string {
  return `${JSON.stringify(data ?? null, undefined, 2)}\n`;
}
