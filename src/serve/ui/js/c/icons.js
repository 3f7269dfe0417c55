// @ts-check
// The drawings, 24 by 24, one path each. Every state has a shape of its own, so that colour is never the only sign.
import { html } from '../../vendor/preact-htm.mjs';

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
