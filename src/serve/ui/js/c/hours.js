// @ts-check
// Output hour by hour against the plan: good pieces, or all where nobody counts rejects.
import { html } from '../../vendor/preact-htm.mjs';
import { pace } from '../arrange.js';
import { clock, num, t } from '../i18n.js';
import { labelled } from '../labels.js';
import { useTopics } from '../store.js';
import { useLabels } from './axis.js';

/** @typedef {import('../../types/api').Hour} Hour */

/** Room above the tallest bar. */
const HEADROOM = 1.06;

/** @param {{ hours: Hour[], now: number }} props */
export function Hours({ hours, now }) {
  useTopics('look');
  const tallest = Math.max(1, ...hours.map((hour) => Math.max(pieces(hour), hour.plan || 0))) * HEADROOM;
  const [axis, step] = useLabels(hours.length);
  const isKept = labelled(hours.map((hour) => hour.start), step, clock);
  const isJudged = hours.every((hour) => hour.good !== null);
  const adjusted = hours.reduce((sum, hour) => sum + hour.adjusted, 0);
  return html`<section class="card">
    <header>
      <h2>${t('machine.hours')}</h2>
      <ul class="legend">
        <li><i></i>${t(isJudged ? 'count.good' : 'count.made')}</li>
        <li><i class="is-line"></i>${t('count.plan')}</li>
        ${adjusted !== 0 && html`<li class="tn">${t('machine.hours.shift', { n: signed(adjusted) })}</li>`}
      </ul>
    </header>
    <ol class="hours" ref=${axis}>
      ${hours.map((hour, at) => html`<${HourBar} hour=${hour} now=${now} tallest=${tallest} isLabelled=${isKept[at]} />`)}
    </ol>
  </section>`;
}

/** @param {Hour} hour */
const pieces = (hour) => (hour.good === null ? hour.made : hour.good);

/** @param {{ hour: Hour, now: number, tallest: number, isLabelled: boolean }} props */
function HourBar({ hour, now, tallest, isLabelled }) {
  const isAhead = hour.start >= now;
  const isNow = !isAhead && hour.end > now;
  const made = pieces(hour);
  const ahead = hour.plan_so_far === null || hour.good === null ? null : Math.round(hour.good - hour.plan_so_far);
  const isBehind = !isAhead && (pace(hour.good, hour.plan_so_far) || 0) < 0;
  const marks = [isAhead && 'is-ahead', isNow && 'is-now', isBehind && 'is-behind', !isLabelled && 'is-bare'];
  const classes = marks.filter(Boolean).join(' ');
  return html`<li class=${classes}>
    <span class="unseen">${says(hour)}</span>
    <b class="tn" data-label aria-hidden="true">${isAhead ? '' : num(made)}</b>
    <small class="tn" data-label aria-hidden="true">${isAhead || ahead === null ? '' : signed(ahead)}</small>
    <span class="column" aria-hidden="true">
      <i style=${`height:${(made / tallest) * 100}%`}></i>
      ${hour.plan !== null && html`<em style=${`bottom:${(hour.plan / tallest) * 100}%`}></em>`}
    </span>
    <span class="tn" data-label aria-hidden="true">${clock(hour.start).slice(0, 2)}h</span>
  </li>`;
}

/** @param {Hour} hour */
function says(hour) {
  const span = { t: clock(hour.start), n: num(pieces(hour)) };
  return hour.plan === null
    ? t('machine.hours.says.plain', span)
    : t('machine.hours.says', { ...span, p: num(hour.plan) });
}

/** @param {number} n */
function signed(n) {
  if (n === 0) {
    return '0';
  }
  return n > 0 ? `+${num(n)}` : `−${num(-n)}`;
}
