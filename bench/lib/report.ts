import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** What was measured where, when and how. */
export interface Circumstances {
  readonly command: string;
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly revision: string;
}

/** Collects the results of a benchmark as Markdown. */
export class Report {
  /** Whether only a part was measured: such a report is printed, and does not replace the last whole one. Written by the benchmark. */
  isPartial = false;
  readonly #title: string;
  readonly #parts: string[] = [];
  readonly #versions = new Map<string, string>();

  constructor(title: string) {
    this.#title = title;
  }

  /** Starts a section. */
  heading(text: string): void {
    this.#parts.push(`## ${text}`);
  }

  /** Adds a paragraph. */
  paragraph(text: string): void {
    this.#parts.push(text);
  }

  /** Adds a table; numbers are aligned to the right. */
  table(headers: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): void {
    const rule = headers.map((_, index) => (rows.every((row) => typeof row[index] === 'number') ? '--:' : '---'));
    const line = (cells: ReadonlyArray<string | number>) =>
      `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
    this.#parts.push([line(headers), line(rule), ...rows.map(line)].join('\n'));
  }

  /** Names a program that took part, with its version. */
  version(name: string, version: string): void {
    this.#versions.set(name, version);
  }

  /** The finished document. */
  format(circumstances: Circumstances): string {
    const { command, date, cpu, cores, memoryGb, kernel, node, revision } = circumstances;
    const versions = [`Node ${node}`, ...Array.from(this.#versions, ([name, version]) => `${name} ${version}`)];
    const facts = [
      `- command: \`${command}\``,
      `- date: ${date}`,
      `- machine: ${cpu}, ${cores} cores, ${memoryGb.toFixed(0)} GB, Linux ${kernel}`,
      `- versions: ${versions.join(', ')}`,
      `- revision: ${revision}`,
    ];
    return `${[`# ${this.#title}`, facts.join('\n'), ...this.#parts].join('\n\n')}\n`;
  }
}

/** Describes this machine and this run. */
export function describeCircumstances(command: string, revision: string): Circumstances {
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryGb: totalmem() / 1024 ** 3,
    kernel: readKernel(),
    node: process.versions.node,
    revision,
  };
}

function readKernel(): string {
  try {
    return readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
}
