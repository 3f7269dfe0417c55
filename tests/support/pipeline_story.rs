//! A random working day of two machines, and how it is told to a pipeline: late, repeated, cut by crashes.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of several test files")]

use super::pipeline_plant::{
    Asks, LATHE, LATHE_REJECT, LATHE_RUN, LATHE_TOTAL, PRESS, PRESS_STATE, PRESS_TOTAL, START,
};
use super::pipeline_rig::Rig;
use super::pipeline_words;
use super::pipeline_words::{Made, Ways, Word, settings_of, ways, word};
use gemba::model::entry::{Says, Scope};
use gemba::model::ids::MachineId;
use gemba::model::settings::Setting;
use gemba::model::time::{SECOND_MS, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Seconds between two polls.
pub const POLL_S: i64 = 10;

/// What happens, by the number of the poll it happens at.
#[derive(Debug, Clone)]
pub struct Story {
    /// How many polls it lasts.
    pub polls: usize,
    /// States of both machines and how many polls each lasts.
    pub states: Vec<(u16, u8)>,
    /// Messages of the press's counter that come so many polls late.
    pub late: BTreeMap<u16, u16>,
    /// Messages that come twice.
    pub twice: Vec<u16>,
    /// The PLC cannot be reached: from which poll, for how many, and whose.
    pub outages: Vec<(u16, u16, bool)>,
    /// What people say, at which poll; of several about one poll the last.
    pub said: BTreeMap<u16, Saying>,
    /// The agent dies at this many commits: was the commit written, and for how many polls it stays away.
    pub crashes: BTreeMap<u16, (bool, u16)>,
    /// After which of the starts that follow the lathe is not configured.
    pub without_lathe: [bool; 4],
    /// So many seconds the store takes for a commit, and for a page of history.
    pub slow: (u8, u8),
    /// The poll at which the next commits are refused, and how many.
    pub refused: BTreeMap<u16, u8>,
    /// What the states of both machines must show before they count.
    pub asks: [Asks; 2],
    pub ways: Ways,
}

/// What a person says about a time so many polls ago.
#[derive(Debug, Clone)]
pub enum Saying {
    Reason { lathe: bool, ago: u16, jam: bool },
    Scrap { lathe: bool, ago: u16, pieces: i8 },
    Product { lathe: bool, ago: u16, b: bool },
    Word { lathe: bool, ago: u16, word: Word },
}

/// What may go wrong in a story.
#[derive(Debug, Clone, Copy)]
pub struct Wild {
    /// Messages come late and people speak.
    pub late: bool,
    /// The agent dies.
    pub crashes: bool,
    /// The longest silence of a PLC or of the agent, in polls.
    pub silence: u16,
}

fn saying(polls: u16) -> impl Strategy<Value = Saying> {
    let ago = prop_oneof![0..30u16, 0..polls];
    (0..6u8, any::<bool>(), ago, any::<bool>(), -3..6i8, word()).prop_map(|(kind, lathe, ago, other, pieces, word)| {
        match kind {
            0 => Saying::Reason { lathe, ago, jam: other },
            1 => Saying::Scrap { lathe, ago, pieces },
            2 => Saying::Product { lathe, ago, b: other },
            _ => Saying::Word { lathe, ago, word },
        }
    })
}

fn asks() -> impl Strategy<Value = Asks> {
    prop_oneof![
        3 => Just(Asks::Nothing),
        2 => Just(Asks::Debounce),
        2 => Just(Asks::Pieces),
        3 => Just(Asks::Alone),
        1 => Just(Asks::AloneAndSlow),
        1 => Just(Asks::Both),
    ]
}

/// Any story of at most so many polls.
pub fn story(polls: u16, wild: Wild) -> impl Strategy<Value = Story> {
    let some = |yes: bool, most: usize| if yes { 0..most } else { 0..1 };
    let state = prop_oneof![3 => Just(1u8), 2 => Just(0), 1 => 2..5u8];
    let lasts = prop_oneof![1..12u16, 1..60u16, 60..200u16];
    let late = (0..polls, prop_oneof![1..9u16, 1..polls]);
    let told = (
        vec((lasts, state), 1..16),
        vec(late, some(wild.late, 12)),
        vec(0..polls, 0..4),
        vec((0..polls, 1..wild.silence, any::<bool>()), 0..4),
        vec((0..polls, saying(polls)), some(wild.late, 16)),
    );
    let without_lathe = prop_oneof![3 => Just([false; 4]), 1 => any::<[bool; 4]>()];
    let store = (
        without_lathe,
        vec((1..polls, (any::<bool>(), 0..wild.silence)), some(wild.crashes, 4)),
        (prop_oneof![Just(0u8), 0..40u8], prop_oneof![Just(0u8), 0..40u8]),
        vec((0..polls, 1..8u8), 0..3),
        [asks(), asks()],
    );
    (polls / 4..polls, told, store, ways()).prop_map(|(polls, told, store, ways)| Story {
        polls: usize::from(polls),
        states: told.0,
        late: told.1.into_iter().collect(),
        twice: told.2,
        outages: told.3,
        said: told.4.into_iter().collect(),
        without_lathe: store.0,
        crashes: store.1.into_iter().collect(),
        slow: store.2,
        refused: store.3.into_iter().collect(),
        asks: store.4,
        ways,
    })
}

/// What the machines do; the counters go on whether anybody looks or not.
struct Truth {
    states: Vec<u8>,
    made: Vec<i128>,
}

impl Truth {
    fn new(story: &Story, from: usize) -> Truth {
        let mut states: Vec<u8> = Vec::new();
        let turns = story.states.iter().cycle().skip(from % story.states.len());
        for (lasts, state) in turns {
            states.extend(std::iter::repeat_n(*state, usize::from(*lasts)));
            if states.len() >= story.polls {
                break;
            }
        }
        states.truncate(story.polls);
        let mut made = 0;
        let counted = states.iter().map(|state| {
            made += i128::from(*state == 1);
            made
        });
        let made = counted.collect();
        Truth { states, made }
    }

    fn state(&self, poll: usize) -> i128 {
        self.states.get(poll).copied().unwrap_or(1).into()
    }

    fn made(&self, poll: usize) -> i128 {
        match self.made.get(poll) {
            Some(made) => *made,
            None => self.made.last().unwrap() + (poll + 1 - self.made.len()) as i128,
        }
    }
}

/// The telling of a story.
pub struct Telling {
    pub rig: Rig,
    /// Pieces each machine has made, as its counter says at the end.
    pub made: [i64; 2],
    /// True when the lathe was not configured for a while.
    pub without_lathe: bool,
    press: Truth,
    lathe: Truth,
    /// Messages on their way: at which poll they come, and of which poll they tell.
    messages: Vec<(usize, usize)>,
    /// Messages not acknowledged: a broker sends them again.
    unacknowledged: BTreeMap<u64, usize>,
    crashes: usize,
    words: Made,
    ways: Ways,
}

fn at_poll(poll: usize) -> Timestamp {
    START.plus((poll as i64 + 1) * POLL_S * SECOND_MS)
}

fn poll_of(at: Timestamp) -> usize {
    usize::try_from(at.since(START) / (POLL_S * SECOND_MS)).unwrap_or(0)
}

/// Tells a story, and goes on until nothing is left over.
pub fn tell(story: &Story) -> Telling {
    let mut telling = Telling {
        rig: Rig::with(settings_of(story.ways, story.asks)),
        made: [0, 0],
        without_lathe: false,
        press: Truth::new(story, 0),
        lathe: Truth::new(story, 1),
        messages: Vec::new(),
        unacknowledged: BTreeMap::new(),
        crashes: 0,
        words: Made::new(),
        ways: story.ways,
    };
    telling.rig.commit_ms = Some(i64::from(story.slow.0) * SECOND_MS);
    telling.rig.load_ms = Some(i64::from(story.slow.1) * SECOND_MS);
    for poll in 0..story.polls {
        let lateness = story.late.get(&(poll as u16)).copied().unwrap_or(0);
        telling.messages.push((poll + usize::from(lateness), poll));
        if story.twice.contains(&(poll as u16)) {
            telling.messages.push((poll + usize::from(lateness) / 2 + 1, poll));
        }
    }
    let mut poll = 0;
    while poll < story.polls {
        telling.poll(story, poll);
        poll = match telling.crash(story) {
            Some(again) => poll_of(again).max(poll + 1),
            None => poll + 1,
        };
    }
    telling.settle(story, poll);
    telling
}

impl Telling {
    fn poll(&mut self, story: &Story, poll: usize) {
        let now = at_poll(poll);
        self.rig.refuse += u32::from(story.refused.get(&(poll as u16)).copied().unwrap_or(0));
        self.rig.tick(now);
        let down = |lathe: bool| {
            story.outages.iter().any(|(from, lasts, other)| {
                (usize::from(*from)..usize::from(from + lasts)).contains(&poll) && *other == lathe
            })
        };
        if down(false) {
            self.rig.fail(&[PRESS_STATE]);
        } else {
            self.rig.read(&[(PRESS_STATE, now, self.press.state(poll))]);
        }
        if down(true) {
            self.rig.fail(&[LATHE_RUN, LATHE_TOTAL, LATHE_REJECT]);
        } else {
            let running = i128::from(self.lathe.state(poll) == 1);
            let made = self.lathe.made(poll);
            self.rig.read(&[(LATHE_RUN, now, running), (LATHE_TOTAL, now, made)]);
            self.rig.read(&[(LATHE_REJECT, now, made / 7)]);
        }
        let due: Vec<usize> = self
            .messages
            .extract_if(.., |(when, _)| *when <= poll)
            .map(|(_, of)| of)
            .collect();
        due.into_iter().for_each(|of| self.message(of));
        for number in std::mem::take(&mut self.rig.acks) {
            self.unacknowledged.remove(&number);
        }
        if let Some(saying) = story.said.get(&(poll as u16)) {
            self.say(saying, poll);
        }
    }

    fn message(&mut self, of: usize) {
        let made = self.press.made(of);
        let number = self.rig.message(&[(PRESS_TOTAL, at_poll(of), made)]);
        self.unacknowledged.insert(number, of);
    }

    fn say(&mut self, saying: &Saying, poll: usize) {
        let machine = |lathe: bool| -> MachineId { if lathe { LATHE } else { PRESS } };
        let at = |ago: u16| at_poll(poll.saturating_sub(usize::from(ago))).plus(-3_000);
        match *saying {
            Saying::Reason { lathe, ago, jam } => {
                self.rig
                    .reason(machine(lathe), at(ago), if jam { "jam" } else { "material" });
            }
            Saying::Scrap { lathe, ago, pieces } => {
                let (pieces, reason) = (pieces.into(), "".into());
                self.rig.enter(
                    machine(lathe),
                    at(ago),
                    Says::Scrap {
                        pieces,
                        reason,
                        scope: Scope::Now,
                    },
                );
            }
            Saying::Product { lathe, ago, b } => {
                let product = if b { "B" } else { "A" }.into();
                self.rig.enter(machine(lathe), at(ago), Says::Product { product });
            }
            Saying::Word { lathe, ago, word } => {
                pipeline_words::say(&mut self.rig, word, lathe, at(ago), &mut self.words);
            }
        }
    }

    /// Lets the agent die when it is time; gives when it is back.
    fn crash(&mut self, story: &Story) -> Option<Timestamp> {
        let due = story.crashes.iter().nth(self.crashes)?;
        let (commit, (applied, away)) = (usize::from(*due.0), due.1);
        if self.rig.commits.len() < commit {
            return None;
        }
        let configured = !story.without_lathe.get(self.crashes).copied().unwrap_or(false);
        self.crashes += 1;
        self.without_lathe |= !configured;
        self.rig.settings = settings_of(self.ways, story.asks);
        self.rig
            .settings
            .retain(|setting| configured || !matches!(setting, Setting::Machine(LATHE, _)));
        let again = self.rig.now.plus(i64::from(*away) * POLL_S * SECOND_MS + 1_500);
        self.rig.crash(*applied, again);
        let lost = std::mem::take(&mut self.unacknowledged);
        lost.into_values().for_each(|of| self.message(of));
        Some(again)
    }

    /// Everything works again: what is late comes, and what is under way ends.
    fn settle(&mut self, story: &Story, from: usize) {
        self.rig.refuse = 0;
        if self.rig.settings != settings_of(self.ways, story.asks) {
            self.rig.settings = settings_of(self.ways, story.asks);
            self.rig.crash(true, self.rig.now.plus(1_500));
            let lost = std::mem::take(&mut self.unacknowledged);
            lost.into_values().for_each(|of| self.message(of));
        }
        let mut poll = from;
        for (when, _) in &mut self.messages {
            *when = from;
        }
        let calm = Story {
            outages: Vec::new(),
            said: BTreeMap::new(),
            refused: BTreeMap::new(),
            ..story.clone()
        };
        let end = from + 40;
        while poll < end || (!self.rig.is_calm() && poll < end + 100) {
            if poll == end {
                self.rig.release_loads();
                self.rig.release_commits();
            }
            self.messages.push((poll, poll));
            self.poll(&calm, poll);
            poll += 1;
        }
        self.made = [&self.press, &self.lathe].map(|truth| i64::try_from(truth.made(poll - 1)).unwrap());
        self.rig.release_loads();
        self.rig.release_commits();
        self.rig.tick(self.rig.now.plus(6_000));
        self.rig.stop();
    }
}
