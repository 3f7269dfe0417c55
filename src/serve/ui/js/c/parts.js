// @ts-check
// The parts that several views are made of: drawings, ring, factor bars, strip, pace, running time, names of stops.
import { html, useMemo } from '../../vendor/preact-htm.mjs';
import { believed, isBelow, pace, weakest } from '../arrange.js';
import { hasWord, hundredths, named, num, pct, shownLanguage, t, timer } from '../i18n.js';
import { S, seenNow, useTopics } from '../store.js';

/** @typedef {import('../../types/api').Ratios} Ratios */
/** @typedef {import('../../types/api').Tile} TileData */
/** @typedef {import('../../types/api').Targets} Targets */

/** @type {Targets} */
const NO_TARGETS = { oee: null, availability: null, performance: null, quality: null };
/** Size of the ring's figure by its signs, and how far below the middle its foot stands. */
const FIGURE = [38, 38, 38, 30, 24];
const FOOT = 0.364;
/** Changes below this cannot be seen, and are not drawn. */
const STEPS = 1000;
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

/** Time in the present state, as far as anybody knows that it lasts.
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
const STRIP_MS = 15000;

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
    return causeWord(of.cause, of.class);
  }
  return of.class === 'breakdown' ? t('class.breakdown') : '';
}

/** The mould that is waited for is another word than the mould that failed. @param {string} cause @param {string} class_ */
function causeWord(cause, class_) {
  const own = class_ === 'waiting' ? `wait.${cause}` : `fault.${cause}`;
  const word = [own, `cause.${cause}`].find(hasWord);
  return word ? t(word) : cause;
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

// The drawings, 24 by 24, one path each: every state has its own, since colour is never the only sign.
/** @type {Record<string, string>} */
const PATHS = {
  run: 'M7 4.5v15l12.5-7.5z',
  slow: 'M4 6l7 6-7 6zM13 6l7 6-7 6z',
  // Two thin bars; waiting has two thick ones.
  short: 'M8 5h2.2v14H8zM13.8 5H16v14h-2.2z',
  idle: 'M5 4h5v16H5zM14 4h5v16h-5z',
  down: 'M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8zM11 7v6.5h2V7zM11 15.5v2h2v-2z',
  change: 'M7 3L2.5 7.5 7 12V9h9V6H7zM17 12v3H8v3h9v3l4.5-4.5z',
  planned: 'M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z',
  offline:
    'M3.4 2L2 3.4l4.2 4.2A13 13 0 0 0 2.5 10L4.6 12.1a10 10 0 0 1 4-2.3l2.3 2.3a7 7 0 0 0-3.4 2.2' +
    'l2.1 2.1a4 4 0 0 1 4-1l6 6L21 20zM12 6c-.5 0-1 0-1.5.1l2.9 2.9a10 10 0 0 1 6 3.1l2.1-2.1' +
    'A13 13 0 0 0 12 6zM12 18a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  ask:
    'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zM11 16h2v2.2h-2zM12 6c-2.3 0-4 1.5-4.1 3.7h2.2' +
    'c.1-1 .8-1.7 1.9-1.7s1.9.7 1.9 1.6c0 .9-.5 1.3-1.4 1.9-1.1.7-1.5 1.3-1.5 2.5v.6h2v-.3' +
    'c0-.8.3-1.1 1.2-1.7 1.1-.7 1.9-1.6 1.9-3.1C16.1 7.4 14.4 6 12 6z',
  check: 'M4 12l2-2 4 4 8-8 2 2-10 10z',
  back: 'M14.5 4l2 2-6 6 6 6-2 2-8-8z',
  grid: 'M3 3h8v8H3zM13 3h8v8h-8zM3 13h8v8H3zM13 13h8v8h-8z',
  sun:
    'M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM11 1h2v4h-2zM11 19h2v4h-2zM1 11h4v2H1zM19 11h4v2h-4z' +
    'M4.2 5.6l1.4-1.4 2.8 2.8L7 8.4zM15.6 17l1.4-1.4 2.8 2.8-1.4 1.4z' +
    'M4.2 18.4L7 15.6 8.4 17l-2.8 2.8zM15.6 7l2.8-2.8 1.4 1.4L17 8.4z',
};

/** @param {{ name: string }} props */
export function Icon({ name }) {
  return html`<svg class="ic" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path fill="currentColor" fill-rule="evenodd" d=${PATHS[name] || PATHS.ask} />
  </svg>`;
}

/** The mark of the project: a ring that is not closed yet. */
export function Mark() {
  return html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="7" />
    <circle class="mark-all" cx="16" cy="16" r="9" />
    <circle class="mark-part" cx="16" cy="16" r="9" transform="rotate(-90 16 16)" />
  </svg>`;
}
