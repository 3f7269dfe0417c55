//! Counts that nobody believes, in the running pipeline: what is shown, and what becomes of it with what people say.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::entry::{OrderAct, Says};
use gemba::model::settings::{OrderSetting, Resets, Setting};
use gemba::model::tally::{FlagKind, Standing};
use pipeline_plant::*;
use pipeline_proof::prove;
use pipeline_rig::{Rig, run};

#[test]
fn a_jump_is_shown_as_held_before_the_next_count_and_once_after_it() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(300));
    made += 1_000_000;
    run(&mut rig, &mut made, false, at(310));
    rig.tick_each_second(at(312));
    assert_eq!(
        rig.machine(LATHE).unwrap().held,
        1_000_000,
        "the counter stands at the jump"
    );
    run(&mut rig, &mut made, false, at(320));
    run(&mut rig, &mut made, true, at(400));
    rig.tick_each_second(at(402));
    assert_eq!(
        rig.machine(LATHE).unwrap().held,
        1_000_000,
        "the count after it was believed"
    );
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_reading_below_the_last_one_is_shown_as_held_though_nobody_knows_its_pieces() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(300));
    // Less than a tenth below 30: neither a turn nor a reset.
    made -= 2;
    run(&mut rig, &mut made, false, at(320));
    rig.tick_each_second(at(322));
    let machine = rig.machine(LATHE).unwrap();
    assert_eq!((machine.held, machine.holds), (0, 1));
    let text = gemba::serve::held(machine).unwrap();
    assert!(text.starts_with("a counter showed less than before"), "{text}");
}

#[test]
fn an_order_started_in_a_silence_resets_the_counter_that_begins_with_it_whenever_that_is_told() {
    for is_late in [false, true] {
        let mut settings = settings();
        for setting in &mut settings {
            let Setting::Machine(LATHE, machine) = setting else {
                continue;
            };
            let counters = machine.signals.iter_mut().filter_map(|signal| signal.counter.as_mut());
            counters.for_each(|counter| counter.resets = Resets::Order);
        }
        let order = OrderSetting {
            released: true,
            ..OrderSetting::default()
        };
        settings.push(Setting::Order("A-17".into(), order));
        let mut rig = Rig::with(settings);
        let mut made = 0;
        run(&mut rig, &mut made, true, at(3_000));
        // A silence over the full hour. Meanwhile the counter began again, and made less than a tenth less than before.
        while rig.now < at(3_900) {
            rig.tick(rig.now.plus(10_000));
            rig.fail(&[LATHE_RUN, LATHE_TOTAL, LATHE_REJECT]);
        }
        assert_eq!(made, 300);
        made = 294;
        let tell = |rig: &mut Rig| {
            let (order, when) = ("A-17".into(), at(3_700));
            let act = OrderAct::Start;
            rig.enter_as("start", LATHE, when, Says::Order { order, act, when });
        };
        if !is_late {
            tell(&mut rig);
        }
        run(&mut rig, &mut made, true, at(4_200));
        let holds = |rig: &Rig| rig.machine(LATHE).unwrap().holds;
        assert_eq!(holds(&rig), usize::from(is_late));
        if is_late {
            tell(&mut rig);
        }
        run(&mut rig, &mut made, true, at(6_000));
        assert_eq!(holds(&rig), 0);
        let flags = rig.store.flags.iter().map(|flag| (flag.what, flag.amount));
        assert_eq!(
            flags.collect::<Vec<_>>(),
            [(FlagKind::Reset, 295), (FlagKind::Reset, 0)],
            "the piece of that poll too; and the rejects that were 0 and are may have been more in between"
        );
        prove(&rig.store, rig.now).unwrap();
    }
}

#[test]
fn what_a_person_decides_on_is_no_longer_held_and_its_flag_says_who_did_over_a_restart_and_an_undo() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(300));
    made += 1_000_000;
    run(&mut rig, &mut made, true, at(1_200));
    let flags = |rig: &Rig| -> Vec<_> {
        let flags = rig.store.flags.iter();
        flags
            .map(|flag| (flag.standing, flag.amount, flag.author.to_string()))
            .collect()
    };
    let held = |rig: &mut Rig| {
        rig.tick_each_second(rig.now.plus(2_000));
        rig.machine(LATHE).unwrap().held
    };
    // The piece of that poll is a part of the jump.
    let open = [(Standing::Open, 1_000_001, String::new())];
    assert_eq!((held(&mut rig), flags(&rig)), (1_000_001, open.to_vec()));
    rig.crash(true, rig.now.plus(1_000));
    assert_eq!(held(&mut rig), 1_000_001, "as the store has it");
    let on = rig.store.flags[0].at;
    let decide = |release| Says::Held {
        role: "total".into(),
        release,
    };
    rig.enter_as("refuse", LATHE, on, decide(false));
    run(&mut rig, &mut made, true, at(1_400));
    let refused = [(Standing::Refused, 1_000_001, "leader".to_owned())];
    assert_eq!((held(&mut rig), flags(&rig)), (0, refused.to_vec()));
    rig.crash(true, rig.now.plus(1_000));
    assert_eq!(held(&mut rig), 0);
    rig.enter_as("undo", LATHE, on, Says::Undo { entry: "refuse".into() });
    run(&mut rig, &mut made, true, at(1_600));
    assert_eq!((held(&mut rig), flags(&rig)), (1_000_001, open.to_vec()));
    rig.enter_as("release", LATHE, on, decide(true));
    run(&mut rig, &mut made, true, at(1_800));
    assert_eq!((held(&mut rig), flags(&rig)[0].0), (0, Standing::Released));
    prove(&rig.store, rig.now).unwrap();
}
