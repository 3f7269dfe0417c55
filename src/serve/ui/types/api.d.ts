// What the program tells the page, made from src/serve/contract.rs, where each field is explained.

export type Screen = "run" | "slow" | "short" | "idle" | "down" | "change" | "planned" | "offline";

export type Shown = "full" | "approx" | "none";

export type Boot = { version: string, 
/**
 * Changes with the page's files.
 */
build: string, now: number, 
/**
 * IANA zone of the plant.
 */
timezone: string, 
/**
 * Language of the plant, such as `vi`.
 */
language: string, plant: PlantName, targets: Targets, reasons: Array<Reason>, };

export type PlantName = { org: string, id: string, name: { [key in string]: string }, };

export type Targets = { oee: number | null, availability: number | null, performance: number | null, quality: number | null, };

export type Reason = { id: string, name: { [key in string]: string }, screen: Screen, };

export type Snapshot = { now: number, 
/**
 * Differs from that of [`Boot`] when the page's files have changed.
 */
build: string, 
/**
 * The core has told nothing new for five seconds.
 */
stale: boolean, shift: Shift | null, next: NextShift | null, plant: Plant, machines: Array<Tile>, };

export type ShiftChange = { shift: Shift | null, next: NextShift | null, };

export type Heartbeat = { now: number, build: string, 
/**
 * The core has told nothing new for five seconds.
 */
stale: boolean, };

export type Shift = { id: string, name: string, 
/**
 * Plant-local date of its start, as `2026-11-21`.
 */
date: string, start: number, end: number, planned: boolean, };

export type NextShift = { id: string, name: string, start: number, };

export type Ratios = { 
/**
 * Id of the loss policy they are worked out under.
 */
policy: string, oee: number | null, availability: number | null, performance: number | null, 
/**
 * Performance is above 1: the standard is too long, or a counter counts too much.
 */
above_one: boolean, quality: number | null, 
/**
 * Known / planned time.
 */
coverage: number | null, 
/**
 * Rejected / made pieces.
 */
defect_rate: number | null, shown: Shown, 
/**
 * `too_early`, `low_coverage`, `stale` or `commissioning`.
 */
shown_why: string | null, };

export type Plant = { ratios: Ratios, 
/**
 * Good pieces of the machines whose rejects are known, those of closed gaps among them.
 */
good: number, 
/**
 * All pieces, those of closed gaps among them.
 */
made: number, 
/**
 * Good pieces of these machines that should be there by now.
 */
plan: number | null, 
/**
 * Stops longer than the minor limit, and planned time longer than five minutes that nobody saw, that nobody gave a reason
 * for.
 */
unexplained: number, 
/**
 * Why there is no OEE: `missing_rejects`, `missing_judgement`, `missing_excess_reject`, `missing_standard` or
 * `missing_planned_time`; null where there is one. Availability and performance stand all the same.
 */
why: string | null, 
/**
 * The machines that this lies in, by id: those whose rejects nobody counts or whose pieces are not all judged.
 */
lacking: Array<string>, 
/**
 * Machines in service: all of them are in the ratios.
 */
machines: number, };

export type Tile = { id: string, name: { [key in string]: string }, line: string | null, screen: Screen, 
/**
 * What its signals say, such as `waiting:material`.
 */
state: string, class: string, 
/**
 * The cause its signals name, such as `material`.
 */
cause: string | null, 
/**
 * Id of the reason a person gave.
 */
reason: string | null, 
/**
 * Begin of the whole stop, or of the stretch that looks like this.
 */
since: number, ratios: Ratios, 
/**
 * False before a person put it in service: it has no ratios, and is in no sum.
 */
in_service: boolean, 
/**
 * All pieces of the shift, those of closed gaps among them.
 */
made: number, 
/**
 * The good ones; null where the quality of some is not known.
 */
good: number | null, reject: number | null, 
/**
 * Good pieces that should be there by now, by the plan made when the shift began ...
 */
plan: number | null, 
/**
 * ... and at the end of the shift.
 */
plan_shift: number | null, product: string | null, product_name: { [key in string]: string } | null, 
/**
 * Ideal cycle of a shot, or of a piece where a counter counts pieces, in seconds.
 */
ideal_s: number | null, 
/**
 * Mean cycle of the same over the last few, in seconds.
 */
cycle_s: number | null, 
/**
 * Stops of the shift longer than the minor limit, and planned time longer than five minutes that nobody saw, that nobody
 * gave a reason for.
 */
unexplained: number, 
/**
 * When the signal that is silent longest was confirmed, meters apart.
 */
last_data: number | null, 
/**
 * People enter the rejects, and a shift of it is not closed: quality may still change.
 */
provisional: boolean, 
/**
 * Its past is being worked out again.
 */
recomputing: boolean, 
/**
 * Pieces nobody can believe, not booked.
 */
held: number, 
/**
 * The shift so far: seconds from its start, and what it looks like from then on.
 */
strip?: Array<[number, Screen]>, };

export type ShiftDetail = { now: number, shift: Shift, 
/**
 * The machine now; its sums are of the shift that is on.
 */
tile: Tile, 
/**
 * People enter the rejects, and this shift is not closed: quality may still change.
 */
provisional: boolean, 
/**
 * Id of the loss policy of the shift.
 */
policy: string, 
/**
 * Known / planned time of the shift so far.
 */
coverage: number | null, segments: Array<Segment>, hours: Array<Hour>, 
/**
 * Stops by reason or cause, longest first.
 */
stops: Array<StopSum>, times: Array<TimeSum>, };

export type Segment = { start: number, end: number, screen: Screen, class: string, cause: string | null, reason: string | null, 
/**
 * Begin of the whole stop, also where that was before the shift.
 */
since: number, 
/**
 * Who gave the reason.
 */
author: string | null, 
/**
 * A stop longer than the minor limit, or planned time longer than five minutes that nobody saw, that nobody gave a reason
 * for.
 */
unexplained: boolean, };

export type Hour = { start: number, end: number, made: number, 
/**
 * Good pieces, without what `adjusted` says.
 */
good: number | null, 
/**
 * Good pieces that entries of this hour put in (below zero: took out) for a whole shift or order, whichever hour made them.
 */
adjusted: number, 
/**
 * Good pieces that the whole hour should bring ...
 */
plan: number | null, 
/**
 * ... and that its part up to now should have brought.
 */
plan_so_far: number | null, 
/**
 * Share of the hour that is over.
 */
frac: number, };

export type StopSum = { screen: Screen, class: string, cause: string | null, reason: string | null, ms: number, 
/**
 * Stops that began in the shift.
 */
count: number, };

export type TimeSum = { screen: Screen, ms: number, };

export type RollUps = { 
/**
 * IANA zone of the calendar.
 */
timezone: string, 
/**
 * Id of the loss policy of all ratios: the one in force at the end.
 */
policy: string, 
/**
 * The engine that worked all of it out; `mixed` where it was several, whose numbers each row has, `unknown` where nobody
 * knows it any more, and null where there are no rows.
 */
engine: Engine | null, version: string, 
/**
 * Minute tallies of the dates, machine and line asked for that were corrected since they were sealed.
 */
corrected: number, 
/**
 * Minute tallies, and so hours, before it are no longer kept; null where none was ever given up.
 */
kept_since: number | null, rows: Array<RollUp>, };

export type RollUp = { 
/**
 * `2026-11-21T06:00:00Z` (the hour), `2026-11-21.1` (the shift), `2026-11-21`, `2026-W47` or `2026-11`.
 */
period: string, 
/**
 * Id of the machine, line, plant, product or order.
 */
id: string, machines: Array<string>, 
/**
 * What they belong to by name, such as `product`; `mixed` where they differ.
 */
key: Record<string, string>, 
/**
 * The first 50 that they differ in, in order, by the names that are `mixed` ...
 */
mixed: Record<string, string[]>, 
/**
 * ... and those names of which there are more.
 */
mixed_cut: string[], sums: Record<string, number>, kpis: Record<string, number | null>, 
/**
 * The cause of each KPI that is null.
 */
why: Record<string, string>, 
/**
 * Known / planned time.
 */
coverage: number | null, 
/**
 * Up to when all its machines are sealed; null where the row is final: what changes then is a correction.
 */
sealed_until: number | null, 
/**
 * People enter the rejects of one of its machines, and one of their shifts is not closed: quality may still change.
 */
provisional: boolean, 
/**
 * How far the ratios may be believed: `full`, `approx`, `low_coverage` or `too_early`.
 */
shown: string, 
/**
 * Performance is above 1: the standard is too long, or a counter counts too much.
 */
above_one: boolean, 
/**
 * Time between two polls / ideal cycle of the machine that is polled coarsest for its cycles; above 0.1 there are no
 * percentiles.
 */
resolution: number | null, 
/**
 * Where the lengths of cycles come from: `pieces`, `register` or `mixed`; null where no machine made any.
 */
cycle_source: string | null, 
/**
 * Of one machine and product without a standard: P10 of at least 30 cycles, an ideal cycle to begin with, in seconds.
 */
suggested_ideal_s: number | null, 
/**
 * True where `wh` is a share, by run time, of a meter that measures other machines too.
 */
energy_is_share: boolean, 
/**
 * Of a product of a family mould: pieces made of each part in known time, good or not, by its shots ...
 */
parts: Record<string, number>, 
/**
 * ... and those of its pieces that are not told by part: a cavity was not in use, or no shots were counted.
 */
parts_untold: number, };
