/** Makes one script of a program of many modules: loading each by itself takes two thirds of the time that a start takes. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEFAULT_EXPORT, type ImportedModule, transformModule } from './transform-module.ts';

/** A program in one script. */
export interface PackedProgram {
  /** An expression: a function that takes `require` and runs the program; its result is the promise of the entry. Plain ASCII. */
  readonly script: string;
  /** Every file that it was made of, and what decided which those are. */
  readonly inputs: readonly string[];
  /** Where the text of each file begins. */
  readonly lines: ReadonlyArray<readonly [line: number, file: string]>;
}

/** A module once it is in the script. */
interface Packed {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

const HEAD = `(function (require) { 'use strict';
const $commonModules = new Map();
const $load = (name) => {
const module = $commonModules.get(name);
if (module.exports === undefined) { module.exports = {}; module.run(module, module.exports); }
return module.exports;
};
`;

/** Packs the module `entry` and what it imports; of what is imported later only what `includesLater` names. Throws what it cannot do. */
export function packProgram(entry: string, includesLater: (file: string) => boolean): PackedProgram {
  const packer = new Packer(entry, includesLater);
  packer.add(entry);
  let script = HEAD;
  const lines: (readonly [number, string])[] = [];
  let line = countLines(script);
  for (const { file, text } of packer.modules) {
    lines.push([line, file]);
    script += text;
    line += countLines(text);
  }
  return { script: toAscii(`${script}})`), inputs: [...packer.inputs], lines };
}

class Packer {
  /** In the order in which they run. */
  readonly modules: Packed[] = [];
  readonly inputs = new Set<string>();
  readonly #entry: string;
  readonly #includesLater: (file: string) => boolean;
  /** Key: file, or the name of a module of Node. Undefined while what it imports is packed. */
  readonly #names = new Map<string, string | undefined>();

  constructor(entry: string, includesLater: (file: string) => boolean) {
    this.#entry = entry;
    this.#includesLater = includesLater;
  }

  /** Packs a module with all that it needs; the name of its exports. */
  add(file: string): string {
    const known = this.#names.get(file);
    if (known !== undefined) return known;
    if (this.#names.has(file)) throw new Error(`${file}: cannot be packed: it imports itself by way of others`);
    const name = `$${this.#names.size}`;
    this.#names.set(file, undefined);
    const text = isBuiltin(file) ? `const ${name} = require(${JSON.stringify(file)});\n` : this.#pack(name, file);
    this.modules.push({ name, file, text });
    this.#names.set(file, name);
    return name;
  }

  #pack(name: string, file: string): string {
    const source = this.#read(file);
    if (file.endsWith('.json')) return `const ${name} = { ${DEFAULT_EXPORT}: ${source.trim()} };\n`;
    if (!file.endsWith('.ts')) return this.#packCommon(name, file, source);
    const { body, exports } = transformModule(file, source, {
      imported: (specifier) => this.#import(resolve(specifier, file)),
      importedLater: (specifier) => this.#later(resolve(specifier, file)),
    });
    if (file === this.#entry) return `return (async () => { ${body}\n})();\n`;
    return `const ${name} = (() => { ${body}\nreturn { ${exports.join(', ')} };\n})();\n`;
  }

  /** What is no ES module is its own default. */
  #import(file: string): ImportedModule {
    const exports = this.add(file);
    const isEcma = /\.(?:ts|json)$/.test(file);
    return { exports, defaultExport: isEcma ? `${exports}.${DEFAULT_EXPORT}` : exports };
  }

  #later(file: string): string {
    if (!this.#includesLater(file)) return `import(${JSON.stringify(pathToFileURL(file).href)})`;
    return `Promise.resolve({ default: ${this.add(file)}.${DEFAULT_EXPORT} })`;
  }

  /** A CommonJS module and those that it requires, which may do so in circles. */
  #packCommon(name: string, file: string, source: string): string {
    let text = '';
    const done = new Set<string>();
    const pack = (each: string, code: string): void => {
      done.add(each);
      const body = code.replace(/\brequire\(['"]([^'"]+)['"]\)/g, (_, specifier: string) => {
        const target = resolve(specifier, each);
        if (isBuiltin(target)) return `require(${JSON.stringify(target)})`;
        if (!done.has(target)) pack(target, this.#readCommon(target));
        return `$load(${JSON.stringify(target)})`;
      });
      text += `$commonModules.set(${JSON.stringify(each)}, { exports: undefined, run(module, exports) { ${body}\n} });\n`;
    };
    this.#checkCommon(file);
    pack(file, source);
    return `${text}const ${name} = $load(${JSON.stringify(file)});\n`;
  }

  #readCommon(file: string): string {
    this.#checkCommon(file);
    return this.#read(file);
  }

  #checkCommon(file: string): void {
    const manifest = this.#manifestOf(file);
    const { type } = JSON.parse(readFileSync(manifest, 'utf8')) as { type?: string };
    if (!/\.c?js$/.test(file) || type === 'module')
      throw new Error(`${file}: cannot be packed: it is no CommonJS module`);
  }

  #read(file: string): string {
    this.inputs.add(file);
    this.#manifestOf(file);
    return readFileSync(file, 'utf8');
  }

  /** The manifest of the package that a file belongs to; it says which files its names stand for, so it counts as input. */
  #manifestOf(file: string): string {
    for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
      const manifest = path.join(folder, 'package.json');
      if (existsSync(manifest)) {
        this.inputs.add(manifest);
        return manifest;
      }
      if (folder === path.dirname(folder)) throw new Error(`${file}: cannot be packed: it belongs to no package`);
    }
  }
}

function resolve(specifier: string, from: string): string {
  if (isBuiltin(specifier)) return specifier;
  if (specifier.startsWith('.')) return path.resolve(path.dirname(from), specifier);
  return createRequire(from).resolve(specifier);
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}

/** V8 keeps a script of one wide character at two bytes for each. Wide characters stand in strings, templates and expressions only, where escapes do. */
function toAscii(text: string): string {
  return text.replace(/[^\n\r\t -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
