/** What the documentation names must exist: links and their anchors, paths, constants, npm scripts, and what examples import. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.dirname(import.meta.dirname);
const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md'], { cwd: root }).sort();

/** Made by commands, so perhaps not there. */
const MADE = /^(?:bench\/results|packages\/proto\/src\/gen)\b/;
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const PATH = /(?<![\w./-])(?:packages|tools|e2e|bench|samples|docs)\/[\w@.*{},/-]*[\w*}/]/g;
const CONSTANT = /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g;
const IMPORT = /^import (?!type)\{([^}]*)\} from '(@weft\/[^']+)';$/gm;
const SCRIPT = /\bnpm run ([a-z]+)/g;

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

function found(text: string, pattern: RegExp): readonly string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? match[0]);
}

/** As the usual renderers make anchors of headings. */
function anchorsOf(text: string): readonly string[] {
  const headings = found(text, /^#+ (.+)$/gm);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function linkProblem(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = '', anchor] = link.split('#', 2);
  const target = file === '' ? page : path.join(path.dirname(page), file);
  if (!MADE.test(target) && !existsSync(path.join(root, target))) return `${link} leads nowhere`;
  if (anchor === undefined || anchorsOf(read(target)).includes(anchor)) return undefined;
  return `${link}: there is no such heading`;
}

/** Words in capitals stand for any name, as in `packages/NAME/test/`: what stands before the first one must exist. */
function pathExists(named: string): boolean {
  const pattern = named.replace(/\/(?:[A-Z]{4,}[./].*|[A-Z]{4,})?$/, '');
  return MADE.test(named) || globSync(pattern, { cwd: root }).length > 0;
}

test('the documentation names only what there is', () => {
  const sources = globSync('{packages/*/src,tools,e2e,bench}/**/*.{ts,mjs}', { cwd: root }).map(read).join('\n');
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const problems = pages.flatMap((page) => {
    const text = read(page);
    return [
      ...found(text, LINK).map((link) => linkProblem(page, link)),
      ...found(text, PATH).map((named) => (pathExists(named) ? undefined : `there is no ${named}`)),
      ...found(text, CONSTANT).map((name) => (sources.includes(name) ? undefined : `nothing is called ${name}`)),
      ...found(text, SCRIPT).map((name) => (name in scripts ? undefined : `there is no npm run ${name}`)),
    ]
      .filter((problem) => problem !== undefined)
      .map((problem) => `${page}: ${problem}`);
  });
  assert.deepEqual(problems, []);
});

test('examples import only what the packages export', async () => {
  const problems: string[] = [];
  for (const page of pages) {
    for (const [, names = '', specifier = ''] of read(page).matchAll(IMPORT)) {
      const exported = (await import(specifier)) as Record<string, unknown>;
      const values = names.split(',').map((name) => name.trim());
      const missing = values.filter((name) => name !== '' && !name.startsWith('type ') && !(name in exported));
      problems.push(...missing.map((name) => `${page}: ${specifier} has no ${name}`));
    }
  }
  assert.deepEqual(problems, []);
});
