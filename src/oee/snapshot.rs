//! Pure. What the engine remembers of a machine as bytes of a fold snapshot, and back. No waiting stop is ever written.

use super::class::Group;
use super::engine::{Decided, Engine, Stop};
use crate::model::bytes::{ByteReader, ByteWriter};
use crate::model::state::Class;

impl Engine {
    /// Writes all of it; false, with nothing of use written, while a stop waits to be decided.
    pub fn write(&self, out: &mut ByteWriter) -> bool {
        let decided = self
            .stop
            .as_ref()
            .and_then(|stop| stop.decided.as_ref().map(|decided| (stop, decided)));
        if self.stop.is_some() != decided.is_some() {
            return false;
        }
        out.maybe(decided, |out, (stop, decided)| write_stop(out, stop, decided));
        out.maybe(self.stretch.as_ref(), |out, (class, since)| {
            out.text(class.name());
            out.time(*since);
        });
        out.maybe(self.running_since, ByteWriter::time);
        out.maybe(self.last_piece.as_ref(), |out, (at, product)| {
            out.time(*at);
            out.text(product);
        });
        true
    }

    /// Reads what [`Engine::write`] wrote.
    pub fn read(input: &mut ByteReader) -> Option<Engine> {
        let mut engine = Engine::default();
        engine.stop = input.maybe(read_stop)?;
        engine.stretch = input.maybe(|input| Some((Class::parse(&input.text()?)?, input.time()?)))?;
        engine.running_since = input.maybe(ByteReader::time)?;
        engine.last_piece = input.maybe(|input| Some((input.time()?, input.text()?)))?;
        Some(engine)
    }
}

fn write_stop(out: &mut ByteWriter, stop: &Stop, decided: &Decided) {
    out.int(match stop.group {
        Group::Down => 0,
        Group::Waiting => 1,
        Group::Setup => 2,
        Group::Maintenance => 3,
    });
    out.time(stop.start);
    out.int(stop.limit_ms);
    out.bit(stop.counted);
    out.bit(stop.failed);
    out.bit(decided.minor);
    out.maybe(decided.reason.as_ref(), |out, (reason, author, class)| {
        out.text(reason);
        out.text(author);
        out.text(class.name());
    });
}

fn read_stop(input: &mut ByteReader) -> Option<Stop> {
    let group = match input.int()? {
        0 => Group::Down,
        1 => Group::Waiting,
        2 => Group::Setup,
        3 => Group::Maintenance,
        _ => return None,
    };
    Some(Stop {
        group,
        start: input.time()?,
        limit_ms: input.int()?,
        counted: input.bit()?,
        failed: input.bit()?,
        decided: Some(Decided {
            minor: input.bit()?,
            reason: input.maybe(|input| Some((input.text()?, input.text()?, Class::parse(&input.text()?)?)))?,
        }),
        states: Vec::new(),
    })
}
