/** Longer words are not compared: a name that long is no misspelling, and comparing costs the product of the lengths. */
const MAX_CHARS = 64;

/** The candidate that is most like a word, if one is like enough for a misspelling. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_CHARS) return undefined;
  const wanted = plain(word);
  let best: string | undefined;
  // A third of the letters may differ, at most three.
  let bestDistance = Math.min(3, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > bestDistance + 2) continue;
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The end of a sentence that names the candidate, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = suggest(word, candidates);
  return candidate === undefined ? '' : `; did you mean ${JSON.stringify(candidate)}?`;
}

/** Case and separators are what people mix up most: they do not count. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[_-]/g, '');
}

/** How many letters to insert, delete or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
