/** Selection by equal labels, as all mesh kinds have it. */

type Labels = Readonly<Record<string, string>>;

/** Whether something with `labels` has all that `selector` asks for; an empty selector asks for nothing. */
export function isSelected(selector: Labels, labels: Labels): boolean {
  for (const key in selector) if (!Object.hasOwn(labels, key) || labels[key] !== selector[key]) return false;
  return true;
}

/** The selector, or nothing when it asks for nothing. */
export function selectorOrAll(selector: Labels | undefined): Labels | undefined {
  return selector === undefined || Object.keys(selector).length === 0 ? undefined : selector;
}
