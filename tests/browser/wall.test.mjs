// The wall shows what the API says: states, figures, doubts, languages, pages.
import assert from 'node:assert/strict';
import test from 'node:test';
import { still } from './between.mjs';
import { open } from './chrome.mjs';
import { rare } from './rare.mjs';
import { stage } from './stage.mjs';

const TV = [1920, 1080];
const PHONE = [390, 844];
const { gemba, browser, door } = await stage();

/** A page that stands still at the snapshot given back. */
async function openStill(query, size, change) {
  let shown = null;
  const edit = still(change);
  door.edit = (event, data) => {
    const told = edit(event, data);
    if (event === 'snapshot') {
      shown = told;
    }
    return told;
  };
  const page = await open(browser, `${door.url}/${query}`, size);
  return { page, shown };
}

const text = (page, id, of) => page.locator(`[data-id="${id}"] [data-of="${of}"]`).textContent();
/** As English writes it: 1,234 and 67. */
const plain = (n) => new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 }).format(n);
const hundredths = (ratio) => plain(Math.round(ratio * 1000) / 10);

test('every machine has a tile with its state in a word, a drawing and a class', async () => {
  const { page, shown } = await openStill('?lang=en');
  assert.ok(shown.machines.length >= 6);
  assert.equal(await page.locator('.tile').count(), shown.machines.length);
  for (const tile of shown.machines) {
    const place = page.locator(`[data-id="${tile.id}"]`);
    assert.match(await place.getAttribute('class'), new RegExp(`\\bs-${tile.screen}\\b`));
    assert.ok((await place.locator('.tile-state span').textContent()).trim().length > 2);
    assert.equal(await place.locator('.tile-state svg').count(), 1);
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('the figures of each tile are those of the snapshot', async () => {
  const { page, shown } = await openStill('?lang=en');
  for (const tile of shown.machines) {
    const isShown = tile.ratios.shown !== 'none' && tile.ratios.oee !== null;
    const about = tile.ratios.shown === 'approx' ? '~' : '';
    const oee = isShown ? about + hundredths(tile.ratios.oee) : '–';
    assert.equal(await text(page, tile.id, 'oee'), oee, tile.id);
    if (tile.good !== null) {
      assert.equal(await text(page, tile.id, 'good'), plain(tile.good), tile.id);
    } else {
      assert.equal(await text(page, tile.id, 'made'), plain(tile.made), tile.id);
    }
    if (['run', 'slow', 'short', 'planned'].includes(tile.screen) && tile.ratios.shown !== 'none') {
      const { availability } = tile.ratios;
      const figure = availability === null ? '–' : hundredths(availability);
      assert.equal(await text(page, tile.id, 'availability'), figure, tile.id);
    }
  }
  const { plant } = shown;
  const isShown = plant.ratios.shown !== 'none' && plant.ratios.oee !== null;
  const about = plant.ratios.shown === 'approx' ? '~' : '';
  const oee = isShown ? about + hundredths(plant.ratios.oee) : '–';
  assert.equal(await page.locator('.plant [data-of="oee"]').textContent(), oee);
  assert.equal(await page.locator('.plant [data-of="good"]').textContent(), plain(plant.good));
  await page.context().close();
});

test('the snapshot and /api/v1/wall say the same OEE and pieces', async () => {
  // Time goes on between two answers: the snapshot's figures lie between those of a wall before it and one after it.
  const before = await gemba.get('/api/v1/wall');
  const snapshot = await gemba.get('/api/v1/snapshot');
  const later = await gemba.get('/api/v1/wall');
  for (const tile of snapshot.machines) {
    const [one, two] = [before, later].map((wall) => wall.machines.find((machine) => machine.id === tile.id));
    const [oeeOne, oeeTwo] = [one.kpi.oee, two.kpi.oee];
    assert.equal(tile.ratios.oee === null, oeeOne === null && oeeTwo === null, tile.id);
    if (tile.ratios.oee !== null) {
      const slack = 0.002;
      assert.ok(tile.ratios.oee >= Math.min(oeeOne, oeeTwo) - slack, `${tile.id} ${tile.ratios.oee} ${oeeOne}`);
      assert.ok(tile.ratios.oee <= Math.max(oeeOne, oeeTwo) + slack, `${tile.id} ${tile.ratios.oee} ${oeeTwo}`);
    }
  }
});

test('a plant without OEE says why, and which machines that lies in', async () => {
  const without = (snapshot) => {
    const ratios = { ...snapshot.plant.ratios, oee: null, quality: null, availability: 0.82, performance: 0.91 };
    const lacking = snapshot.machines.slice(0, 3).map((tile) => tile.id);
    const plant = { ...snapshot.plant, ratios: { ...ratios, shown: 'full' }, why: 'missing_rejects', lacking };
    return { ...snapshot, plant };
  };
  const { page, shown } = await openStill('?lang=en', [1280, 800], without);
  const [first, second] = shown.machines.map((tile) => tile.name.en || tile.name[''] || tile.id);
  const lack = page.locator('.plant [data-of="lack"]');
  assert.equal(await lack.textContent(), `No OEE: rejects not counted on ${first}, ${second} +1`);
  const figure = (of) => page.locator(`.plant [data-of="${of}"]`).textContent();
  assert.deepEqual([await figure('oee'), await figure('availability'), await figure('quality')], ['–', '82', '–']);
  await page.locator('.switch').first().click();
  assert.match(await lack.textContent(), /^Không có OEE: chưa đếm NG ở .*\+1$/);
  await page.context().close();
});

test('states and doubts that are rare are said in words', async () => {
  const { page } = await openStill('?lang=en', [1280, 800], (snapshot) => rare(snapshot));
  const said = async (at) => (await page.locator('.tile').nth(at).textContent()).replace(/\s+/g, ' ');
  assert.match(await said(0), /Down.*No reason yet/);
  assert.match(await said(1), /Down.*Tool/);
  assert.match(await said(2), /Waiting.*Blocked/);
  assert.match(await said(3), /Changeover/);
  assert.match(await said(4), /No signal.*No PLC signal since \d\d:\d\d/);
  assert.match(await said(5), /Short stop.*–.*Commissioning, not in OEE/);
  assert.equal(await page.locator('.tile').nth(5).locator('[data-of="good"], [data-of="made"]').count(), 0);
  assert.match(await said(6), /Running slow.*Recomputing.*Provisional.*Counts to confirm: 3/);
  assert.match(await said(7), /No order/);
  assert.match(await said(8), /Planned stop/);
  assert.match(await said(9), /–.*Total count.*Too early to say/);
  assert.match(await said(10), /~\d+.*Data coverage 83%/);
  assert.match(await said(11), /106/);
  await page.context().close();
});

test('a PLC that is silent changes its own tile and no other', async () => {
  const { page, shown } = await openStill('?lang=en', [1280, 800], (snapshot) => {
    const machines = snapshot.machines.map((tile) => ({ ...tile, screen: 'run', class: 'running' }));
    return { ...snapshot, machines };
  });
  const [first] = shown.machines;
  const silent = { ...first, screen: 'offline', class: 'unknown', since: shown.now, last_data: shown.now };
  delete silent.strip;
  door.say('m', silent);
  await page.locator(`[data-id="${first.id}"].s-offline`).waitFor();
  assert.equal(await page.locator('.tile.s-offline').count(), 1);
  assert.match(await page.locator('.tile.s-offline').textContent(), /No PLC signal since/);
  assert.equal(await page.locator('.is-lost').count(), 0);
  await page.context().close();
});

test('between shifts the bar names the next one', async () => {
  const { page } = await openStill('?lang=en', [1280, 800], (snapshot) => {
    const next = { id: 'b', name: 'B', start: snapshot.now + 3_600_000 };
    return { ...snapshot, shift: null, next };
  });
  assert.match(await page.locator('.shift').textContent(), /No shift now, next \d\d:\d\d/);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a plant without machines says so and what to do', async () => {
  const { page } = await openStill('?lang=en', [1280, 800], (snapshot) => ({ ...snapshot, machines: [] }));
  assert.match(await page.locator('.empty').textContent(), /No machines yet.*configuration file/s);
  await page.context().close();
});

test('the language changes words, figures and the page itself', async () => {
  const { page } = await openStill('?lang=vi', [1280, 800], (snapshot) => {
    const plant = { ...snapshot.plant, good: 7978 };
    return { ...snapshot, plant };
  });
  const good = page.locator('.plant [data-of="good"]');
  assert.equal(await good.textContent(), '7.978');
  await page.locator('.switch').first().click();
  await page.getByText('Plant OEE').waitFor();
  assert.equal(await good.textContent(), '7,978');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.equal(await page.getByText('⟦').count(), 0);
  await page.context().close();
});

test('a device remembers its theme', async () => {
  const { page } = await openStill('?lang=en');
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  await page.getByLabel('Switch to light').click();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'light');
  await page.reload();
  await page.locator('.tile').first().waitFor();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'light');
  await page.context().close();
});

test('a phone puts trouble first, a tablet keeps the order of the line', async () => {
  const order = (page) => page.locator('.tile').evaluateAll((all) => all.map((tile) => tile.dataset.screen));
  const turned = (snapshot) => {
    const machines = snapshot.machines.map((tile) => ({ ...tile, screen: 'run' }));
    machines[machines.length - 1] = { ...machines[machines.length - 1], screen: 'down', class: 'unexplained' };
    return { ...snapshot, machines };
  };
  const phone = await openStill('', PHONE, turned);
  assert.equal((await order(phone.page))[0], 'down');
  await phone.page.context().close();
  const tablet = await openStill('', [1280, 800], turned);
  assert.equal((await order(tablet.page)).pop(), 'down');
  await tablet.page.context().close();
});

test('more than twenty machines are shown on a TV page by page, trouble first', async () => {
  const many = (snapshot) => {
    const { machines, ...rest } = rare(snapshot, 30);
    const calm = machines.map((tile, at) => ({ ...tile, screen: at === 29 ? 'down' : 'run' }));
    return { ...rest, machines: calm };
  };
  const { page, shown } = await openStill('?lang=en', TV, many);
  assert.equal(await page.locator('.tile').count(), 6);
  assert.equal(await page.locator('.tile').last().getAttribute('data-id'), shown.machines[29].id);
  assert.match(await page.locator('.top').textContent(), /Page 1 of 3/);
  await page.getByText('Page 2 of 3').waitFor({ timeout: 40_000 });
  assert.equal(await page.locator('.tile').first().getAttribute('data-id'), shown.machines[0].id);
  await page.context().close();
});
