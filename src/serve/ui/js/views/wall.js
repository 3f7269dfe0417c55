// @ts-check
// The wall: the plant in one strip, and a tile for each machine.
import { html, useEffect, useState } from '../../vendor/preact-htm.mjs';
import { SCREENS, pages, troubleFirst } from '../arrange.js';
import { Empty, Factors, Icon, Pace, Ring, doubtOf, targets } from '../c/parts.js';
import { Shell } from '../c/shell.js';
import { Tile } from '../c/tile.js';
import { hasWord, named, num, pct, t, tn } from '../i18n.js';
import { S, useTopics } from '../store.js';

/** @typedef {import('../../types/api').Plant} Plant */
/** @typedef {import('../../types/api').Tile} TileData */

/** Width of the ring, in hundredths of its size. */
const RING = 13;
/** How large the tiles of so many machines at most are: 3 by 2, 4 by 2, 4 by 3 and 5 by 4 of them fill a TV.
 * @type {[number, string][]} */
const SIZES = [
  [6, 'large'],
  [8, 'wide'],
  [12, 'medium'],
  [20, 'small'],
];

export function Wall() {
  useTopics('wall', 'states', 'look');
  const tiles = inOrder();
  const mode = document.documentElement.dataset.mode;
  const turns = mode === 'tv' ? pages(tiles) : [{ ids: tiles.map((tile) => tile.id), ms: 0 }];
  const turn = useTurn(turns);
  if (tiles.length === 0) {
    return html`<${Shell}><${Empty} title=${t('empty.title')} next=${t('empty.next')} /><//>`;
  }
  const ids = turns[turn].ids;
  const note = turns.length > 1 ? t('nav.page', { n: turn + 1, m: turns.length }) : '';
  return html`<${Shell} note=${note}>
    <${PlantStrip} />
    <section class="grid" data-size=${sizeOf(ids.length)} aria-label=${t('nav.machines')}>
      ${ids.map((id) => html`<${Tile} key=${id} id=${id} />`)}
    </section>
  <//>`;
}

/** Wall and tablet keep the order of the line, which people learn; a phone puts trouble first. */
function inOrder() {
  const tiles = /** @type {TileData[]} */ (S.order.map((id) => S.machines.get(id)).filter(Boolean));
  return document.documentElement.dataset.mode === 'phone' ? troubleFirst(tiles) : tiles;
}

/** Which page is shown now. @param {{ ms: number }[]} turns */
function useTurn(turns) {
  const [count, setCount] = useState(0);
  const turn = count % turns.length;
  const ms = turns[turn].ms;
  const isAlone = turns.length === 1;
  useEffect(() => {
    if (isAlone) {
      return undefined;
    }
    const timer = setTimeout(() => setCount(count + 1), ms);
    return () => clearTimeout(timer);
  }, [count, ms, isAlone]);
  return turn;
}

/** @param {number} machines */
function sizeOf(machines) {
  const [, size] = SIZES.find(([most]) => machines <= most) || SIZES[SIZES.length - 1];
  return size;
}

function PlantStrip() {
  useTopics('plant', 'states', 'look');
  const plant = S.plant;
  if (!plant) {
    return null;
  }
  return html`<section class="plant" aria-label=${t('nav.back')}>
    <${PlantOee} plant=${plant} />
    <div class="plant-factors"><${Factors} ratios=${plant.ratios} isLong /></div>
    <${PlantOutput} plant=${plant} />
    <${States} />
    <${PlantAsk} count=${plant.unexplained} />
  </section>`;
}

/** Why the plant has no OEE, with two of the machines that this lies in; empty where it has one. @param {Plant} plant */
function lackOf(plant) {
  const word = `lack.${plant.why}`;
  const [one, two, ...more] = plant.lacking.map((id) => {
    const tile = S.machines.get(id);
    return (tile && named(tile.name)) || id;
  });
  const m = [one, two].filter(Boolean).join(', ') + (more.length ? ` +${more.length}` : '');
  return hasWord(word) ? t(word, { m }) : '';
}

/** @param {{ plant: Plant }} props */
function PlantOee({ plant }) {
  const goal = targets().oee;
  const doubt = doubtOf(plant.ratios);
  const lack = lackOf(plant);
  return html`<div class="plant-oee">
    <${Ring} ratios=${plant.ratios} width=${RING} />
    <div>
      <h2>${t('oee.plant')}</h2>
      ${goal !== null && !lack && html`<p class="muted">${t('oee.target', { p: pct(goal) })}</p>`}
      ${doubt && html`<p class="note">${doubt}</p>`}
      ${lack && html`<p class="note" data-of="lack">${lack}</p>`}
    </div>
  </div>`;
}

/** @param {{ plant: Plant }} props */
function PlantOutput({ plant }) {
  return html`<div class="plant-output">
    <h2>${t('count.good')}</h2>
    <p>
      <b class="tn big" data-of="good">${num(plant.good)}</b>
      ${plant.plan !== null && html` <span class="muted tn">/ ${num(plant.plan)}</span>`}
    </p>
    <${Pace} good=${plant.good} plan=${plant.plan} />
  </div>`;
}

/** How many machines are in which state. */
function States() {
  const tiles = [...S.machines.values()];
  const count = (/** @type {string} */ screen) => tiles.filter((tile) => tile.screen === screen).length;
  const running = count('run') + count('slow');
  const present = SCREENS.filter((screen) => count(screen) > 0);
  return html`<div class="plant-states">
    <h2>${t('plant.running', { n: running, m: tiles.length })}</h2>
    <ul style=${`--states:${present.length}`}>
      ${present.map((screen) => html`<${StateCount} screen=${screen} count=${count(screen)} />`)}
    </ul>
  </div>`;
}

/** @param {{ screen: string, count: number }} props */
function StateCount({ screen, count }) {
  const word = t(`state.${screen}`);
  return html`<li class=${`s-${screen}`} title=${word}>
    <${Icon} name=${screen} /><b class="tn">${count}</b> <small>${word}</small>
  </li>`;
}

/** Stops of the shift that wait for a reason. @param {{ count: number }} props */
function PlantAsk({ count }) {
  if (count === 0) {
    return html`<div class="plant-ask"><${Icon} name="check" /><span>${t('ask.none')}</span></div>`;
  }
  return html`<div class="plant-ask is-on" title=${tn('ask.stops', count)}>
    <p><${Icon} name="ask" /><b class="tn big" data-of="unexplained">${num(count)}</b></p>
    <span>${t('ask.short')}</span>
  </div>`;
}
