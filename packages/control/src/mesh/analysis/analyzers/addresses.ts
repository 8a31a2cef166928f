import { refOf } from '../../names/object-ref.ts';
import { hostsForAddresses, wantsAddresses } from '../../registry/service-entry.ts';
import type { Analyzer } from '../analyzer.ts';

/** Hosts for which no address is left. */
export const addressAnalyzer: Analyzer = {
  name: 'addresses',
  analyze({ objects, registry }, report) {
    for (const entry of objects.ServiceEntry.values()) {
      if (!wantsAddresses(entry)) continue;
      for (const host of hostsForAddresses(entry)) {
        if (registry.autoAddresses.has(`${entry.metadata.namespace ?? ''}/${host}`)) continue;
        const message = `no address is left for ${host}: TCP connections to it cannot be told from others; set spec.addresses`;
        report('AddressPoolExhausted', refOf('ServiceEntry', entry), message, 'spec.hosts');
      }
    }
  },
};
