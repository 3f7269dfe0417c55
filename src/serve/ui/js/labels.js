// @ts-check
// Pure. Which hours stand on an axis, and which of them have a label.

/** The instants of a shift that get a line: its full hours on the plant's clock, between its ends.
 * @param {number} start @param {number} end @param {(ms: number) => string} clock HH:MM in the plant */
export function fullHours(start, end, clock) {
  const minute = 60000;
  const into = Number(clock(start).slice(3));
  const hours = [];
  for (let at = start + (60 - into) * minute; at < end; at += 60 * minute) {
    hours.push(at);
  }
  return hours;
}

/** Every how many hours a label may stand on an axis: what divides a day. */
const LABEL_STEPS = [1, 2, 3, 4, 6, 8, 12];

/** Every how many hours a label stands on an axis of hours that are `apart` px long, each label `width` px wide.
 * @param {number} width @param {number} apart */
export function labelStep(width, apart) {
  return LABEL_STEPS.find((step) => step * apart >= width) || 24;
}

/** Which hours of an axis have a label, one in `step`: those that the step divides on the plant's clock, if there are such. They
 * are counted from the first one on, since a day may have an hour twice.
 * @param {number[]} hours @param {number} step @param {(ms: number) => string} clock HH:MM in the plant */
export function labelled(hours, step, clock) {
  const first = Math.max(0, hours.findIndex((hour) => Number(clock(hour).slice(0, 2)) % step === 0));
  return hours.map((_, index) => (index - first) % step === 0);
}
