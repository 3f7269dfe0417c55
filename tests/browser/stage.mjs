// What most tests stand on: the demo, a browser, and a door between them that can be shut.
import { after } from 'node:test';
import { between } from './between.mjs';
import { launch } from './chrome.mjs';
import { start } from './gemba.mjs';

/** Raises it, and takes it down after the last test of the file. */
export async function stage() {
  const [gemba, browser] = await Promise.all([start(), launch()]);
  const door = await between(gemba);
  after(async () => {
    await browser.close();
    await door.close();
    await gemba.stop();
  });
  return { gemba, browser, door };
}

/** A machine that is down, or the first one. */
export async function troubled(gemba) {
  const { machines } = await gemba.get('/api/v1/snapshot');
  return (machines.find((tile) => tile.screen === 'down') || machines[0]).id;
}
