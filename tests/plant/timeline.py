"""A machine's script worked out into events: what it did, as a pure function of the time since the start.

A script is a list of segments, one after the other, `repeat` times over:
  ms            how long the segment lasts
  state         the state code the machine shows
  cycle_ms      a count every so many milliseconds (none when absent)
  reject_every  every n-th count of the machine is a reject (none when absent)
  set           what the raw counter is set to at the beginning of the segment (a reset)
After the last segment the machine stands in state 0.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

STOPPED = 0


@dataclass(frozen=True)
class Moment:
    """What a machine shows from an instant on."""

    at: int  # milliseconds since the start
    state: int
    counter: int  # the raw counter, before it is cut to its width
    rejects: int


class Timeline:
    """The events of one machine in the order of time, and the truth about them."""

    def __init__(self, script: dict[str, Any]) -> None:
        self.id: str = script["id"]
        self.bits: int = script.get("bits", 32)
        self.changes: list[tuple[int, int]] = []
        self.counts: list[int] = []
        self.rejects: list[int] = []
        first = Moment(-1, STOPPED, script.get("counter", 0), script.get("rejects", 0))
        self._moments = [first]
        at = 0
        for segment in script["segments"] * script.get("repeat", 1):
            at = self._segment(at, segment)
        self._show(at, STOPPED)
        self.end = at
        self._instants = [moment.at for moment in self._moments]

    def at(self, ms: int) -> Moment:
        """What the machine shows `ms` after the start; before it, what it began with."""
        return self._moments[max(0, bisect_right(self._instants, ms) - 1)]

    def between(self, after: int, until: int) -> list[Moment]:
        """The events in (after, until]."""
        return self._moments[bisect_right(self._instants, after) : bisect_right(self._instants, until)]

    def raw(self, moment: Moment) -> int:
        """The counter as the machine's register shows it."""
        return moment.counter % (1 << self.bits)

    def truth(self, started: int) -> dict[str, Any]:
        """Every change of state and every count in wall milliseconds."""
        return {
            "changes": [[started + at, state] for at, state in self.changes],
            "counts": [started + at for at in self.counts],
            "rejects": [started + at for at in self.rejects],
            "end": started + self.end,
        }

    def _segment(self, start: int, segment: dict[str, Any]) -> int:
        self._show(start, segment["state"], segment.get("set"))
        end = start + segment["ms"]
        cycle = segment.get("cycle_ms")
        if cycle:
            for at in range(start + cycle, end, cycle):
                self._count(at, segment.get("reject_every"))
        return end

    def _show(self, at: int, state: int, counter: int | None = None) -> None:
        last = self._moments[-1]
        self._moments.append(Moment(at, state, last.counter if counter is None else counter, last.rejects))
        if state != last.state:
            self.changes.append((at, state))

    def _count(self, at: int, reject_every: int | None) -> None:
        last = self._moments[-1]
        self.counts.append(at)
        reject = bool(reject_every) and len(self.counts) % reject_every == 0
        if reject:
            self.rejects.append(at)
        self._moments.append(Moment(at, last.state, last.counter + 1, last.rejects + reject))
