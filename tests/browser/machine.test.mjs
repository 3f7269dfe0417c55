// The view of one machine shows the shift as the API tells it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { still } from './between.mjs';
import { open } from './chrome.mjs';
import { stage } from './stage.mjs';

const { gemba, browser, door } = await stage();

/** The machine with most stops, and the shift that its page was told last. */
async function openMachine() {
  const { machines } = await gemba.get('/api/v1/snapshot');
  const shifts = await Promise.all(machines.map(({ id }) => gemba.get(`/api/v1/machines/${id}/shift`)));
  const busiest = shifts.sort((a, b) => b.stops.length - a.stops.length)[0].tile.id;
  let told = null;
  const edit = still();
  door.edit = (event, data) => {
    if (event === 'machine') {
      told = data;
    }
    return edit(event, data);
  };
  const page = await open(browser, `${door.url}/?lang=en#/m/${busiest}`);
  return { page, told: () => told };
}

test('a tile leads to its machine and the way back to the plant', async () => {
  door.edit = still();
  const page = await open(browser, `${door.url}/?lang=en`);
  const id = await page.locator('.tile').nth(1).getAttribute('data-id');
  await page.locator('.tile').nth(1).click();
  await page.locator('.machine .band').waitFor();
  assert.ok(page.url().endsWith(`/?lang=en#/m/${id}`), page.url());
  await page.getByRole('link', { name: 'Whole plant' }).click();
  await page.locator('.tile').first().waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('band, hours and stops are those of the shift', async () => {
  const { page, told } = await openMachine();
  const shift = told();
  assert.equal(await page.locator('.band > i').count(), shift.segments.length);
  const open = shift.segments.filter((segment) => segment.unexplained).length;
  assert.equal(await page.locator('.band .is-ask').count(), open);
  assert.equal(await page.locator('.hours li').count(), shift.hours.length);
  const over = shift.hours.filter((hour) => hour.start < shift.now);
  const pieces = over.map((hour) => new Intl.NumberFormat('en-GB').format(hour.good === null ? hour.made : hour.good));
  const shown = (await page.locator('.hours li > b').allTextContents()).slice(0, over.length);
  assert.deepEqual(shown, pieces);
  assert.equal(await page.locator('.stops li').count(), Math.min(7, shift.stops.length));
  const spent = shift.times.filter(({ ms }) => ms > 0);
  assert.equal(await page.locator('.legend').first().locator('li').count(), spent.length);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('the band is as long as the time that has passed', async () => {
  const { page, told } = await openMachine();
  const { shift, now } = told();
  const band = await page.locator('.band').boundingBox();
  const last = await page.locator('.band > i').last().boundingBox();
  const drawn = (last.x + last.width - band.x) / band.width;
  const passed = (Math.min(now, shift.end) - shift.start) / (shift.end - shift.start);
  assert.ok(Math.abs(drawn - passed) < 0.01, `${drawn} of the band for ${passed} of the shift`);
  await page.context().close();
});

test('a change of state is shown at once, and the shift is asked for anew', async () => {
  const { page, told } = await openMachine();
  const before = told();
  const tile = { ...before.tile, screen: 'change', class: 'setup', since: before.now, reason: null, cause: null };
  delete tile.strip;
  door.say('m', tile);
  await page.locator('.state.s-change').waitFor();
  await page.waitForFunction(() => document.querySelector('.state h2').textContent === 'Changeover');
  await waitFor(() => told() !== before);
  await page.context().close();
});

test('a machine that is not there is said to be unknown', async () => {
  door.edit = still();
  const page = await open(browser, `${door.url}/?lang=en#/m/nowhere`);
  assert.match(await page.locator('.empty').textContent(), /There is no machine nowhere/);
  await page.context().close();
});

test('a shift that cannot be loaded is said, and the state is still shown', async () => {
  const { machines } = await gemba.get('/api/v1/snapshot');
  door.edit = still();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route('**/api/v1/machines/**', (route) => route.fulfill({ status: 503 }));
  await page.goto(`${door.url}/?lang=en#/m/${machines[0].id}`);
  await page.getByText('could not be loaded yet').waitFor();
  assert.equal(await page.locator('.state h2').count(), 1);
  await context.close();
});

async function waitFor(isTrue) {
  const until = Date.now() + 10_000;
  while (!isTrue()) {
    assert.ok(Date.now() < until, 'not within 10 s');
    await new Promise((done) => setTimeout(done, 50));
  }
}
