// @ts-check
// Words, names and figures as this device's language and the plant's clock write them.
import { WORDS } from './words.js';

/** @typedef {keyof typeof WORDS} Language */
/** Texts by language; the key '' serves all. @typedef {Record<string, string>} Names */

/** @type {Language} */
let language = 'vi';
let zone = 'Asia/Ho_Chi_Minh';
/** Making a formatter costs more than using it a thousand times. @type {Map<string, Intl.NumberFormat>} */
const numbers = new Map();
/** @type {Map<string, Intl.DateTimeFormat>} */
const clocks = new Map();

/** The language shown. */
export const shownLanguage = () => language;

/** The first of `wanted` that the page speaks; Vietnamese when there is none.
 * @param {(string | null)[]} wanted @returns {Language} */
export function pickLanguage(...wanted) {
  const known = wanted.find((one) => one === 'vi' || one === 'en');
  return known === 'en' ? 'en' : 'vi';
}

/** @param {Language} next */
export function setLanguage(next) {
  language = next;
}

/** @param {string} next IANA name of the plant's time zone */
export function setZone(next) {
  zone = next;
  clocks.clear();
}

/** Whether the page has a word of that key. @param {string} key */
export const hasWord = (key) => key in WORDS[language];

/** The word of a key with its placeholders filled; a missing one is shown as such, for a test to find.
 * @param {string} key @param {Record<string, string | number>} [values] */
export function t(key, values = {}) {
  const text = WORDS[language][key];
  if (text === undefined) {
    return `⟦${key}⟧`;
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** The same for a key with a form for one and a form for others. @param {string} key @param {number} n */
export function tn(key, n) {
  const form = new Intl.PluralRules(language).select(n);
  return t(`${key}.${form === 'one' ? 'one' : 'other'}`, { n: num(n) });
}

/** A name from the configuration. @param {Names | null | undefined} names */
export function named(names) {
  if (!names) {
    return '';
  }
  return names[language] || names[''] || Object.values(names)[0] || '';
}

/** A number with `decimals`. @param {number} value @param {number} [decimals] */
export function num(value, decimals = 0) {
  const key = `${language} ${decimals}`;
  let format = numbers.get(key);
  if (!format) {
    const locale = language === 'vi' ? 'vi-VN' : 'en-GB';
    const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    format = new Intl.NumberFormat(locale, options);
    numbers.set(key, format);
  }
  return format.format(value);
}

/** A ratio as a figure per cent without the sign, or a dash.
 * @param {number | null} ratio @param {number} [decimals] */
export function hundredths(ratio, decimals = 0) {
  return ratio === null ? '–' : num(ratio * 100, decimals);
}

/** A ratio per cent with the sign and no space, as both languages are written here.
 * @param {number | null} ratio @param {number} [decimals] */
export function pct(ratio, decimals = 0) {
  return ratio === null ? '–' : `${num(ratio * 100, decimals)}%`;
}

/** A running time as m:ss or h:mm:ss. @param {number} ms */
export function timer(ms) {
  const all = Math.max(0, Math.floor(ms / 1000));
  const seconds = two(all % 60);
  const minutes = Math.floor(all / 60) % 60;
  const hours = Math.floor(all / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** A length of time in words: 3 hours 13 minutes, 24 seconds. @param {number} ms */
export function duration(ms) {
  const { h, m, s } = parts(ms);
  if (h > 0) {
    return m > 0 ? t('time.hm', { h, m }) : t('time.h', { h });
  }
  return m > 0 ? t('time.m', { m }) : t('time.s', { s });
}

/** The same where space is short: 3h13. @param {number} ms */
export function durationNarrow(ms) {
  const { h, m, s } = parts(ms);
  if (h > 0) {
    return t('time.narrow.hm', { h, mm: two(m) });
  }
  return m > 0 ? t('time.m', { m }) : t('time.narrow.s', { s });
}

/** Rounded to minutes from one minute on. @param {number} ms */
function parts(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const minutes = s < 60 ? 0 : Math.round(s / 60);
  return { h: Math.floor(minutes / 60), m: minutes % 60, s };
}

/** @param {number} n */
const two = (n) => String(n).padStart(2, '0');

/** Clock time in the plant, whatever the device's own zone. @param {number} ms @param {boolean} [seconds] */
export function clock(ms, seconds = false) {
  return local(seconds ? 'seconds' : 'minutes', ms);
}

/** Day and month in the plant: 21/11. @param {number} ms */
export const day = (ms) => local('day', ms);

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const SHAPES = {
  minutes: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  day: { day: '2-digit', month: '2-digit' },
};

/** @param {keyof typeof SHAPES} shape @param {number} ms */
function local(shape, ms) {
  let format = clocks.get(shape);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { ...SHAPES[shape], timeZone: zone });
    clocks.set(shape, format);
  }
  return format.format(ms);
}
