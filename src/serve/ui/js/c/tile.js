// @ts-check
// One machine on the wall.
import { html } from '../../vendor/preact-htm.mjs';
import { achieved, isAbnormal } from '../arrange.js';
import { clock, named, num, pct, t, tn } from '../i18n.js';
import { S, useTopics } from '../store.js';
import { Elapsed, Factors, Icon, Pace, Ring, Strip, isUnexplained, notes, reasonWord, stateWord, to } from './parts.js';

/** @typedef {import('../../types/api').Tile} TileData */

/** Width of the ring, in hundredths of its size. */
const RING = 11;
/** A name of more signs is written smaller, on two lines. */
const LONG_NAME = 16;

/** @param {{ id: string }} props */
export function Tile({ id }) {
  useTopics(`m:${id}`, 'look');
  const tile = S.machines.get(id);
  if (!tile) {
    return null;
  }
  const name = named(tile.name) || id;
  const isLoud = isAbnormal(tile.screen);
  const classes = `tile s-${tile.screen}${isLoud ? ' is-loud' : ''}${tile.in_service ? '' : ' is-trial'}`;
  return html`<a class=${classes} href=${to(`#/m/${encodeURIComponent(id)}`)} data-id=${id} data-screen=${tile.screen}>
    <div class="tile-head">
      <h2 class=${name.length > LONG_NAME ? 'is-long' : ''}>${name}</h2>
      <span class="tile-state"><${Icon} name=${tile.screen} /><span>${stateWord(tile)}</span></span>
    </div>
    <div class="tile-body">
      <${Ring} ratios=${tile.ratios} width=${RING} isDim=${tile.screen === 'offline'} />
      ${isLoud ? html`<${Trouble} tile=${tile} />` : html`<${Factors} ratios=${tile.ratios} />`}
    </div>
    <${Foot} tile=${tile} />
    <${Strip} tile=${tile} />
  </a>`;
}

/** How long, and why. @param {{ tile: TileData }} props */
function Trouble({ tile }) {
  return html`<div class="trouble">
    <span class="trouble-time"><${Elapsed} since=${tile.since} /></span>
    <${Why} tile=${tile} />
  </div>`;
}

/** @param {{ tile: TileData }} props */
function Why({ tile }) {
  if (tile.screen === 'offline') {
    return html`<span class="why">${noSignal(tile)}</span>`;
  }
  if (isUnexplained(tile) && !tile.reason && !tile.cause) {
    return html`<span class="why is-ask"><${Icon} name="ask" />${t('ask.short')}</span>`;
  }
  return html`<span class="why">${reasonWord(tile)}</span>`;
}

/** @param {TileData} tile */
export function noSignal(tile) {
  return tile.last_data === null ? t('plc.never') : t('plc.since', { t: clock(tile.last_data) });
}

/** What was made against the plan, and what to know of it. @param {{ tile: TileData }} props */
function Foot({ tile }) {
  const said = notes(tile);
  const rejected = tile.ratios.defect_rate;
  const done = achieved(tile.good, tile.plan);
  return html`<div class="foot">
    <div class="foot-row">
      <${Output} tile=${tile} />
      ${done !== null && html`<span class="tn">${pct(done)}</span>`}
      <${Pace} good=${tile.good} plan=${tile.plan} />
    </div>
    <div class="foot-row is-small">
      ${rejected !== null && html`<span class="tn" data-of="ng">${t('count.ng', { p: pct(rejected, 1) })}</span>`}
      ${said.map((note) => html`<span class="note">${note}</span>`)}
      ${tile.unexplained > 0 && html`<${Ask} count=${tile.unexplained} />`}
    </div>
  </div>`;
}

/** Good against the plan so far; where nobody counts rejects, what was made, called so.
 * @param {{ tile: TileData }} props */
export function Output({ tile }) {
  if (!tile.in_service) {
    return null;
  }
  if (tile.good === null) {
    return html`<span class="output"><b class="tn" data-of="made">${num(tile.made)}</b> ${t('count.made')}</span>`;
  }
  return html`<span class="output tn">
    <b data-of="good">${num(tile.good)}</b>
    ${tile.plan !== null && html` / <span data-of="plan">${num(tile.plan)}</span>`}
  </span>`;
}

/** Stops that wait for a reason. @param {{ count: number }} props */
function Ask({ count }) {
  const says = tn('ask.stops', count);
  return html`<span class="ask tn" role="img" title=${says} aria-label=${says}>
    <${Icon} name="ask" /><span data-of="unexplained">${num(count)}</span>
  </span>`;
}
