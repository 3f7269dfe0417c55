// @ts-check
// Labels along an axis of hours: as many as its width has room for.
import { useEffect, useState } from '../../vendor/preact-htm.mjs';
import { labelStep } from '../labels.js';

/** Room between two labels, px. */
const APART = 6;

/** Every how many hours of an axis of `hours` hours are labelled, the share of it that a label takes, and where to hand the
 * axis' element to. All labels, `[data-label]` in it, are drawn; those left out are not seen.
 * @param {number} hours @returns {[(box: HTMLElement | null) => void, number, number]} */
export function useLabels(hours) {
  const [box, setBox] = useState(/** @type {HTMLElement | null} */ (null));
  const [fit, setFit] = useState({ step: 1, share: 0 });
  useEffect(() => {
    if (!box) {
      return undefined;
    }
    const measure = () => {
      const labels = /** @type {HTMLElement[]} */ ([...box.querySelectorAll('[data-label]')]);
      const widest = Math.max(0, ...labels.map((label) => label.offsetWidth)) + APART;
      const width = box.clientWidth;
      const next = { step: labelStep(widest, width / hours), share: width > 0 ? widest / width : 0 };
      setFit((now) => (now.step === next.step && now.share === next.share ? now : next));
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(box);
    return () => watch.disconnect();
  });
  return [setBox, fit.step, fit.share];
}
