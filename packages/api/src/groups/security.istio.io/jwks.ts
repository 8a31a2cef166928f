/** Key sets as users paste them into policies. */
import { isPlainObject } from '../../schema/index.ts';

/** Members that a key of each type must have. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
  oct: ['k'],
};

/** What is wrong with a JSON Web Key Set (or one key alone), or nothing. */
export function jwksProblem(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error: unknown) {
    return error instanceof Error ? error.message : String(error);
  }
  if (!isPlainObject(parsed)) return 'must be a JSON object';
  if (!Object.hasOwn(parsed, 'keys')) return keyProblem(parsed, 'key');
  if (!Array.isArray(parsed['keys'])) return '"keys" must be a list';
  for (const [i, key] of parsed['keys'].entries()) {
    const problem = keyProblem(key, `keys[${i}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function keyProblem(key: unknown, name: string): string | undefined {
  if (!isPlainObject(key)) return `${name} must be an object`;
  const type = key['kty'];
  if (typeof type !== 'string') return `${name} has no "kty"`;
  if (!Object.hasOwn(MEMBERS, type)) return `${name} has the unknown "kty" ${JSON.stringify(type)}`;
  const missing = MEMBERS[type]!.find((member) => typeof key[member] !== 'string' || key[member] === '');
  return missing === undefined ? undefined : `${name} of type ${type} has no "${missing}"`;
}
