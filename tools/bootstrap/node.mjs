// Which Node runs everything else: the running one if it is new enough, else the one that npm installed for this platform.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './error.mjs';

const REQUIRED_MAJOR = 24;
const BUNDLED = new Set(['linux-x64', 'linux-arm64']);

const runningMajor = () => Number.parseInt(process.versions.node, 10);

function howToGetNode() {
  return (
    `Weft needs Node ${REQUIRED_MAJOR} or later; this is Node ${process.versions.node} on ${process.platform}-${process.arch}.\n` +
    `  On ${[...BUNDLED].join(' and ')} (glibc) it comes with "npm ci". Here, install it yourself and run the command again:\n` +
    '    macOS:     brew install node@24     (or the installer from nodejs.org)\n' +
    '    anywhere:  nvm install 24           (or fnm, volta, asdf, mise)'
  );
}

/** Says at once, before any download, when this machine needs a newer Node that we cannot bring along. */
export function refuseUnsupportedPlatform() {
  if (runningMajor() >= REQUIRED_MAJOR || BUNDLED.has(`${process.platform}-${process.arch}`)) return;
  throw new BootstrapError(howToGetNode(), 2);
}

/**
 * The Node binary for the verbs.
 * @param {string} root
 * @returns {string}
 */
export function chooseNode(root) {
  if (runningMajor() >= REQUIRED_MAJOR) return process.execPath;
  const bundled = path.join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(bundled)) return bundled;
  throw new BootstrapError(
    `${howToGetNode()}\n  (${bundled} is missing: was npm told to omit optional dependencies?)`,
    2,
  );
}
