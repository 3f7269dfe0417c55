// Nothing is cut off, runs over or scrolls sideways: on every screen, in both languages, in usual and rare states.
import assert from 'node:assert/strict';
import test from 'node:test';
import { still } from './between.mjs';
import { SCREENS, open } from './chrome.mjs';
import { rare } from './rare.mjs';
import { stage, troubled } from './stage.mjs';

const { gemba, browser, door } = await stage();
const trouble = await troubled(gemba);

/** What is wrong with how a page stands, in words. Runs in the page. */
function faults() {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) {
    found.push(`scrolls sideways by ${root.scrollWidth - innerWidth} px`);
  }
  if (root.dataset.mode === 'tv' && root.scrollHeight > innerHeight) {
    found.push(`a TV scrolls by ${root.scrollHeight - innerHeight} px`);
  }
  const slack = 1.5;
  const boxes = '.tile-head, .tile-body, .foot, .plant > *, .card, .state, .top, .lostbar';
  const hidden = '.unseen, :not([data-mode="tv"]) > body .plant-states small';
  for (const box of document.querySelectorAll(boxes)) {
    const outer = box.getBoundingClientRect();
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const word = walker.currentNode;
      if (!word.textContent.trim() || word.parentElement.closest(hidden)) {
        continue;
      }
      const range = document.createRange();
      range.selectNodeContents(word);
      const inner = range.getBoundingClientRect();
      const isSeen = inner.width > 0 && inner.height > 0;
      const isOut =
        inner.left < outer.left - slack ||
        inner.right > outer.right + slack ||
        inner.top < outer.top - slack ||
        inner.bottom > outer.bottom + slack;
      if (isSeen && isOut) {
        found.push(`"${word.textContent.trim()}" runs out of .${box.className}`);
      }
    }
  }
  return found;
}

for (const [width, height] of SCREENS) {
  for (const lang of ['vi', 'en']) {
    for (const route of ['wall', 'machine']) {
      test(`${route} in ${lang} fits ${width}x${height}`, async () => {
        door.edit = still();
        const hash = route === 'wall' ? '#/' : `#/m/${trouble}`;
        const page = await open(browser, `${door.url}/?lang=${lang}${hash}`, [width, height]);
        assert.deepEqual(await page.evaluate(faults), []);
        await page.context().close();
      });
    }
    test(`a wall of rare states in ${lang} fits ${width}x${height}`, async () => {
      door.edit = still((snapshot) => rare(snapshot));
      const page = await open(browser, `${door.url}/?lang=${lang}`, [width, height]);
      assert.deepEqual(await page.evaluate(faults), []);
      await page.context().close();
    });
  }
}

test('a wall of one machine, of twenty and of a hundred fits a TV', async () => {
  for (const count of [1, 20, 100]) {
    door.edit = still((snapshot) => rare(snapshot, count));
    const page = await open(browser, `${door.url}/?lang=vi`, [1920, 1080]);
    assert.deepEqual(await page.evaluate(faults), [], `${count} machines`);
    await page.context().close();
  }
});

test('the bar of a lost link fits a phone and covers no machine', async () => {
  const held = still();
  // No heartbeat of the gateway takes the bar away while it is looked at.
  door.edit = (event, data) => (event === 'hb' ? { ...data, stale: true } : held(event, data));
  for (const size of [[390, 844], [800, 1280], [1280, 800]]) {
    const page = await open(browser, `${door.url}/?lang=vi`, size);
    const { now, build } = await gemba.get('/api/v1/snapshot');
    door.say('hb', { now, build, stale: true });
    await page.locator('.lostbar').waitFor();
    assert.deepEqual(await page.evaluate(faults), []);
    const bar = await page.locator('.lostbar').boundingBox();
    const plant = await page.locator('.plant').boundingBox();
    assert.ok(bar.y + bar.height <= plant.y + 1, `the bar ends at ${bar.height}, the plant begins at ${plant.y}`);
    await page.context().close();
  }
});
