// The weft process: everything below `main` gets the outside world from the context made here.
import { reportFailure } from './framework/failure.ts';
import { main } from './main.ts';
import { createStyle } from './output/style.ts';
import { createProcessContext } from './process-context.ts';

try {
  process.exitCode = await main(process.argv.slice(2), createProcessContext());
} catch (thrown: unknown) {
  const style = createStyle('auto', process.stderr.isTTY === true, process.env);
  const { exitCode, text } = reportFailure(thrown, 0, style);
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
}
