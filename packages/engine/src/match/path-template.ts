/** Envoy's URI templates (envoy.extensions.path.{match,rewrite}.uri_template). */
import { ok } from '@weft/core';
import { type Compiled, fail } from './compile-error.ts';
import { compileRegex, type Regex } from './regex.ts';

/** A compiled template. */
export interface PathTemplate {
  /** Names of the variables in the order of their values. */
  readonly variables: readonly string[];
  /** Whether a path without its query matches. */
  matches(path: string): boolean;
  /** The values of the variables, after the whole path; undefined when the path does not match. */
  capture(path: string): readonly (string | undefined)[] | undefined;
  describe(): string;
}

/** A compiled rewrite of paths that a template matched. */
export interface PathTemplateRewrite {
  /** The new path, or undefined when the template does not match. */
  rewrite(path: string): string | undefined;
  describe(): string;
}

const MAX_LENGTH = 256;
const MAX_VARIABLES = 5;
const MAX_NAME_LENGTH = 16;
/** RFC 3986 path characters: what a wildcard stands for. */
const PATH_CHARS = "a-zA-Z0-9\\-._~%!$&'()*+,;:@=";
const LITERAL = new RegExp(`^[${PATH_CHARS}]+$`);
const REWRITE_LITERAL = new RegExp(`^[${PATH_CHARS}/]*$`);
const ONE_SEGMENT = `[${PATH_CHARS}]+`;
const ANY_SEGMENTS = `[${PATH_CHARS}/]*`;
/** The template's own limits bound the program; each set is one instruction. */
const LIMITS = { maxProgramSize: 2000 };

interface Draft {
  readonly variables: string[];
  source: string;
  hasTextGlob: boolean;
}

/** What is wrong, thrown and caught in this file only so that the reader of the grammar sees no plumbing. */
class TemplateProblem extends Error {}

/** Compiles a template such as `/videos/{file}` or `/content/**.mpd`. */
export function compilePathTemplate(template: string, path: string): Compiled<PathTemplate> {
  if (template.length > MAX_LENGTH) return fail(path, `must not be longer than ${MAX_LENGTH}`);
  const draft: Draft = { variables: [], source: '', hasTextGlob: false };
  try {
    readTemplate(template, draft);
  } catch (error: unknown) {
    if (error instanceof TemplateProblem)
      return fail(path, `path template ${JSON.stringify(template)}: ${error.message}`);
    throw error;
  }
  const regex = compileRegex(draft.source, path, LIMITS);
  return regex.kind === 'err' ? regex : ok(createTemplate(template, draft.variables, regex.value));
}

function createTemplate(template: string, variables: readonly string[], regex: Regex): PathTemplate {
  return {
    variables,
    matches: (path) => regex.matches(path),
    capture: (path) => regex.groups(path),
    describe: () => `template ${JSON.stringify(template)}`,
  };
}

function readTemplate(template: string, draft: Draft): void {
  if (!/^\/[!-~]*$/.test(template)) throw new TemplateProblem('must begin with / and have printable characters only');
  let rest = template.slice(1);
  draft.source = '/';
  while (rest !== '') {
    rest = readSegment(rest, draft);
    if (rest === '') break;
    if (rest[0] !== '/') {
      readSuffix(rest, draft);
      break;
    }
    draft.source += '/';
    rest = rest.slice(1);
    if (rest.startsWith('/')) throw new TemplateProblem('has an empty segment');
  }
}

/** Reads one segment and returns what follows it. */
function readSegment(rest: string, draft: Draft): string {
  if (rest[0] === '*') {
    const glob = rest.startsWith('**') ? '**' : '*';
    draft.source += globSource(glob, draft);
    return rest.slice(glob.length);
  }
  const slash = rest.indexOf('/');
  const segment = slash === -1 ? rest : rest.slice(0, slash);
  const brace = segment.indexOf('{');
  if (brace === -1) {
    draft.source += literalSource(segment);
    return rest.slice(segment.length);
  }
  if (brace === 0) return readVariableSegment(rest, draft);
  draft.source += literalSource(segment.slice(0, brace));
  if (!segment.includes('}')) throw new TemplateProblem('a variable behind text must not have a / in it');
  return readVariableSegment(rest.slice(brace), draft);
}

/** Reads a variable with the text behind it and returns what follows the segment. */
function readVariableSegment(rest: string, draft: Draft): string {
  const end = rest.indexOf('}');
  if (end === -1) throw new TemplateProblem('has a { without a }');
  readVariable(rest.slice(1, end), draft);
  const after = rest.slice(end + 1);
  const slash = after.indexOf('/');
  const suffix = slash === -1 ? after : after.slice(0, slash);
  if (suffix !== '') draft.source += literalSource(suffix);
  return after.slice(suffix.length);
}

function readSuffix(rest: string, draft: Draft): void {
  if (rest.includes('/')) throw new TemplateProblem('text after * is allowed in the last segment only: use a variable');
  draft.source += literalSource(rest);
}

function globSource(glob: string, draft: Draft): string {
  if (draft.hasTextGlob) throw new TemplateProblem('** must be the last wildcard');
  if (glob === '*') return ONE_SEGMENT;
  draft.hasTextGlob = true;
  return ANY_SEGMENTS;
}

function literalSource(text: string): string {
  // To Envoy it repeats the character before it, which nobody who writes `/files*` means.
  if (text.includes('*'))
    throw new TemplateProblem(`${JSON.stringify(text)} has a * that is not a segment's first character`);
  if (!LITERAL.test(text))
    throw new TemplateProblem(`${JSON.stringify(text)} has characters that are not allowed in a path`);
  return text.replace(/[$()+.]/g, '\\$&');
}

function readVariable(text: string, draft: Draft): void {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  if (!/^[a-zA-Z][a-zA-Z0-9_]*$/.test(name)) throw new TemplateProblem(`${JSON.stringify(name)} is no variable name`);
  if (name.length > MAX_NAME_LENGTH) throw new TemplateProblem(`variable ${name} is longer than ${MAX_NAME_LENGTH}`);
  if (draft.variables.includes(name)) throw new TemplateProblem(`variable ${name} is used twice`);
  if (draft.variables.length >= MAX_VARIABLES) throw new TemplateProblem(`has more than ${MAX_VARIABLES} variables`);
  draft.variables.push(name);
  const pattern = equals === -1 ? '*' : text.slice(equals + 1);
  const parts = pattern.split('/');
  const source = parts.map((part) => (part === '*' || part === '**' ? globSource(part, draft) : literalSource(part)));
  draft.source += `(${source.join('/')})`;
}

/** Compiles a rewrite such as `/{lang}/{file}.vtt` for a template that has the variables. */
export function compilePathTemplateRewrite(
  rewrite: string,
  template: PathTemplate,
  path: string,
): Compiled<PathTemplateRewrite> {
  const bad = (reason: string): Compiled<never> => fail(path, `path rewrite ${JSON.stringify(rewrite)}: ${reason}`);
  if (rewrite.length > MAX_LENGTH || !/^\/[!-~]*$/.test(rewrite)) {
    return bad(`must begin with /, have printable characters only and at most ${MAX_LENGTH} of them`);
  }
  if (rewrite.includes('//')) return bad('has an empty segment');
  const pieces: (string | number)[] = [];
  for (const token of rewrite.match(/\{[^{}]*\}|[^{}]+|[{}]/g) ?? []) {
    if (token[0] !== '{' && token !== '}') {
      if (!REWRITE_LITERAL.test(token)) return bad(`${JSON.stringify(token)} has characters that are not allowed`);
      pieces.push(token);
      continue;
    }
    const index = token.length < 2 ? -1 : template.variables.indexOf(token.slice(1, -1));
    if (index === -1) return bad(`${token} is no variable of ${template.describe()}`);
    pieces.push(index + 1);
  }
  return ok({
    rewrite: (from) => {
      const groups = template.capture(from);
      return groups === undefined ? undefined : fill(pieces, groups);
    },
    describe: () => `rewrite to ${JSON.stringify(rewrite)}`,
  });
}

function fill(pieces: readonly (string | number)[], groups: readonly (string | undefined)[]): string {
  let out = '';
  for (const piece of pieces) out += typeof piece === 'string' ? piece : (groups[piece] ?? '');
  return out;
}
