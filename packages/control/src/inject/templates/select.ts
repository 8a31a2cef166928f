import { partsOf } from '../annotation-checks.ts';
import type { InjectionConfig } from '../injection-config.ts';
import { ANNOTATION } from '../names.ts';
import { annotationsOf, type PodLike } from '../pod-types.ts';
import type { InjectionTemplate } from './template.ts';

/** The templates of a pod in their order; a text when it names one that is not there. */
export function selectTemplates(pod: PodLike, config: InjectionConfig): InjectionTemplate[] | string {
  const named = partsOf(annotationsOf(pod)[ANNOTATION.templates] ?? '');
  const names = named.length === 0 ? config.defaultTemplates : named;
  // An alias names templates, not other aliases.
  const all = names.flatMap((name) => (Object.hasOwn(config.aliases, name) ? config.aliases[name]! : [name]));
  const found: InjectionTemplate[] = [];
  for (const name of all) {
    const template = config.templates.get(name);
    if (template === undefined) {
      return `there is no template ${JSON.stringify(name)}: have ${[...config.templates.keys()].join(', ')}`;
    }
    found.push(template);
  }
  return found;
}
