/** Paths of Unix sockets: as configurations write them, and as the system takes them. */

/** Whether it is no path in the file system, but one of the names that Linux keeps beside it: written with `@` in front. */
export function isAbstractPath(path: string): boolean {
  return path.startsWith('@');
}

/** The path for the system, which knows abstract names by a zero byte. */
export function systemPath(path: string): string {
  return isAbstractPath(path) ? `\0${path.slice(1)}` : path;
}
