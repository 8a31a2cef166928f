import type { HeaderTarget } from '../../headers/apply-mutations.ts';
import type { RequestView } from '../../view/request-view.ts';
import type { StreamView } from '../../view/stream-view.ts';
import { joinLines } from './views.ts';

/** A list of header fields in their order, each in its own line. */
export class HeaderBag implements HeaderTarget {
  lines: [name: string, value: string][];

  constructor(lines: readonly (readonly [string, string])[] = []) {
    this.lines = lines.map(([name, value]) => [name, value]);
  }

  get(name: string): string | undefined {
    const values = this.all(name);
    return values.length === 0 ? undefined : joinLines(name, values);
  }

  all(name: string): string[] {
    return this.lines.flatMap(([own, value]) => (own === name ? [value] : []));
  }

  set(name: string, value: string): void {
    this.remove(name);
    this.add(name, value);
  }

  add(name: string, value: string): void {
    this.lines.push([name, value]);
  }

  forEach(visit: (name: string, value: string) => void): void {
    for (const [name, value] of this.lines) visit(name, value);
  }

  remove(name: string): void {
    this.lines = this.lines.filter(([own]) => own !== name);
  }
}

/** A stream of which formats read the request only. */
export function streamView(request: RequestView): StreamView {
  const view: Partial<StreamView> = { request };
  return view as StreamView;
}
