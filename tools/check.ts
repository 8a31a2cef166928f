// `npm run check`: every static check; all run even if one fails.
import { runSteps } from './steps.ts';

const write = (text: string) => void process.stdout.write(text);

const ok = await runSteps(
  [
    { name: 'types (tsc)', command: ['tsc', '-p', '.', '--pretty', 'false'] },
    { name: 'format and lint (biome)', command: ['biome', 'ci', '--colors=off', '--diagnostic-level=warn', '.'] },
    { name: 'lint with types (oxlint)', command: ['oxlint', '--type-aware', '--deny-warnings', '.'] },
    { name: 'imports (check-deps)', command: ['node', 'tools/check-deps.ts'] },
  ],
  write,
);
write(ok ? 'check passed\n' : 'check failed; "npm run fix" mends format and simple lint\n');
process.exitCode = ok ? 0 : 1;
