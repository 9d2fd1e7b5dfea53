#!/usr/bin/env node
/**
 * Makes a clone ready and runs one TypeScript file with the Node that the project pins.
 *
 *     node local/bootstrap.mjs [--without-python] <file.ts> [arguments]
 *
 * Plain JavaScript without dependencies, because it runs before anything is installed, on whatever Node the user has.
 * Exit codes: that of the file; 2 when a prerequisite is missing; 1 when an installation failed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const OLDEST_PYTHON = [3, 10];
const PARENT_POLL_MILLISECONDS = 1000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const local = join(root, '.local');
const pinnedNode = join(root, 'node_modules', '.bin', 'node');
const startedAt = Date.now();

const parameters = process.argv.slice(2);
const withPython = parameters[0] !== '--without-python';
const [file, ...fileArguments] = withPython ? parameters : parameters.slice(1);

if (file === undefined) {
  stop(2, 'no file given, expected: node local/bootstrap.mjs [--without-python] <file.ts> [arguments]');
}
if (process.platform === 'win32') {
  stop(2, 'windows is not supported directly, run this inside WSL');
}
checkNode();
const python = withPython ? findPython() : undefined;

if (!packagesAreCurrent() || (python && !environmentIsCurrent(python))) {
  mkdirSync(local, { recursive: true });
  const unlock = await lock();
  try {
    if (!packagesAreCurrent()) {
      await installPackages();
    }
    if (python && !environmentIsCurrent(python)) {
      await makeEnvironment(python);
    }
  } finally {
    unlock();
  }
}
await runFile();

function checkNode() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE) {
    stop(2, `Node ${process.versions.node} is too old, expected ${OLDEST_NODE} or newer: https://nodejs.org`);
  }
}

/** The first of python3 and python that is new enough and can make virtual environments. */
function findPython() {
  const oldest = OLDEST_PYTHON.join('.');
  const complaints = [];
  for (const command of ['python3', 'python']) {
    const version = evaluate(command, 'import sys; print(*sys.version_info[:3], sep=".")');
    if (version === undefined) {
      continue;
    }
    const [major, minor] = version.split('.').map(Number);
    if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
      complaints.push(`${command} is ${version}`);
    } else if (evaluate(command, 'import venv, ensurepip') === undefined) {
      complaints.push(
        `${command} ${version} cannot make virtual environments (on Debian: apt install python3-venv)`,
      );
    } else {
      return { command, version };
    }
  }
  const got = complaints.length > 0 ? complaints.join('; ') : 'neither python3 nor python is on the PATH';
  return stop(2, `Python ${oldest} or newer with venv is needed for the local cloud: ${got}`);
}

/** What a line of Python prints, undefined when it fails. */
function evaluate(command, code) {
  const { status, stdout } = spawnSync(command, ['-c', code], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Compares what npm recorded as installed with the lock file, so that an `npm ci` by hand counts as well. */
function packagesAreCurrent() {
  const recorded = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(recorded) || !existsSync(pinnedNode)) {
    return false;
  }
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(recorded, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

async function installPackages() {
  say('installing npm packages from package-lock.json');
  if (spawnSync('npm', ['--version']).error) {
    stop(2, 'npm is not on the PATH, it comes with Node: https://nodejs.org');
  }
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], root);
  if (code !== 0) {
    stop(1, `npm ci failed with exit code ${code}, see its output above`);
  }
  if (!existsSync(pinnedNode)) {
    stop(
      1,
      'npm ci left no node_modules/.bin/node, allow install scripts for the package "node" and run it again',
    );
  }
  say('npm packages installed');
}

function environmentIsCurrent({ version }) {
  const marker = join(local, 'venv', 'installed');
  return existsSync(marker) && readFileSync(marker, 'utf8') === environmentMark(version);
}

function environmentMark(version) {
  const requirements = readFileSync(join(root, 'local', 'requirements.txt'));
  return `${createHash('sha256').update(requirements).digest('hex')} python ${version}\n`;
}

async function makeEnvironment({ command, version }) {
  const folder = join(local, 'venv');
  say(`installing the local cloud into .local/venv (Python ${version})`);
  rmSync(folder, { recursive: true, force: true });
  const made = await run(command, ['-m', 'venv', folder], root);
  if (made !== 0) {
    stop(1, `${command} -m venv failed with exit code ${made}, see its output above`);
  }
  const install = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    'local/requirements.txt',
  ];
  const installed = await run(join(folder, 'bin', 'python'), install, root);
  if (installed !== 0) {
    stop(1, `pip install failed with exit code ${installed}, see its output above`);
  }
  writeFileSync(join(folder, 'installed'), environmentMark(version));
  say('local cloud installed');
}

/** One installation at a time in a clone: `npm test` may be started beside `npm start`. */
async function lock() {
  const folder = join(local, 'install.lock');
  const owner = join(folder, 'pid');
  for (let waited = 0; ; waited += 1) {
    try {
      mkdirSync(folder);
      writeFileSync(owner, String(process.pid));
      const unlock = () => rmSync(folder, { recursive: true, force: true });
      process.on('exit', unlock);
      return unlock;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        throw error;
      }
    }
    if (waited > 0 && !isAlive(owner)) {
      rmSync(folder, { recursive: true, force: true });
    } else if (waited === 0) {
      say('waiting for another installation in this clone');
    }
    await new Promise((wake) => setTimeout(wake, 1000));
  }
}

function isAlive(owner) {
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return true;
  } catch {
    return false;
  }
}

async function runFile() {
  const code = await run(pinnedNode, [resolve(root, file), ...fileArguments], process.cwd());
  process.exit(code);
}

/** Runs a program in the foreground, passes signals on, and gives its exit code as a shell would. */
function run(command, commandArguments, cwd) {
  return new Promise((done) => {
    const env = { ...process.env, COUNTERSIGN_STARTED_AT: String(startedAt) };
    const child = spawn(command, commandArguments, { stdio: 'inherit', cwd, env });
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) {
      process.on(signal, forward);
    }
    // Killed, npm takes nobody with it: what runs here would go on unseen.
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid === parent || forward('SIGTERM'), PARENT_POLL_MILLISECONDS);
    const finish = (code) => {
      clearInterval(watch);
      for (const signal of signals) {
        process.off(signal, forward);
      }
      done(code);
    };
    child.on('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      finish(127);
    });
    child.on('exit', (code, signal) => finish(code ?? 128 + constants.signals[signal]));
  });
}

function say(message) {
  console.error(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${message}`);
}

function stop(code, message) {
  console.error(message);
  process.exit(code);
}
