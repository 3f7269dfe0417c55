//! Pure. An entry in a few bytes: instants as differences from its own, and each name only once for all entries.

use super::heard::Heard;
use crate::model::bytes::{ByteReader, ByteWriter};
use crate::model::entry::{Late, OrderAct, Says, Scope, Source};
use crate::model::ids::MachineId;
use crate::model::time::{Period, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ids of reasons, products, orders, lines and authors that entries name, each with a number.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    numbers: BTreeMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    fn number(names: &mut Arc<Names>, name: &Arc<str>) -> u32 {
        if let Some(number) = names.numbers.get(name) {
            return *number;
        }
        let all = Arc::make_mut(names);
        let number = u32::try_from(all.names.len()).unwrap_or(u32::MAX);
        all.numbers.insert(Arc::clone(name), number);
        all.names.push(Arc::clone(name));
        number
    }
}

/// The bytes of an entry; names that are new are added.
pub(super) fn pack(heard: &Heard, names: &mut Arc<Names>) -> Vec<u8> {
    let mut packer = Packer {
        out: ByteWriter::default(),
        at: heard.at,
        names,
    };
    packer.out.time(heard.at);
    let machine = heard.machine.map(|machine| i64::from(machine.0));
    packer.out.maybe(machine, ByteWriter::int);
    packer.instant(heard.received_at);
    packer.name(&heard.author);
    packer.out.int(match heard.source {
        Source::Manual => 0,
        Source::Scan => 1,
        Source::Auto => 2,
    });
    packer.says(&heard.says);
    packer.out.into_bytes()
}

/// The `n`-th entry, from its bytes; `None` for bytes that are no entry's.
pub(super) fn unpack(bytes: &[u8], n: u64, names: &Names) -> Option<Heard> {
    let mut input = ByteReader::new(bytes);
    let at = input.time()?;
    let mut packed = Packed { input, at, names };
    let machine = packed.input.maybe(ByteReader::int)?;
    Some(Heard {
        machine: match machine {
            Some(machine) => Some(MachineId(u32::try_from(machine).ok()?)),
            None => None,
        },
        at,
        received_at: packed.instant()?,
        author: packed.name()?,
        source: match packed.input.int()? {
            0 => Source::Manual,
            1 => Source::Scan,
            2 => Source::Auto,
            _ => return None,
        },
        n,
        says: packed.says()?,
    })
}

struct Packer<'a> {
    out: ByteWriter,
    at: Timestamp,
    names: &'a mut Arc<Names>,
}

impl Packer<'_> {
    fn kind(&mut self, kind: i64) {
        self.out.int(kind);
    }

    fn instant(&mut self, at: Timestamp) {
        self.out.wide(i128::from(at.0) - i128::from(self.at.0));
    }

    fn name(&mut self, name: &Arc<str>) {
        let number = Names::number(self.names, name);
        self.out.int(i64::from(number));
    }

    fn says(&mut self, says: &Says) {
        match says {
            Says::Reason {
                reason,
                anchor,
                part,
                leads,
            } => {
                self.kind(0);
                self.name(reason);
                self.instant(*anchor);
                self.out.bit(*leads);
                self.out.bit(part.is_some());
                part.iter()
                    .flat_map(|part| [part.start, part.end])
                    .for_each(|at| self.instant(at));
            }
            Says::Scrap { pieces, reason, scope } => self.taken(1, *pieces, reason, scope),
            Says::Rework { pieces, reason, scope } => self.taken(2, *pieces, reason, scope),
            Says::Reworked { pieces } => self.number(3, *pieces),
            Says::Product { product } => self.named(4, product),
            Says::Order { order, act, when } => {
                self.named(5, order);
                self.out.int(match act {
                    OrderAct::Start => 0,
                    OrderAct::Pause => 1,
                    OrderAct::Finish => 2,
                });
                self.instant(*when);
            }
            Says::PlannedStop { until, reason } => {
                self.named(6, reason);
                self.instant(*until);
            }
            Says::FirstOff { when } => self.told_at(7, *when),
            Says::Cavities { active } => self.number(8, i64::from(*active)),
            Says::Headcount { milli, line } => {
                self.named(9, line);
                self.out.int(*milli);
            }
            Says::HandCount { until, pieces, counted } => {
                self.number(10, *pieces);
                self.out.maybe(*counted, ByteWriter::int);
                self.instant(*until);
            }
            Says::Held { role, release } => {
                self.named(11, role);
                self.out.bit(*release);
            }
            Says::Service { on } => {
                self.kind(12);
                self.out.bit(*on);
            }
            Says::Accept { late: Late::Fact(seq) } => {
                self.kind(13);
                self.out.wide(i128::from(*seq));
            }
            Says::Accept { late: Late::Entry(key) } => self.text(16, key),
            Says::Unlock { until } => self.told_at(17, *until),
            Says::Close { shift } => self.text(15, shift),
            Says::Undo { entry } => self.text(14, entry),
        }
    }

    fn number(&mut self, kind: i64, number: i64) {
        self.kind(kind);
        self.out.int(number);
    }

    /// Of texts that few entries share.
    fn text(&mut self, kind: i64, text: &str) {
        self.kind(kind);
        self.out.text(text);
    }

    fn told_at(&mut self, kind: i64, at: Timestamp) {
        self.kind(kind);
        self.instant(at);
    }

    fn named(&mut self, kind: i64, name: &Arc<str>) {
        self.kind(kind);
        self.name(name);
    }

    fn taken(&mut self, kind: i64, pieces: i64, reason: &Arc<str>, scope: &Scope) {
        self.number(kind, pieces);
        self.name(reason);
        match scope {
            Scope::Now => self.out.int(0),
            Scope::Shift => self.out.int(1),
            // Each shift has a name of its own, which few entries share.
            Scope::Former(shift) => {
                self.out.int(2);
                self.out.text(shift);
            }
            Scope::Order(order) => {
                self.out.int(3);
                self.name(order);
            }
        }
    }
}

struct Packed<'a> {
    input: ByteReader<'a>,
    at: Timestamp,
    names: &'a Names,
}

impl Packed<'_> {
    fn instant(&mut self) -> Option<Timestamp> {
        let at = self.input.wide()?.checked_add(i128::from(self.at.0))?;
        i64::try_from(at).ok().map(Timestamp)
    }

    fn name(&mut self) -> Option<Arc<str>> {
        let number = usize::try_from(self.input.int()?).ok()?;
        self.names.names.get(number).cloned()
    }

    fn says(&mut self) -> Option<Says> {
        Some(match self.input.int()? {
            0 => Says::Reason {
                reason: self.name()?,
                anchor: self.instant()?,
                leads: self.input.bit()?,
                part: match self.input.bit()? {
                    true => Some(Period::new(self.instant()?, self.instant()?)),
                    false => None,
                },
            },
            1 => {
                let (pieces, reason, scope) = self.taken()?;
                Says::Scrap { pieces, reason, scope }
            }
            2 => {
                let (pieces, reason, scope) = self.taken()?;
                Says::Rework { pieces, reason, scope }
            }
            3 => Says::Reworked {
                pieces: self.input.int()?,
            },
            4 => Says::Product { product: self.name()? },
            5 => Says::Order {
                order: self.name()?,
                act: self.act()?,
                when: self.instant()?,
            },
            6 => Says::PlannedStop {
                reason: self.name()?,
                until: self.instant()?,
            },
            7 => Says::FirstOff { when: self.instant()? },
            8 => Says::Cavities {
                active: u32::try_from(self.input.int()?).ok()?,
            },
            9 => Says::Headcount {
                line: self.name()?,
                milli: self.input.int()?,
            },
            10 => Says::HandCount {
                pieces: self.input.int()?,
                counted: self.input.maybe(ByteReader::int)?,
                until: self.instant()?,
            },
            11 => Says::Held {
                role: self.name()?,
                release: self.input.bit()?,
            },
            12 => Says::Service { on: self.input.bit()? },
            13 => Says::Accept {
                late: Late::Fact(u64::try_from(self.input.wide()?).ok()?),
            },
            14 => Says::Undo {
                entry: self.input.text()?,
            },
            15 => Says::Close {
                shift: self.input.text()?,
            },
            16 => Says::Accept {
                late: Late::Entry(self.input.text()?),
            },
            17 => Says::Unlock { until: self.instant()? },
            _ => return None,
        })
    }

    fn act(&mut self) -> Option<OrderAct> {
        Some(match self.input.int()? {
            0 => OrderAct::Start,
            1 => OrderAct::Pause,
            2 => OrderAct::Finish,
            _ => return None,
        })
    }

    fn taken(&mut self) -> Option<(i64, Arc<str>, Scope)> {
        let (pieces, reason) = (self.input.int()?, self.name()?);
        let scope = match self.input.int()? {
            0 => Scope::Now,
            1 => Scope::Shift,
            2 => Scope::Former(self.input.text()?),
            3 => Scope::Order(self.name()?),
            _ => return None,
        };
        Some((pieces, reason, scope))
    }
}
