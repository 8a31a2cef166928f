import { joinResources } from '../../translate/index.ts';
import { type DebugPage, json, proxyIn } from '../debug-page.ts';

/** What a proxy is sent. */
export const configDump: DebugPage = {
  name: 'config_dump',
  summary: 'the resources of one proxy as it was given them last',
  parameters: { proxyID: 'NAME.NAMESPACE of the proxy' },
  answer: (subject, query) => {
    const found = proxyIn(subject, query);
    return 'kind' in found ? found : json(joinResources(found.given.parts));
  },
};
