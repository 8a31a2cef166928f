import type { ByNamespace } from '../../model/index.ts';
import { type Aged, keyOfRef } from '../../names/object-ref.ts';
import type { Analyzer, Report } from '../analyzer.ts';

/** Policies of workloads: selectors that are ignored, and objects of which only the oldest counts. */
export const policyAnalyzer: Analyzer = {
  name: 'policies',
  analyze({ config, settings }, report) {
    const { rootNamespace } = settings;
    for (const { ref, selector } of config.peerAuthentications.get(rootNamespace) ?? []) {
      if (selector === undefined) continue;
      const message = `a PeerAuthentication of the root namespace ${rootNamespace} holds for the whole mesh and cannot select workloads; it has no effect`;
      report('SelectorIgnored', ref, message, 'spec.selector');
    }
    reportAllButOldest(config.peerAuthentications, ({ selector }) => selector === undefined, report);
    reportAllButOldest(config.sidecars, ({ workloadSelector }) => workloadSelector === undefined, report);
  },
};

function reportAllButOldest<T extends Aged>(
  lists: ByNamespace<T>,
  isForAll: (item: T) => boolean,
  report: Report,
): void {
  for (const list of lists.values()) {
    const [oldest, ...others] = list.filter(isForAll);
    for (const { ref } of others) {
      const message = `${keyOfRef(oldest!.ref)} is for the whole namespace too and older, so it counts and this one has no effect`;
      report('DuplicatePolicy', ref, message);
    }
  }
}
