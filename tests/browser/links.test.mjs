// What a page does when nobody vouches for its figures: it says so, greys, stops its timers, and comes back by itself.
import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { open } from './chrome.mjs';
import { rare } from './rare.mjs';
import { stage } from './stage.mjs';

/** The page says so 12 s after the last word, and looks every second. */
const SAYS_MS = 15_000;
/** A silent stream is made anew every 5 s. */
const RETURNS_MS = 15_000;
const { gemba, browser, door } = await stage();

afterEach(() => {
  door.edit = (_event, data) => data;
  door.refuse = 0;
  gemba.signal('SIGCONT');
});

/** A wall of machines that stand, whose timers run. */
async function openStanding() {
  door.edit = (event, data) => {
    if (event === 'snapshot') {
      return rare(data);
    }
    return event === 'm' ? null : data;
  };
  const page = await open(browser, `${door.url}/?lang=en`);
  const timer = () => page.locator('.trouble-time').first().textContent();
  return { page, timer };
}

const bar = (page, timeout) => page.locator('.lostbar').waitFor({ timeout });
const noBar = (page) => page.locator('.lostbar').waitFor({ state: 'detached', timeout: RETURNS_MS });

async function changes(read, was) {
  const until = Date.now() + 5_000;
  while ((await read()) === was) {
    assert.ok(Date.now() < until, `still ${was}`);
  }
}

/** Two looks at something, two seconds apart: long enough for a timer that runs to show it. */
async function looks(read) {
  const first = await read();
  await new Promise((done) => setTimeout(done, 2_000));
  return [first, await read()];
}

test('timers run while the link lives', async () => {
  const { page, timer } = await openStanding();
  await changes(timer, await timer());
  assert.equal(await page.locator('.lostbar').count(), 0);
  await page.context().close();
});

test('a broken link is said within 15 s, the page greys and its timers stand still; it comes back alone', async () => {
  const { page, timer } = await openStanding();
  door.refuse = 503;
  door.cut();
  await bar(page, SAYS_MS);
  const said = await page.locator('.lostbar').textContent();
  assert.match(said, /Connection to the gateway lost.*Figures from \d\d:\d\d:\d\d/s);
  assert.equal(await page.locator('main.is-lost').count(), 1);
  const [first, second] = await looks(timer);
  assert.equal(first, second);
  door.refuse = 0;
  await noBar(page);
  assert.equal(await page.locator('main.is-lost').count(), 0);
  await changes(timer, second);
  await page.context().close();
});

test('a gateway that stopped without a word is noticed, and its return too', async () => {
  const { page, timer } = await openStanding();
  gemba.signal('SIGSTOP');
  await bar(page, SAYS_MS);
  const [first, second] = await looks(timer);
  assert.equal(first, second);
  gemba.signal('SIGCONT');
  await noBar(page);
  await page.context().close();
});

test('a gateway whose core tells nothing new is treated like a lost link', async () => {
  const { page } = await openStanding();
  door.say('hb', { ...(await beat()), stale: true });
  await bar(page, 5_000);
  assert.match(await page.locator('.lostbar').textContent(), /Stale data.*nothing new/s);
  door.say('hb', await beat());
  await noBar(page);
  await page.context().close();
});

test('a short break is no alarm', async () => {
  const { page } = await openStanding();
  let alarms = 0;
  await page.exposeFunction('alarmed', () => {
    alarms += 1;
  });
  await page.evaluate(() => {
    const look = () => document.querySelector('.lostbar') && window.alarmed();
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  });
  door.cut();
  await page.locator('.net.is-connecting').waitFor();
  await page.locator('.net.is-live').waitFor({ timeout: RETURNS_MS });
  assert.equal(alarms, 0);
  await page.context().close();
});

test('lost events make the page fetch everything again', async () => {
  const { page } = await openStanding();
  const asked = page.waitForRequest('**/api/v1/snapshot');
  door.say('resync', { lost: 3 });
  await asked;
  await page.context().close();
});

test('another build is loaded once, however often it is named', async () => {
  const { page } = await openStanding();
  let loads = 0;
  page.on('load', () => {
    loads += 1;
  });
  const loaded = page.waitForEvent('load');
  const another = { ...(await beat()), build: 'another' };
  door.say('hb', another);
  await loaded;
  await page.locator('.tile').first().waitFor();
  door.say('reload', { build: 'another' });
  door.say('hb', another);
  await looks(async () => loads);
  assert.equal(loads, 1);
  await page.context().close();
});

test('a page that nobody sees gives its connection back, and takes one when it is seen', async () => {
  const { page } = await openStanding();
  assert.equal(door.streams(), 1);
  await hide(page, true);
  await streams(0, 40_000);
  await hide(page, false);
  await streams(1, 5_000);
  await page.locator('.net.is-live').waitFor();
  await page.context().close();
});

/** Waits until so many pages are connected. */
async function streams(count, ms) {
  for (const until = Date.now() + ms; door.streams() !== count; ) {
    assert.ok(Date.now() < until, `${door.streams()} streams after ${ms} ms`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** A heartbeat as the gateway would send it now. */
async function beat() {
  const { now, build } = await gemba.get('/api/v1/snapshot');
  return { now, build, stale: false };
}

function hide(page, isHidden) {
  return page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}
