// Checks the rules of the code's structure: see "Dependency direction" in CONTRIBUTING.md. Usage: node tools/check-deps.ts [root]
import path from 'node:path';
import { checkWorkspace } from './deps/check.ts';
import { loadWorkspace } from './deps/workspace.ts';

const root = path.resolve(process.argv[2] ?? path.dirname(import.meta.dirname));
const workspace = loadWorkspace(root);
const findings = checkWorkspace(workspace);
for (const { file, line, message, rule } of findings) process.stdout.write(`${file}:${line}: ${message} [${rule}]\n`);
process.stdout.write(`${workspace.files.length} files, ${findings.length} violations\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
