//! What the core keeps of each entry for ever: ten years of a plant's taps must fit into a gateway.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

use gemba::model::entry::{Entry, OrderAct, Says, Scope, Source};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::time::{MINUTE_MS, Timestamp};
use gemba::oee::plan::Plan;

/// Two years and nine months of 200 entries a day: enough that a page of memory more or less is no byte an entry.
const ENTRIES: u64 = 200_000;
/// 100 bytes each are 73 MB after ten years of 200 entries a day.
const MOST_BYTES: u64 = 100;

fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

/// Of twenty words on the shop floor thirteen are reasons, four are about pieces, two about orders, one about people; each text
/// is one of its own, as it comes out of the journal.
fn says(n: u64, at: Timestamp) -> Says {
    let reason = format!("material_wait_{}", n % 17).into();
    match n % 20 {
        0..=12 => Says::Reason {
            reason,
            anchor: at.plus(40_000),
            part: None,
            leads: n.is_multiple_of(3),
        },
        13..=15 => Says::Scrap {
            pieces: 1 + (n % 9).cast_signed(),
            reason,
            scope: Scope::Now,
        },
        16 => Says::Reworked { pieces: 2 },
        17 | 18 => Says::Order {
            order: format!("order-{:07}", n / 50).into(),
            act: if n % 20 == 17 {
                OrderAct::Start
            } else {
                OrderAct::Finish
            },
            when: at.plus(90_000),
        },
        _ => Says::Headcount {
            milli: 1_500,
            line: "".into(),
        },
    }
}

fn fact(n: u64) -> Fact {
    let at = Timestamp(1_790_000_000_000).plus(n.cast_signed() * 7 * MINUTE_MS);
    let author = format!("operator-{}", n % 30);
    let key = format!("{author}/{n:08x}-9b1d-4c7e-8a55-{:012x}", n * 7_919).into();
    Fact {
        at,
        received_at: at.plus(200_000),
        mono_ms: 0,
        epoch: 0,
        machine: Some(MachineId(u32::try_from(n / 20 % 50).unwrap())),
        author: author.as_str().into(),
        body: Body::Entry(Entry {
            key,
            source: Source::Manual,
            late: false,
            says: says(n, at),
        }),
    }
}

#[test]
fn an_entry_is_kept_in_a_hundred_bytes() {
    let mut plan = Plan::default();
    (0..20).for_each(|n| plan.apply(&fact(n)));
    let before = resident_bytes();
    (20..ENTRIES).for_each(|n| plan.apply(&fact(n)));
    let each = (resident_bytes() - before) / ENTRIES;
    assert!(plan.entry("operator-0/00000000-9b1d-4c7e-8a55-000000000000").is_some());
    assert!(each <= MOST_BYTES, "{each} bytes an entry");
}
