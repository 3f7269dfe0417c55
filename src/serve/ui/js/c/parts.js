// @ts-check
// The parts that several views are made of: ring, factor bars, shift strip, pace, running time, and the names of stops.
import { html, useMemo } from '../../vendor/preact-htm.mjs';
import { believed, isBelow, pace, weakest } from '../arrange.js';
import { hasWord, hundredths, named, num, pct, shownLanguage, t, timer } from '../i18n.js';
import { S, seenNow, useTopics } from '../store.js';
import { Icon } from './icons.js';

/** @typedef {import('../../types/api').Ratios} Ratios */
/** @typedef {import('../../types/api').Tile} TileData */
/** @typedef {import('../../types/api').Targets} Targets */

/** @type {Targets} */
const NO_TARGETS = { oee: null, availability: null, performance: null, quality: null };
/** Size of the ring's figure by how many signs it has, and how far below the middle its foot stands to look centred. */
const FIGURE = [38, 38, 38, 30, 24];
const FOOT = 0.364;
/** Changes below this cannot be seen, and are not drawn. */
const STEPS = 1_000;
/** A stretch thinner than this share of the strip, in %, would not be seen. */
const THINNEST = 0.18;

export const targets = () => (S.boot ? S.boot.targets : NO_TARGETS);
/** An address within the page. The page has a base of its own, so a bare `#` would lead elsewhere.
 * @param {string} hash */
export const to = (hash) => location.pathname + location.search + hash;
/** @param {number | null} ratio */
const stepped = (ratio) => (ratio === null ? null : Math.round(ratio * STEPS) / STEPS);

/** OEE: a neutral arc for what is achieved, an amber one for the gap to the target, a tick at the target. Full from
 * 100 % on, while the figure is written as it is.
 * @param {{ ratios: Ratios, width: number, isDim?: boolean }} props */
export function Ring({ ratios, width, isDim = false }) {
  const value = stepped(believed(ratios).oee);
  const goal = targets().oee;
  const isAbout = ratios.shown === 'approx';
  return useMemo(() => {
    const figure = (isAbout && value !== null ? '~' : '') + hundredths(value);
    const size = FIGURE[Math.min(figure.length, FIGURE.length - 1)];
    const classes = `ring${isDim ? ' is-dim' : ''}`;
    return html`<svg class=${classes} viewBox="0 0 100 100" role="img" aria-label=${ringSays(value, goal)}>
      <${Arcs} value=${value} goal=${goal} width=${width} />
      <text class="tn" data-of="oee" x="50" y=${50 + size * FOOT} font-size=${size}>${figure}</text>
    </svg>`;
  }, [value, goal, width, isAbout, isDim, shownLanguage()]);
}

/** @param {number | null} value @param {number | null} goal */
function ringSays(value, goal) {
  return goal === null ? t('oee.says.plain', { p: pct(value) }) : t('oee.says', { p: pct(value), g: pct(goal) });
}

/** @param {{ value: number | null, goal: number | null, width: number }} props */
function Arcs({ value, goal, width }) {
  const radius = 50 - width / 2;
  const round = 2 * Math.PI * radius;
  const done = Math.max(0, Math.min(1, value || 0));
  const gap = value === null || goal === null ? 0 : Math.max(0, Math.min(1, goal) - done);
  const circle = { cx: 50, cy: 50, r: radius, 'stroke-width': width, transform: 'rotate(-90 50 50)' };
  const gapDashes = `0 ${done * round} ${gap * round} ${round}`;
  return html`<g>
    <circle class="ring-all" ...${circle} />
    ${gap > 0 && html`<circle class="ring-gap" ...${circle} stroke-dasharray=${gapDashes} />`}
    ${done > 0 && html`<circle class="ring-value" ...${circle} stroke-dasharray=${`${done * round} ${round}`} />`}
    ${goal !== null && html`<${Tick} at=${goal} radius=${radius} width=${width} />`}
  </g>`;
}

/** @param {{ at: number, radius: number, width: number }} props */
function Tick({ at, radius, width }) {
  const angle = (Math.min(1, at) * 360 - 90) * (Math.PI / 180);
  const inner = radius - width / 2 - 1;
  const outer = radius + width / 2 + 1;
  const x = Math.cos(angle);
  const y = Math.sin(angle);
  return html`<line
    class="ring-tick"
    x1=${50 + x * inner}
    y1=${50 + y * inner}
    x2=${50 + x * outer}
    y2=${50 + y * outer}
  />`;
}

/** Availability, performance and quality as bars with a tick at each target; the weakest is marked.
 * @param {{ ratios: Ratios, isLong?: boolean }} props */
export function Factors({ ratios, isLong = false }) {
  const shown = believed(ratios);
  const goals = targets();
  const worst = weakest(shown, goals);
  const one = (/** @type {import('../arrange.js').Factor} */ factor, /** @type {string} */ letter) => html`<${FactorBar}
    factor=${factor}
    letter=${isLong ? '' : letter}
    value=${shown[factor]}
    goal=${goals[factor]}
    isWorst=${worst === factor}
  />`;
  return html`<div class=${`factors${isLong ? ' is-long' : ''}`}>
    ${one('availability', 'A')}${one('performance', 'P')}${one('quality', 'Q')}
  </div>`;
}

/** @param {{ factor: string, letter: string, value: number | null, goal: number | null, isWorst: boolean }} props */
function FactorBar({ factor, letter, value, goal, isWorst }) {
  const drawn = stepped(value);
  return useMemo(() => {
    const word = t(`factor.${factor}`);
    const classes = `factor${isBelow(drawn, goal) ? ' is-below' : ''}${isWorst ? ' is-worst' : ''}`;
    const length = Math.max(0, Math.min(1, drawn || 0));
    return html`<div class=${classes}>
      <span class="factor-name">${letter ? html`<abbr title=${word}>${letter}</abbr>` : word}</span>
      <span class="factor-bar" aria-hidden="true">
        <i style=${`transform:scaleX(${length})`}></i>
        ${goal !== null && html`<em style=${`left:${Math.min(1, goal) * 100}%`}></em>`}
      </span>
      <b class="tn" data-of=${factor}>${hundredths(drawn)}</b>
    </div>`;
  }, [factor, letter, drawn, goal, isWorst, shownLanguage()]);
}

/** Time in the present state. It stands still when the link is lost: nobody knows then that the state still lasts.
 * @param {{ since: number }} props */
export function Elapsed({ since }) {
  useTopics('tick', 'net');
  return html`<span class="tn">${timer(seenNow() - since)}</span>`;
}

/** The shift so far, in colours and heights. @param {{ tile: TileData }} props */
export function Strip({ tile }) {
  useTopics('quarter', 'net');
  const shift = S.shift;
  const seen = Math.floor(seenNow() / STRIP_MS) * STRIP_MS;
  const strip = tile.strip;
  return useMemo(() => {
    if (!shift || !strip) {
      return html`<div class="strip"></div>`;
    }
    const all = (shift.end - shift.start) / 1000;
    const last = strip.length > 0 ? strip[strip.length - 1][0] : 0;
    const end = Math.min(all, Math.max(last, (seen - shift.start) / 1000));
    const stretch = (/** @type {[number, string]} */ [from, screen], /** @type {number} */ index) => {
      const until = index + 1 < strip.length ? strip[index + 1][0] : end;
      const width = Math.max(THINNEST, ((until - from) / all) * 100);
      return html`<i class=${`s-${screen}`} style=${`left:${(from / all) * 100}%;width:${width}%`}></i>`;
    };
    return html`<div class="strip" aria-hidden="true">
      ${strip.map(stretch)}<u style=${`left:${(end / all) * 100}%`}></u>
    </div>`;
  }, [strip, shift, seen]);
}

/** The strip is drawn on a change of state or every quarter of a minute, not with every piece. */
const STRIP_MS = 15_000;

/** Good pieces against the plan so far. @param {{ good: number | null, plan: number | null }} props */
export function Pace({ good, plan }) {
  const ahead = pace(good, plan);
  if (ahead === null) {
    return null;
  }
  if (ahead === 0) {
    return html`<span class="pace">${t('pace.on')}</span>`;
  }
  return ahead < 0
    ? html`<span class="pace is-behind">▼ ${t('pace.behind', { n: num(-ahead) })}</span>`
    : html`<span class="pace">▲ ${t('pace.ahead', { n: num(ahead) })}</span>`;
}

/** The state in a word; a planned stop in the word of its kind where there is one.
 * @param {{ screen: string, class: string }} of */
export function stateWord(of) {
  const kind = `class.${of.class}`;
  return of.screen === 'planned' && hasWord(kind) ? t(kind) : t(`state.${of.screen}`);
}

/** Why a machine stands, in words: what a person said, else what the PLC says, else nothing.
 * @param {{ screen: string, class: string, reason: string | null, cause: string | null }} of */
export function reasonWord(of) {
  if (of.reason) {
    const reason = S.boot && S.boot.reasons.find((one) => one.id === of.reason);
    return reason ? named(reason.name) : of.reason;
  }
  if (of.cause) {
    return causeWord(of.cause, of.screen === 'idle');
  }
  return of.class === 'breakdown' ? t('class.breakdown') : '';
}

/** @param {string} cause @param {boolean} isWaiting */
function causeWord(cause, isWaiting) {
  const waiting = `wait.${cause}`;
  const plain = `cause.${cause}`;
  if (isWaiting && hasWord(waiting)) {
    return t(waiting);
  }
  return hasWord(plain) ? t(plain) : cause;
}

/** Whether a person still has to say why. @param {{ screen: string, class: string }} of */
export const isUnexplained = (of) => of.screen === 'down' && of.class === 'unexplained';

/** Why ratios are shown as approximate or not at all; nothing when they are not. @param {Ratios} ratios */
export function doubtOf(ratios) {
  const note = `note.${ratios.shown_why}`;
  if (ratios.shown === 'full') {
    return '';
  }
  return hasWord(note) ? t(note) : t('note.coverage', { p: pct(ratios.coverage) });
}

/** What to know of the figures, in small words. @param {TileData} tile @returns {string[]} */
export function notes(tile) {
  const doubt = doubtOf(tile.ratios);
  const said = doubt ? [doubt] : [];
  if (tile.recomputing) {
    said.push(t('note.recomputing'));
  }
  if (tile.provisional) {
    said.push(t('note.provisional'));
  }
  if (tile.held > 0) {
    said.push(t('note.held', { n: num(tile.held) }));
  }
  return said;
}

/** A sentence and the next step where there is nothing to show.
 * @param {{ title: string, next: string, children?: any }} props */
export function Empty({ title, next, children }) {
  return html`<div class="empty">
    <${Icon} name="grid" />
    <h2>${title}</h2>
    <p>${next}</p>
    ${children}
  </div>`;
}
