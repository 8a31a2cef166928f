// npm leaves optional packages out of the lockfile when the registry it was made with does not have them, or when another platform's
// were installed at the time; `npm ci` then refuses that very lockfile ("Missing: x@ from lock file"). The parents pin them exactly,
// so their entries can be written without asking anybody.

/** What we read and write of a lockfile's entry. */
export interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** The `packages` part of a lockfile, by place. */
export type LockPackages = Readonly<Record<string, LockEntry>>;

/** An optional package that a locked one names, but that is not locked itself. */
export interface MissingOptional {
  readonly parent: string;
  readonly name: string;
  readonly version: string;
}

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPU: Readonly<Record<string, string>> = { armv7: 'arm', arm: 'arm' };
for (const cpu of ['arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']) {
  (CPU as Record<string, string>)[cpu] = cpu;
}

/** All optional packages that are missing. */
export function findMissingOptionals(packages: LockPackages): MissingOptional[] {
  const missing: MissingOptional[] = [];
  for (const [parent, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!isLocked(packages, parent, name)) missing.push({ parent, name, version });
    }
  }
  return missing;
}

/** Node looks for a package beside its parent and then further up. */
function isLocked(packages: LockPackages, parent: string, name: string): boolean {
  for (let base = parent; ; base = base.slice(0, Math.max(0, base.lastIndexOf('node_modules/') - 1))) {
    if (Object.hasOwn(packages, `${base === '' ? '' : `${base}/`}node_modules/${name}`)) return true;
    if (base === '') return false;
    if (!base.includes('node_modules/')) base = '';
  }
}

/** The packages with the missing entries added, sorted as npm does; throws for a version that is not exact. */
export function completePackages(packages: LockPackages): LockPackages {
  const added: Record<string, LockEntry> = {};
  for (const { parent, name, version } of findMissingOptionals(packages)) {
    if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) {
      throw new Error(`${parent} wants ${name}@${version}, which is no exact version: its entry cannot be made up`);
    }
    added[`node_modules/${name}`] = optionalEntry(packages[parent]!, name, version);
  }
  const all = Object.entries({ ...packages, ...added });
  return Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, 'en')));
}

function optionalEntry(parent: LockEntry, name: string, version: string): LockEntry {
  const words = name.split(/[-/]/);
  const os = words.find((word) => OS.includes(word));
  const cpu = words.map((word) => CPU[word]).find((word) => word !== undefined);
  // Without a platform npm would try to fetch it everywhere.
  if (os === undefined || cpu === undefined) throw new Error(`cannot tell the platform of ${name} from its name`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined;
  return {
    version,
    cpu: [cpu],
    ...(parent.dev === true ? { dev: true } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    os: [os],
  };
}
