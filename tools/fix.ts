// `npm run fix`: applies what the formatter and the linters can mend by themselves.
import { runSteps } from './steps.ts';

const write = (text: string) => void process.stdout.write(text);

// One after the other, since both write files.
const formatted = await runSteps(
  [{ name: 'biome', command: ['biome', 'check', '--write', '--colors=off', '.'] }],
  write,
);
const linted = await runSteps([{ name: 'oxlint', command: ['oxlint', '--type-aware', '--fix', '.'] }], write);
process.exitCode = formatted && linted ? 0 : 1;
