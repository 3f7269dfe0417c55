// @ts-check
// Pure. What stands where: order on a phone, pages on a TV, the strip's stretches, the factor to look at, the pace.

/** @typedef {import('../types/api').Tile} Tile */
/** @typedef {import('../types/api').Screen} Screen */
/** @typedef {import('../types/api').Ratios} Ratios */
/** @typedef {import('../types/api').Targets} Targets */
/** @typedef {'availability' | 'performance' | 'quality'} Factor */

/** Every screen state, in the order in which they are counted and explained. @type {Screen[]} */
export const SCREENS = ['run', 'slow', 'short', 'idle', 'down', 'change', 'planned', 'offline'];
/** @type {Factor[]} */
export const FACTORS = ['availability', 'performance', 'quality'];
/** Trouble first. @type {Screen[]} */
const URGENCY = ['down', 'idle', 'change', 'offline', 'short', 'slow', 'run', 'planned'];
/** A wall of more machines than this is read page by page. */
const ONE_PAGE = 20;
const PAGE = 12;
/** How long a page stands, ms, and how long one with a machine that is down. */
const PAGE_MS = 15000;
const PAGE_DOWN_MS = 25000;
/** Nearer to the plan than this share of it is on pace. */
const PACE = 0.03;
/** A factor this close below its target is not called a loss: it shows as the target's own figure. */
const ROUNDING = 0.005;
/** Stretches of a strip: one a screen pixel of the widest TV tile, far more than a shift has. */
const STRIP_CAP = 1000;

/** States whose tile is filled and shows the time in place of the factors. @type {Screen[]} */
const ABNORMAL = ['down', 'idle', 'change', 'offline'];

/** @param {Screen} screen */
export const isAbnormal = (screen) => ABNORMAL.includes(screen);

/** Machines with trouble first, otherwise as they stand. @param {Tile[]} tiles */
export function troubleFirst(tiles) {
  return [...tiles].sort((a, b) => URGENCY.indexOf(a.screen) - URGENCY.indexOf(b.screen));
}

/** What the TV shows in turn: the machines of each page and its time, pages with a machine down first.
 * @param {Tile[]} tiles @returns {{ ids: string[], ms: number }[]} */
export function pages(tiles) {
  if (tiles.length <= ONE_PAGE) {
    return [{ ids: tiles.map((tile) => tile.id), ms: PAGE_MS }];
  }
  const calm = [];
  const loud = [];
  for (let at = 0; at < tiles.length; at += PAGE) {
    const some = tiles.slice(at, at + PAGE);
    const ids = some.map((tile) => tile.id);
    if (some.some((tile) => tile.screen === 'down')) {
      loud.push({ ids, ms: PAGE_DOWN_MS });
    } else {
      calm.push({ ids, ms: PAGE_MS });
    }
  }
  return [...loud, ...calm];
}

/** A strip that from `second` on shows `screen`. What was said of later seconds is replaced: a stop is drawn anew as a
 * whole when it turns out longer than a short one.
 * @param {[number, Screen][]} strip @param {number} second @param {Screen} screen
 * @returns {[number, Screen][]} */
export function continued(strip, second, screen) {
  const before = strip.filter(([start]) => start < second);
  const last = before[before.length - 1];
  if (last && last[1] === screen) {
    return before;
  }
  return [...before.slice(-STRIP_CAP), [second, screen]];
}

/** The factor that is furthest below its own target; null when none is. @param {Ratios} ratios @param {Targets} targets
 * @returns {Factor | null} */
export function weakest(ratios, targets) {
  let found = null;
  let least = 1;
  for (const factor of FACTORS) {
    const value = ratios[factor];
    const target = targets[factor];
    if (isBelow(value, target) && value !== null && target !== null && value / target < least) {
      found = factor;
      least = value / target;
    }
  }
  return found;
}

/** @param {number | null} value @param {number | null} target */
export function isBelow(value, target) {
  return value !== null && target !== null && value < target - ROUNDING;
}

/** Pieces ahead of the plan (behind: negative), 0 within 3 %; null without a plan.
 * @param {number | null} good @param {number | null} plan */
export function pace(good, plan) {
  if (good === null || plan === null) {
    return null;
  }
  const ahead = Math.round(good - plan);
  return Math.abs(ahead) < Math.max(1, plan * PACE) ? 0 : ahead;
}

/** How much of the plan so far is there; null without one. @param {number | null} good @param {number | null} plan */
export function achieved(good, plan) {
  return good === null || plan === null || plan <= 0 ? null : good / plan;
}

/** The ratios as far as they may be shown: none of them when the server says so.
 * @param {Ratios} ratios @returns {Ratios} */
export function believed(ratios) {
  if (ratios.shown !== 'none') {
    return ratios;
  }
  return { ...ratios, oee: null, availability: null, performance: null, quality: null };
}
