// @ts-check
// Starts the page: what it is shown on, what the server says once, the route, and the live link.
import { html, render, useEffect, useState } from '../vendor/preact-htm.mjs';
import { speak } from './c/shell.js';
import { pickLanguage, setZone, t } from './i18n.js';
import { keepLink } from './link.js';
import { S, emit, on, setClock, startClock, useTopics } from './store.js';
import { Wall } from './views/wall.js';

/** A gateway that does not answer is asked again after this. */
const RETRY_MS = 5000;
/** Beyond these the tiles of a TV no longer fit, or nobody can read them. */
const SCALES = { least: 0.7, most: 1.1 };
const asked = new URLSearchParams(location.search);

/** @typedef {{ view: 'wall' | 'machine', id: string }} Route */

/** What this device remembered. @param {string} key */
function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function dress() {
  const root = document.documentElement;
  root.dataset.theme = asked.get('theme') || remembered('theme') || 'dark';
  root.dataset.mode = asked.get('mode') || modeOf(innerWidth);
  const scale = Number(asked.get('scale'));
  if (scale > 0) {
    const fitting = Math.min(Math.max(scale, SCALES.least), SCALES.most);
    root.style.setProperty('--scale', String(fitting));
  }
}

/** @param {number} width */
function modeOf(width) {
  if (width >= 1600) {
    return 'tv';
  }
  return width >= 760 ? 'tablet' : 'phone';
}

/** @returns {Route} */
function route() {
  const [view, id] = location.hash.replace(/^#\/?/, '').split('/');
  return view === 'm' && id ? { view: 'machine', id: decodeURIComponent(id) } : { view: 'wall', id: '' };
}

/** The machine view and its sheet, loaded when first wanted: the wall is there sooner without them. */
async function loadMachine() {
  const sheet = document.createElement('link');
  sheet.rel = 'stylesheet';
  sheet.href = new URL('../css/machine.css', import.meta.url).href;
  const isStyled = new Promise((done) => {
    sheet.onload = done;
    sheet.onerror = done;
  });
  document.head.append(sheet);
  const [module] = await Promise.all([import('./views/machine.js'), isStyled]);
  return module.Machine;
}

/** @type {Promise<any> | null} */
let machineView = null;

function App() {
  const [at, setAt] = useState(route);
  const [Machine, setMachine] = useState(/** @type {any} */ (null));
  useTopics('look');
  useEffect(() => {
    const follow = () => {
      setAt(route());
      scrollTo(0, 0);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    if (at.view === 'machine') {
      machineView = machineView || loadMachine();
      machineView.then((view) => setMachine(() => view));
    }
  }, [at.view]);
  if (at.view === 'wall') {
    return html`<${Wall} />`;
  }
  return Machine && html`<${Machine} id=${at.id} key=${at.id} />`;
}

/** The first snapshot, after which there is something to show. */
function firstNews() {
  return new Promise((done) => {
    const off = on('wall', () => {
      off();
      done(null);
    });
  });
}

async function start() {
  dress();
  addEventListener('resize', () => {
    dress();
    emit('look');
  });
  const news = firstNews();
  keepLink();
  const answer = await fetch('/api/v1/bootstrap');
  S.boot = await answer.json();
  if (!S.boot) {
    return;
  }
  setClock(S.boot.now);
  setZone(S.boot.timezone);
  speak(pickLanguage(asked.get('lang'), remembered('lang'), S.boot.language));
  await news;
  const into = /** @type {HTMLElement} */ (document.getElementById('app'));
  into.textContent = '';
  render(html`<${App} />`, into);
  performance.mark('first-tile');
  startClock();
}

start().catch(() => {
  const into = document.getElementById('app');
  if (into) {
    into.textContent = t('start.failed');
  }
  setTimeout(() => location.reload(), RETRY_MS);
});
