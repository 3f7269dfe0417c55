// The page's pure functions, without a browser: words, formats, order, pages, strip, pace.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'node:test';
import * as arrange from '../../src/serve/ui/js/arrange.js';
import * as labels from '../../src/serve/ui/js/labels.js';
import * as i18n from '../../src/serve/ui/js/i18n.js';
import { WORDS } from '../../src/serve/ui/js/words.js';

const JS = fileURLToPath(new URL('../../src/serve/ui/js/', import.meta.url));
const HOUR = 3_600_000;
const MINUTE = 60_000;
const holes = (text) => (text.match(/\{\w+\}/g) || []).sort().join();

/** Runs `check` in each language. */
function inBoth(check) {
  for (const language of ['vi', 'en']) {
    i18n.setLanguage(language);
    check(language);
  }
}

test('both languages have the same words with the same placeholders', () => {
  assert.deepEqual(Object.keys(WORDS.vi).sort(), Object.keys(WORDS.en).sort());
  for (const key of Object.keys(WORDS.vi)) {
    assert.equal(holes(WORDS.vi[key]), holes(WORDS.en[key]), key);
  }
});

test('every word the page asks for by name is there, and none is left over', () => {
  const source = readdirSync(JS, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.js') && path !== 'words.js')
    .map((path) => readFileSync(JS + path, 'utf8'))
    .join('\n');
  const named = [...source.matchAll(/'([a-z]+(?:\.[a-z_]+)+)'/g)].map(([, key]) => key);
  const asked = named.filter((key) => !key.endsWith('.js'));
  for (const key of asked) {
    assert.ok(key in WORDS.en || `${key}.one` in WORDS.en, key);
  }
  // Words whose last part comes from the data.
  const made = /^(state|class|cause|fault|wait|factor|note|lack|nav\.theme)\./;
  for (const key of Object.keys(WORDS.en)) {
    assert.ok(made.test(key) || asked.includes(key) || asked.includes(key.replace(/\.(one|other)$/, '')), key);
  }
});

test('figures are written as each language writes them', () => {
  i18n.setLanguage('vi');
  assert.equal(i18n.num(7978), '7.978');
  assert.equal(i18n.pct(0.672, 1), '67,2%');
  assert.equal(i18n.pct(null), '–');
  i18n.setLanguage('en');
  assert.equal(i18n.num(7978), '7,978');
  assert.equal(i18n.pct(0.672, 1), '67.2%');
  assert.equal(i18n.hundredths(1.064), '106');
});

test('times are written long and narrow', () => {
  const long = 3 * HOUR + 13 * MINUTE;
  i18n.setLanguage('vi');
  assert.equal(i18n.duration(long), '3 giờ 13 phút');
  assert.equal(i18n.durationNarrow(long), '3g13');
  assert.equal(i18n.duration(24_000), '24 giây');
  assert.equal(i18n.durationNarrow(24_000), '24s');
  i18n.setLanguage('en');
  assert.equal(i18n.duration(long), '3 h 13 min');
  assert.equal(i18n.duration(2 * HOUR), '2 h');
  assert.equal(i18n.durationNarrow(HOUR + 5 * MINUTE), '1h05');
  // 59.6 s is a minute once rounded, and 59.9 min an hour.
  assert.equal(i18n.duration(59_600), '1 min');
  assert.equal(i18n.duration(HOUR - 6_000), '1 h');
});

test('a timer counts seconds, and no time is negative', () => {
  assert.equal(i18n.timer(0), '0:00');
  assert.equal(i18n.timer(-5), '0:00');
  assert.equal(i18n.timer(12 * MINUTE + 45_999), '12:45');
  assert.equal(i18n.timer(HOUR + MINUTE + 1_000), '1:01:01');
});

test("clocks show the plant's time, not the device's", () => {
  const at = Date.UTC(2026, 10, 21, 3, 47, 18);
  i18n.setZone('Asia/Ho_Chi_Minh');
  assert.equal(i18n.clock(at), '10:47');
  assert.equal(i18n.clock(at, true), '10:47:18');
  i18n.setZone('Asia/Kolkata');
  assert.equal(i18n.clock(at), '09:17');
  i18n.setZone('Asia/Ho_Chi_Minh');
  assert.equal(i18n.clock(Date.UTC(2026, 10, 21, 17)), '00:00');
  assert.equal(i18n.day(at), '21/11');
});

test('one is one only where the language says so', () => {
  i18n.setLanguage('en');
  assert.equal(i18n.tn('machine.stops', 1), '1 stop');
  assert.equal(i18n.tn('machine.stops', 2), '2 stops');
  i18n.setLanguage('vi');
  assert.equal(i18n.tn('machine.stops', 1), '1 lần dừng');
});

test('a name comes in the language shown, else in the one there is', () => {
  inBoth((language) => {
    assert.equal(i18n.named({ vi: 'Máy 1', en: 'Machine 1' }), language === 'vi' ? 'Máy 1' : 'Machine 1');
    assert.equal(i18n.named({ '': 'M1' }), 'M1');
    assert.equal(i18n.named({ ko: '기계' }), '기계');
    assert.equal(i18n.named(null), '');
  });
});

test('the language is the first that the page speaks', () => {
  assert.equal(i18n.pickLanguage('en', 'vi'), 'en');
  assert.equal(i18n.pickLanguage(null, 'xx', 'en'), 'en');
  assert.equal(i18n.pickLanguage(null, null, 'ko'), 'vi');
});

const tile = (id, screen) => ({ id, screen });

test('trouble comes first, and among equals the line keeps its order', () => {
  const tiles = [tile('a', 'run'), tile('b', 'down'), tile('c', 'planned'), tile('d', 'down'), tile('e', 'short')];
  assert.equal(arrange.troubleFirst(tiles).map(({ id }) => id).join(''), 'bdeac');
  assert.equal(tiles[0].id, 'a');
});

test('up to twenty machines are one page; more are pages of twelve, those with a machine down first and longer', () => {
  const line = (count) => Array.from({ length: count }, (_, at) => tile(`m${at}`, at === 25 ? 'down' : 'run'));
  assert.equal(arrange.pages(line(20)).length, 1);
  const pages = arrange.pages(line(30));
  // 30 = 12 + 12 + 6; machine 25 is on the third.
  assert.deepEqual(pages.map(({ ids }) => ids.length), [6, 12, 12]);
  assert.ok(pages[0].ms > pages[1].ms);
  assert.equal(arrange.pages([])[0].ids.length, 0);
});

test('a strip goes on, and a stop that turns out long is drawn anew as a whole', () => {
  const strip = [[0, 'run'], [600, 'short']];
  assert.deepEqual(arrange.continued(strip, 700, 'run'), [[0, 'run'], [600, 'short'], [700, 'run']]);
  assert.deepEqual(arrange.continued(strip, 600, 'down'), [[0, 'run'], [600, 'down']]);
  assert.deepEqual(arrange.continued(strip, 300, 'down'), [[0, 'run'], [300, 'down']]);
  assert.deepEqual(arrange.continued([[0, 'run']], 50, 'run'), [[0, 'run']]);
});

test('a strip never grows without end', () => {
  let strip = [];
  for (let second = 0; second < 5_000; second += 1) {
    strip = arrange.continued(strip, second, second % 2 ? 'run' : 'slow');
  }
  assert.ok(strip.length <= 1_001);
});

const goals = { oee: 0.7, availability: 0.9, performance: 0.8, quality: 0.98 };

test('the weakest factor is the one furthest below its own target', () => {
  // 0.81 / 0.9 = 0.90 against 0.76 / 0.8 = 0.95.
  const ratios = { availability: 0.81, performance: 0.76, quality: 0.99 };
  assert.equal(arrange.weakest(ratios, goals), 'availability');
  assert.equal(arrange.weakest({ availability: 0.95, performance: 0.9, quality: 1 }, goals), null);
  assert.equal(arrange.weakest({ availability: null, performance: 0.79, quality: null }, goals), 'performance');
  const none = { oee: null, availability: null, performance: null, quality: null };
  assert.equal(arrange.weakest(ratios, none), null);
});

test('within three per cent of the plan is on pace', () => {
  assert.equal(arrange.pace(971, 1000), 0);
  assert.equal(arrange.pace(970, 1000), -30);
  assert.equal(arrange.pace(1030, 1000), 30);
  assert.equal(arrange.pace(null, 1000), null);
  assert.equal(arrange.pace(5, null), null);
});

test('no share of a plan that is none', () => {
  assert.equal(arrange.achieved(50, 100), 0.5);
  assert.equal(arrange.achieved(0, 0), null);
  assert.equal(arrange.achieved(null, 10), null);
});

test('ratios the server does not stand behind are not shown', () => {
  const ratios = { oee: 0.7, availability: 0.8, performance: 0.9, quality: 1, shown: 'none' };
  assert.equal(arrange.believed(ratios).oee, null);
  assert.equal(arrange.believed({ ...ratios, shown: 'approx' }).oee, 0.7);
});

test('the full hours of a shift stand between its ends, whatever minute it begins', () => {
  i18n.setZone('Asia/Ho_Chi_Minh');
  const six = Date.UTC(2026, 10, 20, 23);
  const hours = (start, end) => labels.fullHours(start, end, i18n.clock).map((at) => i18n.clock(at));
  assert.deepEqual(hours(six, six + 3 * HOUR), ['07:00', '08:00']);
  assert.deepEqual(hours(six + 30 * MINUTE, six + 3 * HOUR), ['07:00', '08:00']);
});

test('as many hours are labelled as there is room for, those that divide the day first', () => {
  assert.deepEqual([labelSteps(60), labelSteps(40), labelSteps(12), labelSteps(1)], [1, 1, 4, 24]);
  const clock = (hour) => `${String((hour + 7) % 24).padStart(2, '0')}:00`;
  const hours = Array.from({ length: 23 }, (_, at) => at);
  const kept = hours.filter((_, at) => labels.labelled(hours, 6, clock)[at]).map(clock);
  assert.deepEqual(kept, ['12:00', '18:00', '00:00']);
  // Of the hour that the clock has twice every second one is kept all the same.
  const twice = (hour) => ['00:00', '01:00', '02:00', '02:00', '03:00', '04:00'][hour];
  assert.deepEqual(labels.labelled([0, 1, 2, 3, 4, 5], 2, twice), [true, false, true, false, true, false]);
});

/** Labels of 40 px over hours of so many. */
const labelSteps = (apart) => labels.labelStep(40, apart);
