/** Paths with templates: `{*}` for one segment, `{**}` for any number of them at one place. */

const ONE = '{*}';
const ANY = '{**}';
const LITERAL = /^[a-zA-Z0-9-._~%!$&'()+,;:@=]+$/;

/** What is wrong with a path of a policy, or nothing. Paths without templates may hold what they like but braces. */
export function pathTemplateProblem(path: string): string | undefined {
  const hasTemplate = path.includes(ONE) || path.includes(ANY);
  if (!hasTemplate && !path.includes('{') && !path.includes('}')) return undefined;
  let isOpenEnded = false;
  for (const segment of path.replace(/^\/+|\/+$/g, '').split('/')) {
    if (segment === ONE || segment === ANY) {
      if (isOpenEnded) return '{**} is not the last operator';
      isOpenEnded = segment === ANY;
    } else if (segment.includes('{') || segment.includes('}')) {
      return "Contains '{' or '}' beyond a supported path template";
    } else if (!LITERAL.test(segment)) {
      return `Contains segment ${segment} with invalid string literal`;
    }
  }
  return undefined;
}
