/** The object's own member; what objects inherit (`constructor`, `toString`) is not a member. */
export function ownMember(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
