// Adds to the text of a .proto file what a second text, of the same form, has beyond it: fields, values, whole messages. Only the structure
// of the language is read (blocks, statements, comments, strings); buf checks the rest.

/** `message`, `enum`, `oneof` or `service` with its body. */
interface Block {
  readonly kind: 'block';
  /** Its head, as `message Cluster`: what a block is found by. */
  readonly head: string;
  readonly start: number;
  readonly end: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** Anything that ends with a semicolon. */
interface Statement {
  readonly kind: 'statement';
  readonly start: number;
  readonly end: number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const BLOCK_HEAD = /^(message|enum|oneof|service)\s+(\w+)\s*$/;

/** What neither begins nor ends anything: comments and strings. */
const SKIPPED = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"/y;

/** The base with the addition in it. A field or value whose number the base has takes the place of that one. */
export function mergeProto(base: string, addition: string): string {
  const edits: Edit[] = [];
  mergeBody(
    { text: base, items: parseItems(base, 0, base.length), end: base.length },
    { text: addition, items: parseItems(addition, 0, addition.length), end: addition.length },
    edits,
  );
  let merged = base;
  // From the back, so that the places of the others stay right; those at one place keep their order.
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start).reverse()) {
    merged = merged.slice(0, start) + text + merged.slice(end);
  }
  return merged;
}

interface Body {
  readonly text: string;
  readonly items: readonly (Block | Statement)[];
  readonly end: number;
}

function mergeBody(base: Body, addition: Body, edits: Edit[]): void {
  const added: string[] = [];
  for (const item of addition.items) {
    const text = addition.text.slice(item.start, item.end);
    if (item.kind === 'block') {
      const own = base.items.find((each): each is Block => each.kind === 'block' && each.head === item.head);
      if (own === undefined) added.push(text);
      else mergeBody(bodyOf(base.text, own), bodyOf(addition.text, item), edits);
    } else if (text.startsWith('import')) {
      edits.push(importEdit(base, text));
    } else if (!/^(syntax|package)\b/.test(text)) {
      const own = withNumber(base, numberOf(text));
      if (own === undefined) added.push(text);
      else edits.push({ start: own.start, end: own.end, text });
    }
  }
  if (added.length > 0) edits.push({ start: base.end, end: base.end, text: `\n${added.join('\n')}\n` });
}

function bodyOf(text: string, { bodyStart, bodyEnd }: Block): Body {
  return { text, items: parseItems(text, bodyStart, bodyEnd), end: bodyEnd };
}

/** Imports follow the package. */
function importEdit(base: Body, text: string): Edit {
  const after = base.items.find(
    (item) => item.kind === 'statement' && base.text.slice(item.start, item.end).startsWith('package'),
  );
  if (after === undefined) throw new Error('a .proto file has no package: adapt the generator');
  return { start: after.end, end: after.end, text: `\n${text}` };
}

function numberOf(statement: string): number | undefined {
  const digits = /=\s*(\d+)\s*(?:\[|;)/.exec(statement)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function withNumber({ text, items }: Body, number: number | undefined): Statement | undefined {
  if (number === undefined) return undefined;
  return items.find(
    (item): item is Statement => item.kind === 'statement' && numberOf(text.slice(item.start, item.end)) === number,
  );
}

/** The blocks and statements between two places, without what is in the blocks. */
function parseItems(text: string, from: number, to: number): (Block | Statement)[] {
  const items: (Block | Statement)[] = [];
  let start = -1;
  /** Braces and brackets of the value of an option. */
  let depth = 0;
  for (let at = from; at < to; ) {
    const skipped = skipAt(text, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const char = text.charAt(at);
    if (start === -1 && !/[\s;]/.test(char)) start = at;
    const head = char === '{' && depth === 0 ? BLOCK_HEAD.exec(text.slice(start, at)) : null;
    if (head !== null) {
      const end = endOfBlock(text, at);
      const parts = { head: `${head[1]} ${head[2]}`, start, end, bodyStart: at + 1, bodyEnd: end - 1 };
      items.push({ kind: 'block', ...parts });
      start = -1;
      at = end;
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else if (char === ';' && depth === 0 && start !== -1) {
      items.push({ kind: 'statement', start, end: at + 1 });
      start = -1;
    }
    at++;
  }
  return items;
}

/** Behind the comment or string that begins here; the same place if there is none. */
function skipAt(text: string, at: number): number {
  SKIPPED.lastIndex = at;
  return SKIPPED.test(text) ? SKIPPED.lastIndex : at;
}

function endOfBlock(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; ) {
    const skipped = skipAt(text, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    if (text.charAt(at) === '{') depth++;
    else if (text.charAt(at) === '}' && --depth === 0) return at + 1;
    at++;
  }
  throw new Error('a block of a .proto file does not end: adapt the generator');
}
