//! The timeline: one line for each event, `[date] time [machine:] what`, a date holding for the lines that follow it.
//!
//! | what | means |
//! |---|---|
//! | `running 10s ng 20`, `stopped`, `fault:mould`, ... | the register shows this state; while it runs a count comes every 10 s, the k-th of them (k - 1/2) x 10 s after the line, and each 20th of the line is a reject |
//! | `counts total 5`, `shows total 3` | the counter steps by 5, or to 3 |
//! | `agent down`, `agent up` | the agent of all machines dies, and starts |
//! | `link down`, `link up` | the machine cannot be read, and can be again |
//! | `reason jam for 23:55 part 23:50~00:10 by lan leads` | the stop (or this part of it) had this reason; `leads`: its author leads the shift |
//! | `scrap 5 burr at 21:59:59`, `rework 2`, `reworked 2` | pieces a person counted out, or in |
//! | `product A from 10:00`, `order O1 start at 10:00` | what it makes (now, where no time is given) |
//! | `planned 10:00~11:00 5s` | a planned stop is declared |
//! | `first-off since 08:00`, `cavities 3`, `headcount 2.5`, `held total made at 10:00` | what else people say |
//! | `undo x` | the entry whose line ended with `as x` is taken back |
//! | `end` | up to here everything is told |

use super::clock::{Clock, date, span};
use super::configured::states;
use super::file::Scenario;
use gemba::model::entry::{OrderAct, Says, Scope};
use gemba::model::fact::Role;
use gemba::model::ids::MachineId;
use gemba::model::state::State;
use gemba::model::time::{Period, Timestamp};
use jiff::civil::Date;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub at: Timestamp,
    pub machine: MachineId,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The state register changed; a count every so many milliseconds, and each so many of them is a reject.
    Shows {
        state: State,
        pace_ms: Option<i64>,
        reject_every: Option<i64>,
    },
    /// A counter steps by so much.
    Counts(Role, i128),
    /// A counter shows this.
    Reads(Role, i128),
    /// The agent dies (false) or starts.
    Agent(bool),
    /// The machine cannot be read (false), or can again.
    Link(bool),
    /// Somebody said something about this instant.
    Said {
        about: Timestamp,
        author: String,
        key: Option<String>,
        says: Says,
    },
    /// All is told.
    End,
}

/// The events of a scenario in the order they came.
pub fn events(scenario: &Scenario) -> Result<Vec<Event>, String> {
    let clock = scenario.clock()?;
    let mut events = Vec::new();
    let mut today = None;
    for line in scenario.happened.lines.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        if words[0].matches('-').count() == 2 && words[0].len() == 10 {
            today = Some(date(words.remove(0))?);
        }
        let today = today.ok_or(format!("`{line}`: the first line needs a date"))?;
        let wrong = |why: String| format!("timeline, `{}`: {why}", line.trim());
        events.push(event(scenario, &clock, today, &words).map_err(wrong)?);
    }
    match events.last() {
        Some(Event { what: What::End, .. }) => Ok(events),
        Some(_) | None => Err("the last line of a timeline is `end`".into()),
    }
}

fn event(scenario: &Scenario, clock: &Clock, today: Date, words: &[&str]) -> Result<Event, String> {
    let (time, mut rest) = words.split_first().ok_or("a time")?;
    let at = clock.at(today, time)?;
    let mut machine = MachineId(0);
    if let Some(name) = rest.first().and_then(|word| word.strip_suffix(':')) {
        machine = scenario.id_of(name)?;
        rest = &rest[1..];
    }
    let (verb, rest) = rest.split_first().ok_or("what happened is missing")?;
    let line = Line { clock, today, at, rest };
    let what = match *verb {
        "end" => What::End,
        "agent" => What::Agent(line.is_up()?),
        "link" => What::Link(line.is_up()?),
        "counts" => What::Counts(line.role()?, line.number(1)?),
        "shows" => What::Reads(line.role()?, line.number(1)?),
        verb => match states().into_iter().find(|state| state.name() == verb) {
            Some(state) => What::Shows {
                state,
                pace_ms: line.rest.first().map(|pace| span(pace)).transpose()?,
                reject_every: line.after("ng").map(|_| line.number(2)).transpose()?,
            },
            None => line.said(verb)?,
        },
    };
    Ok(Event { at, machine, what })
}

/// What stands after the verb.
struct Line<'a> {
    clock: &'a Clock,
    today: Date,
    at: Timestamp,
    rest: &'a [&'a str],
}

impl Line<'_> {
    fn word(&self, place: usize) -> Result<&str, String> {
        self.rest
            .get(place)
            .copied()
            .ok_or("something is missing at its end".into())
    }

    fn number<T: std::str::FromStr>(&self, place: usize) -> Result<T, String> {
        let word = self.word(place)?;
        word.parse().map_err(|_| format!("`{word}` is no number"))
    }

    fn role(&self) -> Result<Role, String> {
        let word = self.word(0)?;
        Role::parse(word).ok_or(format!("there is no counter `{word}`"))
    }

    fn is_up(&self) -> Result<bool, String> {
        match self.word(0)? {
            "up" => Ok(true),
            "down" => Ok(false),
            other => Err(format!("`{other}`: up or down")),
        }
    }

    /// The word after a key word.
    fn after(&self, key: &str) -> Option<&str> {
        let place = self.rest.iter().position(|word| *word == key)?;
        self.rest.get(place + 1).copied()
    }

    /// `22:00` of the line's date, or `2026-11-20T22:00`.
    fn time(&self, text: &str) -> Result<Timestamp, String> {
        match text.split_once('T') {
            Some((day, time)) => self.clock.at(date(day)?, time),
            None => self.clock.at(self.today, text),
        }
    }

    fn time_after(&self, key: &str) -> Result<Timestamp, String> {
        self.after(key).map_or(Ok(self.at), |text| self.time(text))
    }

    /// `23:50~00:10`: the stretch between two times.
    fn stretch(&self, text: &str) -> Result<Period, String> {
        let (from, to) = text.split_once('~').ok_or(format!("`{text}`: as 10:00~11:00"))?;
        Ok(Period::new(self.time(from)?, self.time(to)?))
    }

    fn said(&self, verb: &str) -> Result<What, String> {
        let id = |place: usize| self.word(place).map(Into::into);
        let optional = |place: usize| {
            let word = self
                .rest
                .get(place)
                .filter(|word| !["at", "as", "by", "from"].contains(*word));
            word.map_or("".into(), |word| (*word).into())
        };
        let mut about = self.time_after("at")?;
        let says = match verb {
            "reason" => {
                about = self.time_after("for")?;
                Says::Reason {
                    reason: id(0)?,
                    anchor: about,
                    part: self.after("part").map(|part| self.stretch(part)).transpose()?,
                    leads: self.rest.contains(&"leads"),
                }
            }
            "scrap" => Says::Scrap {
                pieces: self.number(0)?,
                reason: optional(1),
                scope: Scope::Now,
            },
            "rework" => Says::Rework {
                pieces: self.number(0)?,
                reason: optional(1),
                scope: Scope::Now,
            },
            "product" => {
                about = self.time_after("from")?;
                Says::Product { product: id(0)? }
            }
            "order" => Says::Order {
                order: id(0)?,
                act: OrderAct::parse(self.word(1)?).ok_or("an order is started, paused or finished")?,
                when: about,
            },
            "planned" => {
                let stretch = self.stretch(self.word(0)?)?;
                about = stretch.start;
                Says::PlannedStop {
                    until: stretch.end,
                    reason: optional(1),
                }
            }
            "first-off" => {
                about = self.time_after("since")?;
                Says::FirstOff { when: self.at }
            }
            "cavities" => Says::Cavities {
                active: self.number(0)?,
            },
            "headcount" => Says::Headcount {
                milli: (self.number::<f64>(0)? * 1000.0).round() as i64,
                line: "".into(),
            },
            "held" => Says::Held {
                role: id(0)?,
                release: self.word(1)? == "made",
            },
            "undo" => Says::Undo { entry: id(0)? },
            other => return Err(format!("nobody knows what `{other}` is")),
        };
        Ok(What::Said {
            about,
            author: self.after("by").unwrap_or("leader").to_owned(),
            key: self.after("as").map(str::to_owned),
            says,
        })
    }

    /// Words that are about the instant they are said for, and nothing else.
    fn plain(&self, verb: &str) -> Result<Says, String> {
        let word = || self.word(0).map(Into::into);
        Ok(match verb {
            "reworked" => Says::Reworked {
                pieces: self.number(0)?,
            },
            "cavities" => Says::Cavities {
                active: self.number(0)?,
            },
            "headcount" => Says::Headcount {
                milli: (self.number::<f64>(0)? * 1000.0).round() as i64,
                line: "".into(),
            },
            "held" => Says::Held {
                role: word()?,
                release: self.word(1)? == "made",
            },
            "undo" => Says::Undo { entry: word()? },
            other => return Err(format!("nobody knows what `{other}` is")),
        })
    }
}
