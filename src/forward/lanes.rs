//! Pure. Two lanes through one ledger: what is newest first, then the backlog, and how far each is confirmed.

/// What the lanes go by.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// Bookings in a stretch.
    pub rows: u64,
    /// Time between two flushes while less than a stretch waits, in milliseconds.
    pub flush_ms: u64,
    /// Stretches of backlog after each stretch of what is newest.
    pub backlog: u32,
}

/// Which lane a stretch belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// What was booked last.
    Newest,
    /// What follows the last booking up to which everything is confirmed.
    Backlog,
}

/// Bookings to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// First number.
    pub first: u64,
    /// Last number.
    pub last: u64,
    /// Its lane.
    pub lane: Lane,
}

/// How far a sink has the ledger.
///
/// `done` and one range ahead of it are what is confirmed or in quarantine. While more than a stretch waits, each flush
/// first sends what is newest and notes it as the range ahead, then some stretches of the backlog. When the newest has
/// moved on by more than a stretch, because the sink was away again, the range is forgotten for a new one, and its rows
/// are sent once more, which changes nothing at the sink.
#[derive(Debug)]
pub struct Lanes {
    rhythm: Rhythm,
    done: u64,
    ahead: Option<(u64, u64)>,
    newest: u64,
    flush: Option<Flush>,
    flush_at: u64,
}

/// The rest of the flush under way.
#[derive(Debug, Clone, Copy)]
struct Flush {
    newest: bool,
    backlog: u32,
    /// The newest booking when it began: later ones wait for the next.
    until: u64,
}

impl Lanes {
    /// Everything up to and with `done` is confirmed, and so is the range `ahead`.
    pub fn new(rhythm: Rhythm, done: u64, ahead: Option<(u64, u64)>) -> Lanes {
        let mut lanes = Lanes {
            rhythm,
            done,
            ahead: ahead.filter(|(first, last)| first <= last),
            newest: done,
            flush: None,
            flush_at: 0,
        };
        lanes.absorb();
        lanes
    }

    /// The ledger reaches to booking `newest`.
    pub fn reaches(&mut self, newest: u64) {
        self.newest = self.newest.max(newest);
    }

    /// The newest booking known.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Everything up to this booking is confirmed or in quarantine, and so is the range.
    pub fn position(&self) -> (u64, Option<(u64, u64)>) {
        (self.done, self.ahead)
    }

    /// Bookings that wait to be sent.
    pub fn backlog(&self) -> u64 {
        let ahead = self.ahead.map_or(0, |(first, last)| last - first + 1);
        self.newest.saturating_sub(self.done).saturating_sub(ahead)
    }

    /// When the next flush is due, in monotonic milliseconds; `None` when nothing waits.
    pub fn due_at(&self) -> Option<u64> {
        (self.backlog() > 0).then_some(self.flush_at)
    }

    /// Makes what waits due at once.
    pub fn flush_now(&mut self) {
        self.flush_at = 0;
    }

    /// The flush under way failed: the next begins with what is newest then.
    pub fn abandon(&mut self) {
        self.flush = None;
    }

    /// The next stretch to send, or `None` when nothing is due.
    pub fn plan(&mut self, mono_ms: u64) -> Option<Stretch> {
        while self.backlog() > 0 {
            let waiting = self.backlog();
            let Some(flush) = &mut self.flush else {
                if mono_ms < self.flush_at && waiting < self.rhythm.rows {
                    return None;
                }
                self.flush_at = mono_ms.saturating_add(self.rhythm.flush_ms);
                self.flush = Some(Flush {
                    newest: waiting > self.rhythm.rows,
                    backlog: self.rhythm.backlog.max(1),
                    until: self.newest,
                });
                continue;
            };
            if flush.newest {
                flush.newest = false;
                if let Some(stretch) = self.newest_stretch() {
                    return Some(stretch);
                }
            } else if flush.backlog > 0 && self.done < flush.until {
                flush.backlog -= 1;
                let end = self.ahead.map_or(self.newest, |(first, _)| first - 1);
                return Some(Stretch {
                    first: self.done + 1,
                    last: end.min(self.done + self.rhythm.rows),
                    lane: Lane::Backlog,
                });
            } else {
                self.flush = None;
            }
        }
        self.flush = None;
        None
    }

    /// Every booking of the stretch is confirmed or in quarantine.
    pub fn confirm(&mut self, stretch: Stretch) {
        match stretch.lane {
            Lane::Backlog => self.done = self.done.max(stretch.last),
            Lane::Newest => {
                let continued = self.ahead.filter(|(_, end)| end + 1 == stretch.first);
                self.ahead = Some((continued.map_or(stretch.first, |(start, _)| start), stretch.last));
            }
        }
        self.absorb();
    }

    fn newest_stretch(&mut self) -> Option<Stretch> {
        let rows = self.rhythm.rows;
        let first = match self.ahead {
            Some((_, last)) if last >= self.newest => return None,
            Some((_, last)) if self.newest - last <= rows => last + 1,
            Some(_) | None => {
                self.ahead = None;
                (self.done + 1).max(self.newest.saturating_sub(rows) + 1)
            }
        };
        Some(Stretch {
            first,
            last: self.newest,
            lane: Lane::Newest,
        })
    }

    fn absorb(&mut self) {
        if let Some((first, last)) = self.ahead
            && first <= self.done + 1
        {
            self.done = self.done.max(last);
            self.ahead = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RHYTHM: Rhythm = Rhythm {
        rows: 500,
        flush_ms: 10_000,
        backlog: 4,
    };

    fn planned(lanes: &mut Lanes, mono_ms: u64) -> Option<(u64, u64)> {
        lanes.plan(mono_ms).map(|stretch| {
            lanes.confirm(stretch);
            (stretch.first, stretch.last)
        })
    }

    #[test]
    fn a_few_bookings_go_out_every_ten_seconds_and_a_full_stretch_at_once() {
        let mut lanes = Lanes::new(RHYTHM, 0, None);
        assert_eq!((lanes.plan(0), lanes.due_at()), (None, None));
        lanes.reaches(3);
        assert_eq!(planned(&mut lanes, 5_000), Some((1, 3)), "the last flush is long ago");
        lanes.reaches(502);
        assert_eq!(lanes.plan(14_999), None, "499 wait");
        assert_eq!(lanes.due_at(), Some(15_000));
        assert_eq!(planned(&mut lanes, 15_000), Some((4, 502)));
        lanes.reaches(1_002);
        assert_eq!(planned(&mut lanes, 15_001), Some((503, 1_002)), "500 wait");
        assert_eq!(lanes.plan(99_999), None);
    }

    #[test]
    fn after_an_outage_each_flush_sends_what_is_newest_and_then_four_stretches_of_the_backlog() {
        let mut lanes = Lanes::new(RHYTHM, 0, None);
        lanes.reaches(5_000);
        let mut sent: Vec<_> = (0..5).filter_map(|_| planned(&mut lanes, 0)).collect();
        assert_eq!(
            sent,
            [(4_501, 5_000), (1, 500), (501, 1_000), (1_001, 1_500), (1_501, 2_000)]
        );
        assert_eq!(lanes.position(), (2_000, Some((4_501, 5_000))));
        assert_eq!(lanes.backlog(), 2_500);
        lanes.reaches(5_040);
        sent = (0..5).filter_map(|_| planned(&mut lanes, 0)).collect();
        assert_eq!(
            sent,
            [
                (5_001, 5_040),
                (2_001, 2_500),
                (2_501, 3_000),
                (3_001, 3_500),
                (3_501, 4_000)
            ]
        );
        sent = (0..5).filter_map(|_| planned(&mut lanes, 0)).collect();
        assert_eq!(sent, [(4_001, 4_500)], "the lanes have met");
        assert_eq!(lanes.position(), (5_040, None));
    }

    #[test]
    fn at_a_new_outage_the_range_ahead_is_forgotten_for_what_is_newest_then() {
        let mut lanes = Lanes::new(RHYTHM, 1_000, Some((4_501, 5_000)));
        lanes.reaches(9_000);
        assert_eq!(planned(&mut lanes, 0), Some((8_501, 9_000)));
        assert_eq!(lanes.position(), (1_000, Some((8_501, 9_000))));
        lanes.abandon();
        lanes.reaches(9_001);
        assert_eq!(
            planned(&mut lanes, 0),
            Some((9_001, 9_001)),
            "a new flush begins with the newest again"
        );
    }

    #[test]
    fn a_range_that_touches_what_is_done_is_part_of_it() {
        assert_eq!(Lanes::new(RHYTHM, 10, Some((11, 20))).position(), (20, None));
        assert_eq!(Lanes::new(RHYTHM, 10, Some((5, 8))).position(), (10, None));
        assert_eq!(
            Lanes::new(RHYTHM, 10, Some((30, 20))).position(),
            (10, None),
            "no range at all"
        );
    }
}
