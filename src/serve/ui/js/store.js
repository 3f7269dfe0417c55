// @ts-check
// What the page knows: the last word of the server, its clock, and who wants to hear of a change.
import { useEffect, useState } from '../vendor/preact-htm.mjs';
import { continued } from './arrange.js';

/** @typedef {import('../types/api').Boot} Boot */
/** @typedef {import('../types/api').Snapshot} Snapshot */
/** @typedef {import('../types/api').ShiftChange} ShiftChange */
/** @typedef {import('../types/api').Plant} Plant */
/** @typedef {import('../types/api').Tile} Tile */

/**
 * `net`: connecting means that the link is being made; lost, that the page greys.
 * `vouched`: this device's monotonic clock, ms, at the server's last news.
 * @typedef {object} State
 * @property {Boot | null} boot
 * @property {import('../types/api').Shift | null} shift
 * @property {import('../types/api').NextShift | null} next
 * @property {Plant | null} plant
 * @property {Map<string, Tile>} machines
 * @property {string[]} order
 * @property {'connecting' | 'live' | 'lost'} net
 * @property {boolean} stale
 * @property {boolean} filled
 * @property {number} vouched
 */

/** @type {State} */
export const S = {
  boot: null,
  shift: null,
  next: null,
  plant: null,
  machines: new Map(),
  order: [],
  net: 'connecting',
  stale: false,
  filled: false,
  vouched: 0,
};

/** A tick of the second hand, and of what need not be newer than a quarter of a minute. */
const SECOND_MS = 1000;
const QUARTER_MS = 15000;
/** How long a hidden page, which has no frames, gathers changes. */
const HIDDEN_MS = 250;

/** Server time now, ms: clocks of devices on the floor are often wrong. */
export const now = () => serverAt(performance.now());
/** Whether what is shown is no longer "now". */
export const isLost = () => S.net === 'lost' || S.stale;
/** The latest server time this screen can vouch for: timers stand still when nothing says that the state lasts. */
export const seenNow = () => (S.net === 'live' && !S.stale ? now() : serverAt(S.vouched));

/** @type {Map<string, Set<() => void>>} */
const listeners = new Map();
/** @type {Set<string>} */
const changed = new Set();
let isQueued = false;

/** Calls `listener` after changes of `topic`, until the returned function is called.
 * @param {string} topic @param {() => void} listener */
export function on(topic, listener) {
  const all = listeners.get(topic) || new Set();
  listeners.set(topic, all);
  all.add(listener);
  return () => {
    all.delete(listener);
    if (all.size === 0 && listeners.get(topic) === all) {
      listeners.delete(topic);
    }
  };
}

/** Says that a topic changed. Many changes make one paint. @param {...string} topics */
export function emit(...topics) {
  for (const topic of topics) {
    changed.add(topic);
  }
  if (isQueued) {
    return;
  }
  isQueued = true;
  if (document.hidden) {
    setTimeout(tell, HIDDEN_MS);
  } else {
    requestAnimationFrame(tell);
  }
}

function tell() {
  isQueued = false;
  const topics = [...changed];
  changed.clear();
  for (const topic of topics) {
    for (const listener of [...(listeners.get(topic) || [])]) {
      listener();
    }
  }
}

/** Draws a component again after changes of any of these topics. @param {...string} topics */
export function useTopics(...topics) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const again = () => redraw((count) => count + 1);
    const offs = topics.map((topic) => on(topic, again));
    return () => offs.forEach((off) => off());
  }, [topics.join()]);
}

/** What both clocks said last, and the server's seconds in one of this device: a simulated plant may be faster. */
const told = { server: 0, local: 0, rate: 1, guess: 1 };
/** Two tellings nearer to each other than this say nothing of the rate. */
const RATE_MS = 2000;

/** The server's time when this device's monotonic clock says `local`. @param {number} local */
export const serverAt = (local) => told.server + (local - told.local) * told.rate;

/** @param {number} serverNow */
export function setClock(serverNow) {
  const local = performance.now();
  const passed = local - told.local;
  if (told.server > 0 && passed > RATE_MS) {
    // Believed when said twice: after a device has slept, one telling is far off.
    const guess = Math.max(1, Math.round((serverNow - told.server) / passed));
    told.rate = guess === told.guess ? guess : told.rate;
    told.guess = guess;
  }
  told.server = serverNow;
  told.local = local;
}

/** @param {Snapshot} snapshot */
export function applySnapshot(snapshot) {
  setClock(snapshot.now);
  S.shift = snapshot.shift;
  S.next = snapshot.next;
  S.plant = snapshot.plant;
  S.order = snapshot.machines.map((tile) => tile.id);
  S.machines = new Map(snapshot.machines.map((tile) => [tile.id, tile]));
  S.filled = true;
  emit('wall', 'plant', 'shift', 'states', ...S.order.map((id) => `m:${id}`));
}

/** One machine's news, which bring no strip: the one known is continued. Returns whether the past may have changed too.
 * @param {Tile} tile */
export function applyTile(tile) {
  const before = S.machines.get(tile.id);
  if (!before) {
    return true;
  }
  S.machines.set(tile.id, { ...tile, strip: stripOf(before, tile) });
  emit(`m:${tile.id}`);
  if (before.screen !== tile.screen) {
    emit('states');
  }
  const isRestated = before.recomputing && !tile.recomputing;
  return isRestated || tile.unexplained < before.unexplained;
}

/** @param {Tile} before @param {Tile} tile @returns {Tile['strip']} */
function stripOf(before, tile) {
  if (tile.strip || !before.strip || !S.shift) {
    return tile.strip || before.strip;
  }
  const isSame = before.screen === tile.screen && before.since === tile.since;
  if (isSame) {
    return before.strip;
  }
  const second = Math.max(0, Math.round((tile.since - S.shift.start) / 1000));
  return continued(before.strip, second, tile.screen);
}

/** @param {Plant} plant */
export function applyPlant(plant) {
  S.plant = plant;
  emit('plant');
}

/** @param {ShiftChange} change */
export function applyShift(change) {
  S.shift = change.shift;
  S.next = change.next;
  emit('shift');
}

/** One second hand for the whole page. */
export function startClock() {
  setInterval(() => {
    if (!document.hidden) {
      emit('tick');
    }
  }, SECOND_MS);
  setInterval(() => emit('quarter'), QUARTER_MS);
}
