/**
 * Makes the body of a function of an ES module, so that many modules can be one script. It reads statements by the start of their line, which the
 * formatter guarantees; whatever it does not know it refuses, and then there is no pack and everything runs from its sources.
 */
import { stripTypeScriptTypes } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A module as part of a script. */
export interface TransformedModule {
  /** Statements with as many lines as the module has. */
  readonly body: string;
  /** Members of the object that its importers read. */
  readonly exports: readonly string[];
}

/** Expressions for a module that another one imports. */
export interface ImportedModule {
  readonly exports: string;
  readonly defaultExport: string;
}

/** How one module refers to others. */
export interface ModuleNames {
  /** What it imports. */
  readonly imported: (specifier: string) => ImportedModule;
  /** An expression for the promise that `import('specifier')` gives. */
  readonly importedLater: (specifier: string) => string;
}

/** The name that a default export has inside. */
export const DEFAULT_EXPORT = '$default';

const IMPORT = /^import\s+([^;'"]+?)\s+from\s+['"]([^'"]+)['"](?:\s+with\s+\{[^}]*\})?;/gm;
const CLAUSE = /^(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}|\*\s+as\s+([\w$]+))?$/;
const REEXPORT_ALL = /^export\s+\*\s+(?:as\s+([\w$]+)\s+)?from\s+['"]([^'"]+)['"];/gm;
const REEXPORT = /^export\s+\{([^}]*)\}\s+from\s+['"]([^'"]+)['"];/gm;
const EXPORT_LIST = /^export\s+\{([^}]*)\};/gm;
const EXPORT_DEFAULT = /^export\s+default\s+/gm;
const EXPORT = /^export\s+((?:async\s+function|function|const|class)\s*\*?\s*([\w$]+))/gm;
const LEFT_OVER = /^(?:import|export)\b.*/m;
const DYNAMIC_IMPORT = /\bimport\('([^']+)'\)/g;

/** Node puts these in the place of types that held characters of more than one byte. */
const WIDE_BLANKS = /[\u00a0\u2002\ufeff]/g;

/** Transforms the text of a TypeScript module; throws what it cannot do. */
export function transformModule(file: string, source: string, names: ModuleNames): TransformedModule {
  const exported: string[] = [];
  let text = stripTypeScriptTypes(source).replace(WIDE_BLANKS, ' ');
  text = text.replace(IMPORT, (statement, clause: string, specifier: string) =>
    onLinesOf(statement, importBindings(file, clause, names.imported(specifier))),
  );
  text = text.replace(REEXPORT_ALL, (_, name: string | undefined, specifier: string) => {
    const { exports } = names.imported(specifier);
    exported.push(name === undefined ? `...${exports}` : `${name}: ${exports}`);
    return '';
  });
  text = text.replace(REEXPORT, (statement, list: string, specifier: string) => {
    const from = names.imported(specifier);
    for (const [name, as] of bindingsOf(list)) exported.push(`${innerName(as)}: ${memberOf(from, name)}`);
    return onLinesOf(statement, '');
  });
  text = text.replace(EXPORT_LIST, (statement, list: string) => {
    for (const [name, as] of bindingsOf(list)) exported.push(`${innerName(as)}: ${name}`);
    return onLinesOf(statement, '');
  });
  text = text.replace(EXPORT_DEFAULT, () => {
    exported.push(DEFAULT_EXPORT);
    return `const ${DEFAULT_EXPORT} = `;
  });
  text = text.replace(EXPORT, (_, declaration: string, name: string) => {
    exported.push(name);
    return declaration;
  });
  const leftOver = LEFT_OVER.exec(text);
  if (leftOver !== null) throw new Error(`${file}: cannot be packed: ${leftOver[0]}`);
  text = text
    .replace(DYNAMIC_IMPORT, (_, specifier: string) => names.importedLater(specifier))
    .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href))
    .replaceAll('import.meta.dirname', JSON.stringify(dirname(file)));
  return { body: withoutBlanks(text), exports: exported };
}

function importBindings(file: string, clause: string, from: ImportedModule): string {
  const parts = CLAUSE.exec(clause.trim());
  if (parts === null) throw new Error(`${file}: cannot be packed: import ${clause}`);
  const [, whole, list, namespace] = parts;
  const statements: string[] = [];
  if (whole !== undefined) statements.push(`const ${whole} = ${from.defaultExport};`);
  if (namespace !== undefined) statements.push(`const ${namespace} = ${from.exports};`);
  const bindings = bindingsOf(list ?? '').map(([name, as]) => `${as} = ${memberOf(from, name)}`);
  if (bindings.length > 0) statements.push(`const ${bindings.join(', ')};`);
  return statements.join(' ');
}

/** The names of `a, b as c`, outer and inner; types were blanked before, but for their word. */
function bindingsOf(list: string): ReadonlyArray<readonly [name: string, as: string]> {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', as = name] = part.split(/\s+as\s+/);
      return [name, as] as const;
    });
}

function memberOf(from: ImportedModule, name: string): string {
  return name === 'default' ? from.defaultExport : `${from.exports}.${name}`;
}

function innerName(name: string): string {
  return name === 'default' ? DEFAULT_EXPORT : name;
}

function onLinesOf(statement: string, replacement: string): string {
  return replacement + '\n'.repeat(statement.split('\n').length - 1);
}

/** Without comments and indentation, of which V8 would keep a copy as long as it runs; lines stay where they are. */
function withoutBlanks(text: string): string {
  // A template that goes over several lines may hold what looks like comments.
  const hasLongTemplate = text.split('\n').some((line) => (line.replaceAll('\\`', '').split('`').length - 1) % 2 === 1);
  if (hasLongTemplate) return text;
  return text
    .replace(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*$/gm, (comment) => comment.replace(/[^\n]+/g, ''))
    .replace(/^[ \t]*\/\/.*$/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/^[ \t]+/gm, '');
}
