/** Resources that one proxy has beside what the mesh is translated to, such as its own keys. They change when they like. */
import type { ResourceSet, ResourceView } from '@weft/xds/server';

/** What belongs to one proxy as long as it is connected. */
export interface ProxyAttachment {
  readonly typeUrl: string;
  /** What there is now. */
  set(): ResourceSet;
  release(): void;
}

/** A view with what belongs to the proxy in it. */
export function withAttachment(view: ResourceView, attachment: ProxyAttachment | undefined): ResourceView {
  if (attachment === undefined) return view;
  const { typeUrl } = attachment;
  const own = attachment.set();
  return { revision: view.revision, get: (wanted) => (wanted === typeUrl ? own : view.get(wanted)) };
}
