// @ts-check
// Downtime of the shift by reason, longest first.
import { html } from '../../vendor/preact-htm.mjs';
import { durationNarrow, num, t, tn } from '../i18n.js';
import { useTopics } from '../store.js';
import { Icon, isUnexplained, reasonWord, stateWord } from './parts.js';

/** @typedef {import('../../types/api').StopSum} StopSum */

/** Reasons listed: more are not read on a wall, and the longest matter. */
const LISTED = 7;

/** @param {{ stops: StopSum[] }} props */
export function Stops({ stops }) {
  useTopics('look');
  const ms = stops.reduce((sum, stop) => sum + stop.ms, 0);
  const count = stops.reduce((sum, stop) => sum + stop.count, 0);
  const more = stops.length - LISTED;
  return html`<section class="card">
    <header>
      <h2>${t('machine.stops')}</h2>
      ${count > 0 && html`<p class="legend tn">${durationNarrow(ms)} · ${tn('machine.stops', count)}</p>`}
    </header>
    ${stops.length === 0 && html`<p class="muted">${t('machine.stops.none')}</p>`}
    <ol class="stops">
      ${stops.slice(0, LISTED).map((stop) => html`<${StopRow} stop=${stop} longest=${stops[0].ms} />`)}
    </ol>
    ${more > 0 && html`<p class="note">${t('machine.stops.more', { n: more })}</p>`}
  </section>`;
}

/** @param {{ stop: StopSum, longest: number }} props */
function StopRow({ stop, longest }) {
  const isAsk = isUnexplained(stop) && !stop.reason && !stop.cause;
  const word = isAsk ? t('ask.short') : reasonWord(stop) || stateWord(stop);
  const width = longest > 0 ? (stop.ms / longest) * 100 : 0;
  return html`<li class=${`s-${stop.screen}${isAsk ? ' is-ask' : ''}`}>
    <${Icon} name=${isAsk ? 'ask' : stop.screen} />
    <span class="stops-word">${word}</span>
    <span class="stops-bar" aria-hidden="true"><i style=${`width:${width}%`}></i></span>
    <b class="tn">${durationNarrow(stop.ms)}</b>
    <small class="tn">${t('machine.times', { n: num(stop.count) })}</small>
  </li>`;
}
