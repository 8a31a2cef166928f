/** How a writer is called when it does not say so itself. */

const MAX_BYTES = 128;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The `fieldManager` parameter, or what stands before the slash in the user agent (`kubectl/v1.32` → `kubectl`). */
export function managerNameOf(fieldManager: string | undefined, userAgent: string | undefined): string {
  if (fieldManager !== undefined && fieldManager !== '') return fieldManager;
  const [product = ''] = (userAgent ?? '').split('/', 1);
  let name = product.replaceAll(UNPRINTABLE, '');
  while (Buffer.byteLength(name) > MAX_BYTES) name = name.slice(0, -1);
  return name === '' ? 'unknown' : name;
}
