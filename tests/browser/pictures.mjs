// Makes the pictures: the wall for the README, and each view on each screen in both languages and themes.
// Usage: node pictures.mjs FOLDER   (GEMBA_BIN or target/debug/gemba runs the demo)
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, open } from './chrome.mjs';
import { start } from './gemba.mjs';

/** The demo lives so fast until there is something to see, at most for so long. */
const SPEED = 20;
const LOOK_MS = 300;
const PATIENCE_MS = 300000;
const MODES = { tv: [1920, 1080], tablet: [1280, 800], phone: [390, 844] };
const folder = process.argv[2];
if (!folder) {
  console.error('usage: node pictures.mjs FOLDER');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const gemba = await start(SPEED);
const browser = await launch();
try {
  const trouble = await moment();
  const routes = { wall: '#/', machine: `#/m/${trouble.id}` };
  await shoot(`${gemba.url}/?lang=en&theme=dark${routes.wall}`, MODES.tv, 'readme-wall');
  for (const [mode, size] of Object.entries(MODES)) {
    for (const lang of ['vi', 'en']) {
      for (const theme of ['dark', 'light']) {
        for (const [route, hash] of Object.entries(routes)) {
          await shoot(`${gemba.url}/?lang=${lang}&theme=${theme}${hash}`, size, [route, mode, lang, theme].join('-'));
        }
      }
    }
  }
} finally {
  await browser.close();
  await gemba.stop();
}

async function shoot(address, size, name) {
  const page = await open(browser, address, size);
  // The bars' own movement ends before the picture is taken.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)));
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: size === MODES.phone });
  await page.context().close();
  console.log(`${name}.png`);
}

/** Waits until one machine is down, another stands too, and nothing is being worked out; the one that is down. */
async function moment() {
  for (const until = Date.now() + PATIENCE_MS; ; ) {
    const { machines } = await gemba.get('/api/v1/snapshot');
    const down = machines.find((tile) => tile.screen === 'down');
    const screens = new Set(machines.map((tile) => tile.screen));
    const isSettled = machines.every((tile) => !tile.recomputing && tile.screen !== 'planned');
    if ((down && screens.size > 2 && isSettled) || Date.now() > until) {
      return down || machines[0];
    }
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}
