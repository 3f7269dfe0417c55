// Makes the pictures: the wall for the README, and every screen of the design in both languages and themes, into a folder.
// Usage: node pictures.mjs FOLDER   (GEMBA_BIN or target/debug/gemba runs the demo)
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, open } from './chrome.mjs';
import { start } from './gemba.mjs';

const MODES = { tv: [1920, 1080], tablet: [1280, 800], phone: [390, 844] };
const folder = process.argv[2];
if (!folder) {
  console.error('usage: node pictures.mjs FOLDER');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const gemba = await start();
const browser = await launch();
try {
  const { machines } = await gemba.get('/api/v1/snapshot');
  const trouble = machines.find((tile) => tile.screen === 'down') || machines[0];
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
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)));
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: size === MODES.phone });
  await page.context().close();
  console.log(`${name}.png`);
}
