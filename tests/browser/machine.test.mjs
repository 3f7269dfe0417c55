// The view of one machine shows the shift as the API tells it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { still } from './between.mjs';
import { open } from './chrome.mjs';
import { stage } from './stage.mjs';

const HOUR = 3_600_000;
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

/** Labels of one kind that run into each other, or out of their chart, in words. Runs in the page. */
function collisions() {
  const found = [];
  const kinds = ['.band-hours span', '.hours b', '.hours small', '.hours li > span[data-label]'];
  for (const kind of kinds) {
    const all = [...document.querySelectorAll(kind)];
    const seen = all.filter((one) => getComputedStyle(one).visibility === 'visible' && one.textContent);
    const boxes = seen.map((one) => ({ box: one.getBoundingClientRect(), text: one.textContent }));
    boxes.sort((a, b) => a.box.left - b.box.left);
    for (let at = 1; at < boxes.length; at += 1) {
      if (boxes[at - 1].box.right > boxes[at].box.left) {
        found.push(`${kind}: ${boxes[at - 1].text} runs into ${boxes[at].text}`);
      }
    }
    found.push(...(boxes.length < 2 && kind !== '.hours small' ? [`${kind}: ${boxes.length} seen`] : []));
  }
  return found;
}

for (const hours of [8, 24, 25]) {
  test(`the labels of ${hours} hours stand apart on every width`, async () => {
    const edit = still();
    // A plant without shifts, in whose hours many pieces are made.
    door.edit = (event, data) => {
      if (event !== 'machine') {
        return edit(event, data);
      }
      const start = data.shift.start;
      const many = Array.from({ length: hours }, (_, at) => ({
        ...data.hours[0],
        ...{ start: start + at * HOUR, end: start + (at + 1) * HOUR, made: 12_345, good: 12_300, plan_so_far: 11_000 },
      }));
      const end = start + hours * HOUR;
      return { ...data, shift: { ...data.shift, end }, hours: many, now: end - HOUR / 2 };
    };
    const { machines } = await gemba.get('/api/v1/snapshot');
    for (const size of [[360, 640], [1280, 800], [1920, 1080]]) {
      const page = await open(browser, `${door.url}/?lang=vi#/m/${machines[0].id}`, size);
      // Measured once it is drawn.
      await page.waitForFunction(`(${collisions})().length === 0`, null, { timeout: 3_000 }).catch(() => {});
      assert.deepEqual(await page.evaluate(collisions), [], `${size}`);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.waitForFunction(`(${collisions})().length === 0`, null, { timeout: 3_000 }).catch(() => {});
      assert.deepEqual(await page.evaluate(collisions), [], `${size}, then 390 wide`);
      await page.context().close();
    }
  });
}

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
