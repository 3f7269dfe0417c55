// The real binary for the tests: the demo, the same plant each time, on a free port of this computer.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.GEMBA_BIN || fileURLToPath(new URL('../../target/debug/gemba', import.meta.url));
const SEED = '1';
const NOW = '2026-11-21T10:47:18+07:00';
/** The demo writes a day of history first, on a busy computer in a debug build. */
const START_MS = 120_000;
const LOOK_MS = 200;
/** How much of its log is kept to explain a start that failed. */
const LOG_CHARS = 4_000;

/** Starts it, `speed` times as fast as real time, and waits until it answers and its machines are heard. */
export async function start(speed = 1) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const options = ['demo', '--seed', SEED, '--speed', String(speed), '--now', NOW, '--port', String(port)];
  const child = spawn(BINARY, options, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (part) => {
    log = (log + part).slice(-LOG_CHARS);
  });
  child.on('error', (error) => {
    log += error.message;
  });
  const gemba = {
    url,
    port,
    signal: (name) => child.kill(name),
    get: async (path) => (await fetch(url + path)).json(),
    stop: () => stop(child),
  };
  const until = Date.now() + START_MS;
  while (!(await isReady(gemba))) {
    if (child.exitCode !== null || Date.now() > until) {
      await stop(child);
      throw new Error(`${BINARY} demo did not come up: ${log}`);
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  return gemba;
}

async function isReady(gemba) {
  try {
    const { machines } = await gemba.get('/api/v1/snapshot');
    return machines.length > 0 && machines.some((tile) => tile.screen !== 'offline');
  } catch {
    return false;
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const last = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(last);
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
