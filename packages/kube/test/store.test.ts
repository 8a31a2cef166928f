import { noopLogger } from '@weft/core';
import { type TestHooks, tempDir } from '@weft/testkit';
import { createMemoryMedium, loadObjectStorage, type Medium } from '../src/server/store/index.ts';
import { SqliteMedium } from '../src/server/store/sqlite-medium.ts';
import { storeContract } from './store-contract.ts';
import type { StoreSubject } from './store-steps.ts';

function subject(t: TestHooks, programs: number, createMedium: () => Medium): StoreSubject {
  return {
    programs,
    open: async (options = {}) => {
      const store = await loadObjectStorage({ medium: createMedium(), log: noopLogger, ...options });
      t.after(() => store.close());
      return store;
    },
  };
}

storeContract({ name: 'memory', create: (t) => subject(t, 300, () => createMemoryMedium(1000)) });
storeContract({
  name: 'sqlite',
  create: (t) => subject(t, 10, () => new SqliteMedium({ folder: tempDir(t), firstRevision: 0 })),
});
