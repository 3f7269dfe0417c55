// A snapshot in which machines are in all the states and doubts a wall has to show, made of a real one.

const RARE = [
  { screen: 'down', class: 'unexplained', reason: null, cause: null, unexplained: 2 },
  { screen: 'down', class: 'breakdown', reason: null, cause: 'tool' },
  { screen: 'idle', class: 'waiting', reason: null, cause: 'downstream' },
  { screen: 'change', class: 'setup', reason: null, cause: null },
  { screen: 'offline', class: 'unknown', reason: null, cause: null },
  {
    ...{ screen: 'short', class: 'minor_stop', reason: null, cause: null },
    ...{ in_service: false, good: null, reject: null, plan: null, shown: 'none', why: 'commissioning' },
  },
  { screen: 'slow', class: 'running', provisional: true, held: 3, recomputing: true },
  { screen: 'planned', class: 'no_order', reason: null, cause: null },
  { screen: 'planned', class: 'planned_stop', reason: null, cause: null },
  { screen: 'run', class: 'running', good: null, reject: null, shown: 'none', why: 'too_early' },
  { screen: 'run', class: 'running', shown: 'approx', why: 'low_coverage' },
  { screen: 'run', class: 'running', oee: 1.064 },
];

/** `count` machines in turn in each of those. */
export function rare(snapshot, count = RARE.length) {
  const machines = [];
  for (let at = 0; at < count; at += 1) {
    const tile = snapshot.machines[at % snapshot.machines.length];
    machines.push(dressed(tile, RARE[at % RARE.length], at, snapshot.now));
  }
  // Of three machines nobody counts the rejects.
  const ratios = { ...snapshot.plant.ratios, oee: null, quality: null };
  const lacking = machines.slice(0, 3).map((tile) => tile.id);
  return { ...snapshot, machines, plant: { ...snapshot.plant, ratios, why: 'missing_rejects', lacking } };
}

function dressed(tile, { shown, why, oee, ...rest }, at, now) {
  const ratios = { ...tile.ratios };
  if (shown) {
    Object.assign(ratios, { shown, shown_why: why, coverage: 0.83 });
  }
  if (oee) {
    ratios.oee = oee;
  }
  const since = now - (at + 1) * 400_000;
  return { ...tile, ...rest, ratios, since, last_data: since, id: `${tile.id}-${at}` };
}
