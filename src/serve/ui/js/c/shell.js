// @ts-check
// The frame of every view: name, shift, link, language, theme and clock on top, and the bar of a lost link over it.
import { html } from '../../vendor/preact-htm.mjs';
import { clock, day, duration, durationNarrow, named, setLanguage, shownLanguage, t, timer } from '../i18n.js';
import { S, emit, isLost, now, serverAt, useTopics } from '../store.js';
import { Icon, Mark, to } from './parts.js';

/** Screens of fewer pixels write times short. */
const NARROW = 900;
/** Further away than this, a shift's start needs its day. */
const SAME_DAY_MS = 20 * 3600000;

/** Keeps a choice for this device. @param {string} key @param {string} value */
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A device that keeps nothing asks again next time.
  }
}

/** @param {'vi' | 'en'} language */
export function speak(language) {
  setLanguage(language);
  document.documentElement.lang = language;
  document.title = (S.boot && named(S.boot.plant.name)) || 'gemba';
}

/** @param {{ title?: string, note?: string, hasBack?: boolean, children?: any }} props */
export function Shell({ title, note, hasBack = false, children }) {
  useTopics('net', 'look');
  const name = title || (S.boot && named(S.boot.plant.name));
  return html`<header class="top">
      <div class="top-name">
        ${hasBack ? html`<${Back} />` : html`<${Mark} />`}
        <h1>${name}</h1>
        ${note && html`<span class="muted tn">${note}</span>`}
      </div>
      <${ShiftBar} />
      <div class="top-tools"><${Net} /><${LanguageSwitch} /><${ThemeSwitch} /><${Clock} /></div>
    </header>
    ${isLost() && html`<${LostBar} />`}
    <main class=${isLost() ? 'is-lost' : ''}>${children}</main>`;
}

function Back() {
  return html`<a class="back" href=${to('#/')}><${Icon} name="back" /><span>${t('nav.back')}</span></a>`;
}

function ShiftBar() {
  useTopics('tick', 'shift', 'look');
  const shift = S.shift;
  if (!shift || !shift.planned) {
    return html`<p class="shift">${noShift()}</p>`;
  }
  const done = Math.max(0, Math.min(1, (now() - shift.start) / (shift.end - shift.start)));
  const left = Math.max(0, shift.end - now());
  const isNarrow = innerWidth < NARROW;
  const words = isNarrow ? durationNarrow(left) : duration(left);
  return html`<p class="shift">
    <span><b>${shift.name}</b> <span class="tn">${clock(shift.start)}–${clock(shift.end)}</span></span>
    <span class="shift-bar" aria-hidden="true"><i style=${`transform:scaleX(${done})`}></i></span>
    <span class="muted tn">${t('shift.left', { t: words })}</span>
  </p>`;
}

function noShift() {
  const next = S.next;
  if (!next) {
    return t('shift.none');
  }
  const isFar = next.start - now() > SAME_DAY_MS;
  return t('shift.none.next', { t: isFar ? `${clock(next.start)} ${day(next.start)}` : clock(next.start) });
}

function Net() {
  const word = t(S.net === 'live' ? 'net.live' : 'net.retry');
  return html`<span class=${`net is-${S.net}`} role="status"><i></i><span>${word}</span></span>`;
}

function LanguageSwitch() {
  const shown = shownLanguage();
  const other = shown === 'vi' ? 'en' : 'vi';
  const change = () => {
    speak(other);
    remember('lang', other);
    emit('look');
  };
  // The name is in the language one changes to: who needs it reads that one.
  return html`<button class="switch" lang=${other} onClick=${change}>
    <span class=${shown === 'vi' ? 'is-on' : ''}>VI</span>
    <span class=${shown === 'en' ? 'is-on' : ''}>EN</span>
    <b class="unseen">${t('nav.language')}</b>
  </button>`;
}

function ThemeSwitch() {
  const root = document.documentElement;
  const next = root.dataset.theme === 'light' ? 'dark' : 'light';
  const change = () => {
    root.dataset.theme = next;
    remember('theme', next);
    emit('look');
  };
  return html`<button class="switch is-theme" aria-label=${t(`nav.theme.${next}`)} onClick=${change}>
    <span><${Icon} name=${next === 'light' ? 'sun' : 'planned'} /></span>
  </button>`;
}

function Clock() {
  useTopics('tick');
  return html`<time class="clock tn">${clock(now())}</time>`;
}

function LostBar() {
  return html`<div class="lostbar">
    <${Icon} name="offline" />
    <b role="alert">${t(S.net === 'live' ? 'lost.stale' : 'lost.link')}.</b>
    <${LostAge} />
  </div>`;
}

/** Apart from the alert, which would be read out anew every second. */
function LostAge() {
  useTopics('tick');
  const age = now() - serverAt(S.vouched);
  const what = t(S.net === 'live' ? 'lost.stale.more' : 'net.retry');
  return html`<span class="tn">
    ${t('lost.age', { t: clock(serverAt(S.vouched), true), d: timer(age) })} · ${what} …
  </span>`;
}
