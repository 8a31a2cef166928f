import { asciiLower } from '../../../match/ascii.ts';

/** The type of a `content-type` without its parameters, in the case that it has. */
export function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end === -1 ? contentType : contentType.slice(0, end)).trim();
}

/** Whether a list of words has one, in any case. */
export function hasToken(list: string | undefined, token: string): boolean {
  return list?.split(',').some((each) => asciiLower(each.trim()) === token) === true;
}
