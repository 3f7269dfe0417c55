// @ts-check
// The shift as a band: what was when, with the time of each state in its legend.
import { html } from '../../vendor/preact-htm.mjs';
import { SCREENS } from '../arrange.js';
import { clock, duration, durationNarrow, t, tn } from '../i18n.js';
import { fullHours, labelled } from '../labels.js';
import { useTopics } from '../store.js';
import { useLabels } from './axis.js';
import { reasonWord, stateWord } from './parts.js';

/** @typedef {import('../../types/api').ShiftDetail} ShiftDetail */
/** @typedef {import('../../types/api').Segment} Segment */

/** A label stands over its hour, those of the band's ends beside theirs: so many of its widths are between the two. */
const FROM_END = 1.5;

const HOUR = 3600000;

/** @param {{ detail: ShiftDetail }} props */
export function Timeline({ detail }) {
  useTopics('look');
  return html`<section class="card is-wide">
    <header>
      <h2>${t('machine.timeline')}</h2>
      <${Legend} detail=${detail} />
    </header>
    <${Band} detail=${detail} />
  </section>`;
}

/** @param {{ detail: ShiftDetail }} props */
function Legend({ detail }) {
  const times = SCREENS.map((screen) => detail.times.find((one) => one.screen === screen && one.ms > 0));
  return html`<ul class="legend">
    ${times.map((time) => time && html`<${LegendItem} screen=${time.screen} ms=${time.ms} />`)}
  </ul>`;
}

/** @param {{ screen: string, ms: number }} props */
function LegendItem({ screen, ms }) {
  return html`<li class=${`s-${screen}`}><i></i>${t(`state.${screen}`)} <b class="tn">${durationNarrow(ms)}</b></li>`;
}

/** @param {{ detail: ShiftDetail }} props */
function Band({ detail }) {
  const { start, end } = detail.shift;
  const at = (/** @type {number} */ ms) => ((ms - start) / (end - start)) * 100;
  const hours = fullHours(start, end, clock);
  const [axis, step, share] = useLabels((end - start) / HOUR);
  const isKept = labelled(hours, step, clock);
  const fromEnd = FROM_END * share * 100;
  const hasRoom = (/** @type {number} */ hour) => at(hour) >= fromEnd && at(hour) <= 100 - fromEnd;
  const label = (/** @type {number} */ hour, /** @type {number} */ index) => {
    const isSeen = isKept[index] && hasRoom(hour);
    return html`<span data-label class=${isSeen ? '' : 'is-left'} style=${`left:${at(hour)}%`}>${clock(hour)}</span>`;
  };
  const open = detail.segments.filter((segment) => segment.unexplained).length;
  const stops = detail.stops.reduce((sum, stop) => sum + stop.count, 0);
  return html`<div>
    <div class="band" role="img" aria-label=${`${tn('machine.stops', stops)}, ${tn('ask.stops', open)}`}>
      ${hours.map((hour) => html`<u style=${`left:${at(hour)}%`}></u>`)}
      ${detail.segments.map((segment) => html`<${Stretch} segment=${segment} at=${at} />`)}
      ${detail.now < end && html`<em style=${`left:${at(detail.now)}%`}></em>`}
    </div>
    <div class="band-hours tn" aria-hidden="true" ref=${axis}>
      <span data-label class="is-first">${clock(start)}</span>
      ${hours.map(label)}
      <span data-label class="is-last">${clock(end)}</span>
    </div>
  </div>`;
}

/** @param {{ segment: Segment, at: (ms: number) => number }} props */
function Stretch({ segment, at }) {
  const why = reasonWord(segment);
  const word = why ? `${stateWord(segment)} – ${why}` : stateWord(segment);
  const span = `${clock(segment.start)}–${clock(segment.end)}, ${duration(segment.end - segment.start)}`;
  return html`<i
    class=${`s-${segment.screen}${segment.unexplained ? ' is-ask' : ''}`}
    style=${`left:${at(segment.start)}%;width:${at(segment.end) - at(segment.start)}%`}
    title=${`${word}, ${span}`}
  >${segment.unexplained && html`<b>?</b>`}</i>`;
}
