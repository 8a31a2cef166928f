/** Seconds between two lines where the output is a file or a pipe; a terminal's line is rewritten every second. */
const PLAIN_INTERVAL_SECONDS = 5;

/**
 * Shows that something long is under way and for how long, on standard error.
 * @param {string} label
 * @param {NodeJS.WriteStream} [stream]
 */
export function startProgress(label, stream = process.stderr) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1000);
  const write = (text) => stream.write(stream.isTTY ? `\r\x1b[2Kweft: ${text}` : `weft: ${text}\n`);
  write(`${label} …`);
  const timer = setInterval(
    () => write(`${label} … ${seconds()} s`),
    stream.isTTY ? 1000 : PLAIN_INTERVAL_SECONDS * 1000,
  );
  const end = (text) => {
    clearInterval(timer);
    write(text);
    if (stream.isTTY) stream.write('\n');
  };
  return {
    done: () => end(`${label}: done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`),
    fail: () => end(`${label}: failed after ${seconds()} s`),
  };
}
