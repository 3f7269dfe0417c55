// @ts-check
// One machine's shift: state, figures, timeline, output by hour and reasons of its stops.
import { html, useEffect, useState } from '../../vendor/preact-htm.mjs';
import { believed, isAbnormal, weakest } from '../arrange.js';
import { Hours } from '../c/hours.js';
import {
  Elapsed,
  Empty,
  Factors,
  Icon,
  Pace,
  Ring,
  isUnexplained,
  notes,
  reasonWord,
  stateWord,
  targets,
  to,
} from '../c/parts.js';
import { Shell } from '../c/shell.js';
import { Stops } from '../c/stops.js';
import { noSignal } from '../c/tile.js';
import { Timeline } from '../c/timeline.js';
import { named, num, pct, t } from '../i18n.js';
import { S, on, useTopics } from '../store.js';

/** @typedef {import('../../types/api').Tile} TileData */
/** @typedef {import('../../types/api').ShiftDetail} ShiftDetail */

/** Width of the ring, in hundredths of its size. */
const RING = 12;

/** @param {{ id: string }} props */
export function Machine({ id }) {
  useTopics(`m:${id}`, 'wall', 'look');
  const [detail, hasFailed] = useShift(id);
  const tile = S.machines.get(id);
  if (!tile) {
    return html`<${Shell} hasBack title=${id}>
      <${Empty} title=${t('machine.unknown', { id })} next=${t('machine.unknown.next')}>
        <a class="back" href=${to('#/')}><${Icon} name="back" />${t('nav.back')}</a>
      <//>
    <//>`;
  }
  return html`<${Shell} hasBack title=${named(tile.name) || id}>
    <div class="machine">
      <${StateBar} tile=${tile} />
      <${Figures} tile=${tile} />
      ${
        detail
          ? html`<${Charts} detail=${detail} />`
          : html`<p class="card is-wide muted" role="status">
            ${t(hasFailed ? 'machine.failed' : 'machine.loading')}
          </p>`
      }
    </div>
  <//>`;
}

/** The shift of a machine, fetched anew when its past may have changed, and every quarter of a minute. Returns it and
 * whether the last try failed.
 * @param {string} id @returns {[ShiftDetail | null, boolean]} */
function useShift(id) {
  const [detail, setDetail] = useState(/** @type {ShiftDetail | null} */ (null));
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const load = async () => {
      try {
        const answer = await fetch(`/api/v1/machines/${encodeURIComponent(id)}/shift`, { signal: stop.signal });
        if (!answer.ok) {
          throw new Error(String(answer.status));
        }
        setDetail(await answer.json());
        setFailed(false);
      } catch {
        // The figures shown stay; without any, the view says so. The next try is at most a quarter of a minute away.
        if (!stop.signal.aborted) {
          setFailed(true);
        }
      }
    };
    load();
    let seen = pastOf(id);
    const offs = [
      on('quarter', load),
      on('wall', load),
      on(`m:${id}`, () => {
        const is = pastOf(id);
        if (is !== seen) {
          seen = is;
          load();
        }
      }),
    ];
    return () => {
      stop.abort();
      offs.forEach((off) => off());
    };
  }, [id]);
  return [detail, hasFailed];
}

/** What of a machine's news tells that its shift has to be drawn anew. @param {string} id */
function pastOf(id) {
  const tile = S.machines.get(id);
  return tile ? [tile.screen, tile.since, tile.reason, tile.cause, tile.unexplained, tile.recomputing].join() : '';
}

/** @param {{ tile: TileData }} props */
function StateBar({ tile }) {
  const isLoud = isAbnormal(tile.screen);
  const why = tile.screen === 'offline' ? '' : reasonWord(tile);
  const word = stateWord(tile);
  return html`<section class=${`state s-${tile.screen}${isLoud ? ' is-loud' : ''}`} data-screen=${tile.screen}>
    <${Icon} name=${tile.screen} />
    <div aria-live="polite">
      <h2>${why && why !== word ? `${word} – ${why}` : word}</h2>
      <p>${underState(tile)}</p>
    </div>
    <span class="state-time"><${Elapsed} since=${tile.since} /></span>
  </section>`;
}

/** The second line of the state: what is wrong, else where the machine is and how fast. @param {TileData} tile */
function underState(tile) {
  if (tile.screen === 'offline') {
    return noSignal(tile);
  }
  if (isUnexplained(tile) && !tile.reason && !tile.cause) {
    return html`<span class="state-ask"><${Icon} name="ask" />${t('ask.short')}</span>`;
  }
  const said = tile.line ? [tile.line] : [];
  if (tile.cycle_s !== null && tile.ideal_s !== null) {
    said.push(t('machine.cycle.of', { c: num(tile.cycle_s, 1), i: num(tile.ideal_s, 1) }));
  }
  return said.join(' · ');
}

/** @param {{ tile: TileData }} props */
function Figures({ tile }) {
  const goal = targets().oee;
  const said = notes(tile);
  const ratios = believed(tile.ratios);
  const worst = weakest(ratios, targets());
  return html`<section class="card figures">
    <div class="figures-oee">
      <${Ring} ratios=${tile.ratios} width=${RING} />
      <div>
        <h2>${t('oee.shift')}</h2>
        ${goal !== null && html`<p class="muted">${t('oee.target', { p: pct(goal) })}</p>`}
        ${said.map((note) => html`<p class="note">${note}</p>`)}
      </div>
    </div>
    <${Factors} ratios=${tile.ratios} isLong />
    <${Counts} tile=${tile} />
    ${
      worst &&
      html`<p class="loss">
      <span>${t('loss.largest')}</span><b>${t(`factor.${worst}`)} ${pct(ratios[worst])}</b>
    </p>`
    }
  </section>`;
}

/** @param {{ tile: TileData }} props */
function Counts({ tile }) {
  const product = named(tile.product_name);
  const rejected = tile.ratios.defect_rate;
  return html`<dl class="counts">
    ${
      tile.product !== null &&
      html`<${Row} word=${t('machine.product')} isName>
      ${tile.product}${product && html`<small>${product}</small>`}
    <//>`
    }
    ${
      tile.good !== null &&
      html`<${Row} word=${t('count.good')} isLarge>
      <span data-of="good">${num(tile.good)}</span>
    <//>`
    }
    ${
      tile.plan !== null &&
      html`<${Row} word=${t('count.plan')}>
      <span data-of="plan">${num(tile.plan)}</span>
      ${tile.good !== null && html`<small><${Pace} good=${tile.good} plan=${tile.plan} /></small>`}
    <//>`
    }
    ${tile.plan_shift !== null && html`<${Row} word=${t('count.plan_shift')}>${num(tile.plan_shift)}<//>`}
    <${Row} word=${t('count.made')} isLarge=${tile.good === null}><span data-of="made">${num(tile.made)}</span><//>
    ${
      tile.reject !== null &&
      html`<${Row} word=${t('count.reject')}>
      <span data-of="reject">${num(tile.reject)}</span>${rejected !== null && html`<small>${pct(rejected, 1)}</small>`}
    <//>`
    }
    ${
      tile.cycle_s !== null &&
      html`<${Row} word=${t('machine.cycle')}>
      ${t('machine.seconds', { n: num(tile.cycle_s, 1) })}
      ${tile.ideal_s !== null && html`<small>/ ${num(tile.ideal_s, 1)}</small>`}
    <//>`
    }
  </dl>`;
}

/** @param {{ word: string, isLarge?: boolean, isName?: boolean, children?: any }} props */
function Row({ word, isLarge = false, isName = false, children }) {
  return html`<div class=${isLarge ? 'is-large' : ''}>
    <dt>${word}</dt>
    <dd class=${isName ? '' : 'tn'}>${children}</dd>
  </div>`;
}

/** @param {{ detail: ShiftDetail }} props */
function Charts({ detail }) {
  return html`<${Timeline} detail=${detail} />
    <${Hours} hours=${detail.hours} now=${detail.now} />
    <${Stops} stops=${detail.stops} />`;
}
