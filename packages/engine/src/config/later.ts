/** The reason in a support table of what is compiled already and not yet done by the proxy: accepting it would be ignoring it. */
export function later(what: string): string {
  return `the proxy does not ${what} yet: leave it out`;
}
