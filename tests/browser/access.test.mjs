// WCAG 2.2 AA as far as axe can tell, and the keyboard.
import assert from 'node:assert/strict';
import test from 'node:test';
import { still } from './between.mjs';
import { axe, open } from './chrome.mjs';
import { SCREENS } from '../../src/serve/ui/js/arrange.js';
import { rare } from './rare.mjs';
import { stage, troubled } from './stage.mjs';

const { gemba, browser, door } = await stage();
const trouble = await troubled(gemba);

for (const theme of ['dark', 'light']) {
  for (const lang of ['vi', 'en']) {
    test(`axe finds nothing on the wall, ${theme}, ${lang}`, async () => {
      door.edit = still((snapshot) => rare(snapshot));
      const page = await open(browser, `${door.url}/?theme=${theme}&lang=${lang}`);
      assert.deepEqual(await axe(page), []);
      await page.context().close();
    });
    test(`axe finds nothing on a machine, ${theme}, ${lang}`, async () => {
      door.edit = still();
      const page = await open(browser, `${door.url}/?theme=${theme}&lang=${lang}#/m/${trouble}`);
      assert.deepEqual(await axe(page), []);
      await page.context().close();
    });
  }
  test(`axe finds nothing on a machine in any state, ${theme}`, async () => {
    door.edit = still();
    const page = await open(browser, `${door.url}/?theme=${theme}&lang=en#/m/${trouble}`);
    const { machines } = await gemba.get('/api/v1/snapshot');
    const tile = machines.find(({ id }) => id === trouble);
    delete tile.strip;
    for (const screen of SCREENS) {
      door.say('m', { ...tile, screen });
      await page.locator(`.state.s-${screen}`).waitFor();
      assert.deepEqual(await axe(page, '.state'), [], screen);
    }
    await page.context().close();
  });
}

test('a machine is reached and left with the keyboard', async () => {
  door.edit = still();
  const page = await open(browser, `${door.url}/?lang=en`);
  for (let press = 0; press < 3; press += 1) {
    await page.keyboard.press('Tab');
  }
  assert.equal(await page.evaluate(() => document.activeElement.className.split(' ')[0]), 'tile');
  await page.keyboard.press('Enter');
  await page.locator('.machine .band').waitFor();
  await page.getByRole('link', { name: 'Whole plant' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.tile').first().waitFor();
  await page.context().close();
});

test('a reader is told each state, and the timers tell nobody every second', async () => {
  door.edit = still((snapshot) => rare(snapshot));
  const page = await open(browser, `${door.url}/?lang=en`);
  const names = await page.locator('.plant-states li').allTextContents();
  assert.ok(names.every((name) => /[A-Za-z]{3}/.test(name)), names.join());
  const live = await page.locator('[aria-live], [role=status], [role=alert]').allTextContents();
  assert.ok(live.every((said) => !/\d:\d\d/.test(said)), live.join());
  await page.context().close();
});

test('motion stops where people asked for less of it', async () => {
  door.edit = still();
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(`${door.url}/?lang=en`);
  await page.locator('.tile').first().waitFor();
  const moving = await page.evaluate(() => {
    const all = [...document.querySelectorAll('*')];
    return all.filter((one) => getComputedStyle(one).transitionDuration !== '0s').map((one) => one.className);
  });
  assert.deepEqual(moving, []);
  await context.close();
});
