/** Calls of libc for which Node.js has no function. Node 26.1 and later can make them by node:ffi; earlier ones cannot. */
import type { GetSocketOption } from './redirected-from.ts';

/** What is used of node:ffi. */
interface Ffi {
  readonly DynamicLibrary: new (
    path: string | null,
  ) => {
    getFunction(
      name: string,
      signature: { readonly arguments: readonly string[]; readonly return: string },
    ): (...given: readonly unknown[]) => unknown;
  };
}

/** getsockopt, or undefined where it cannot be called. */
export function libcGetSocketOption(): GetSocketOption | undefined {
  if (process.platform !== 'linux') return undefined;
  const ffi = process.getBuiltinModule('node:ffi') as unknown as Partial<Ffi> | undefined;
  if (typeof ffi?.DynamicLibrary !== 'function') return undefined;
  // Null is the process itself, which has libc in it.
  const library = new ffi.DynamicLibrary(null);
  const signature = { arguments: ['i32', 'i32', 'i32', 'pointer', 'pointer'], return: 'i32' };
  return library.getFunction('getsockopt', signature) as GetSocketOption;
}
