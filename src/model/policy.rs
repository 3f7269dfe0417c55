//! Pure. Loss policies: what each class of time, or each reason, is charged to. Pieces alone are charged to quality.

use super::state::Class;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What time is charged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Charge {
    /// Nothing: it is outside planned busy time (ISO 22400-2, PBT).
    Excluded,
    /// Availability: in PBT, outside actual production time (APT).
    Availability,
    /// Effectiveness ("performance" on screens): in PBT and in APT.
    Performance,
}

impl Charge {
    /// Every charge.
    pub const ALL: [Charge; 3] = [Charge::Excluded, Charge::Availability, Charge::Performance];

    /// The word in configuration, journal and API.
    pub fn name(self) -> &'static str {
        match self {
            Charge::Excluded => "excluded",
            Charge::Availability => "availability",
            Charge::Performance => "performance",
        }
    }

    /// The charge of that name.
    pub fn parse(name: &str) -> Option<Charge> {
        Charge::ALL.into_iter().find(|charge| charge.name() == name)
    }

    /// What a class is charged to where no policy says otherwise.
    pub fn of(class: Class) -> Charge {
        match class {
            Class::Running | Class::MinorStop => Charge::Performance,
            Class::Unexplained | Class::Breakdown | Class::Waiting | Class::Setup => Charge::Availability,
            Class::NotScheduled
            | Class::PlannedStop
            | Class::Break
            | Class::NoOrder
            | Class::Unknown
            | Class::ClockSkip => Charge::Excluded,
        }
    }

    /// The one charge a class can have, and why; `None` where a policy may choose.
    pub fn fixed(class: Class) -> Option<(Charge, &'static str)> {
        match class {
            Class::Running => Some((
                Charge::Performance,
                "pieces are made in it, so without it availability x performance x quality is not OEE",
            )),
            Class::Unknown => Some((
                Charge::Excluded,
                "nothing is known of it, so it would count pieces nobody saw as lost; coverage shows it",
            )),
            Class::ClockSkip => Some((Charge::Excluded, "that time never passed")),
            Class::NotScheduled => Some((Charge::Excluded, "nobody was to work then; TEEP counts all hours")),
            Class::MinorStop
            | Class::Unexplained
            | Class::Breakdown
            | Class::Waiting
            | Class::Setup
            | Class::PlannedStop
            | Class::Break
            | Class::NoOrder => None,
        }
    }
}

/// What to do about a policy under which the minor limit moves OEE.
pub const INSTEAD: &str =
    "exclude all three or none of them; what is to be left out by its cause gets a reason, in [loss.reason]";

/// Told apart by the minor limit alone where no person gave a reason.
const BY_LIMIT: [Class; 3] = [Class::MinorStop, Class::Unexplained, Class::Breakdown];

/// Ids of the policies that come with the agent.
pub const SHIPPED: [&str; 3] = ["default", "iso-strict", "oee-com"];

/// What a policy that comes with the agent charges otherwise than [`Charge::of`]; `None` when none has this id.
///
/// | class | default | iso-strict | oee-com |
/// |---|---|---|---|
/// | `running` | performance | performance | performance |
/// | `minor_stop` | performance | availability (ADET) | performance (small stops) |
/// | `unexplained`, `breakdown`, `waiting` | availability | availability (ADET) | availability (unplanned stops) |
/// | `setup` | availability | availability (AUST) | availability (planned stops: changeovers) |
/// | `planned_stop` | excluded | excluded | availability (planned stops: maintenance, cleaning) |
/// | `break` | excluded | excluded | excluded (schedule loss) |
/// | `no_order` | excluded | availability (ADOT) | excluded (schedule loss) |
/// | `not_scheduled`, `unknown`, `clock_skip` | excluded | excluded | excluded |
///
/// `iso-strict`: ISO 22400-2 knows no minor stops, so each is delay (ADET), and a machine that waits for an order is planned
/// and does not run (ADOT). `oee-com`: oee.com, "Six Big Losses": setup and adjustments are any planned stop, planned maintenance
/// and cleaning among them, and an availability loss as failures and waiting are; small stops are performance. What is left
/// out before is schedule loss alone, time without intent to run: shut-downs, breaks, no orders.
pub fn shipped(id: &str) -> Option<BTreeMap<Class, Charge>> {
    match id {
        "default" => Some(BTreeMap::new()),
        "iso-strict" => Some(BTreeMap::from([
            (Class::MinorStop, Charge::Availability),
            (Class::NoOrder, Charge::Availability),
        ])),
        "oee-com" => Some(BTreeMap::from([(Class::PlannedStop, Charge::Availability)])),
        _ => None,
    }
}

/// What time is charged to where it is not what [`Charge::of`] says: by class, and before that by the reason a person gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Charges {
    /// By class.
    pub classes: BTreeMap<Class, Charge>,
    /// By id of the reason.
    pub reasons: BTreeMap<Arc<str>, Charge>,
}

impl Charges {
    /// What time of a class, with the reason a person gave or an empty one, is charged to. A class that can have only one
    /// charge has it whatever the policy says, so that availability x effectiveness x quality is OEE under every policy.
    pub fn of(&self, class: Class, reason: &str) -> Charge {
        if let Some((charge, _)) = Charge::fixed(class) {
            return charge;
        }
        // A reason of an unexplained stop is one that explained nothing: what it was given for beyond its allowance.
        let explains = !reason.is_empty() && class != Class::Unexplained;
        let by_reason = self.reasons.get(reason).filter(|_| explains);
        let charge = by_reason.or_else(|| self.classes.get(&class));
        charge.copied().unwrap_or_else(|| Charge::of(class))
    }

    /// True when a reason that leads to a class takes the time it is given for out of OEE, by its class or by this policy: it
    /// needs the shift leader, or an allowance.
    pub fn takes_out(&self, class: Class, reason: &str) -> bool {
        Charge::of(class) == Charge::Excluded || self.of(class, reason) == Charge::Excluded
    }

    /// That some of the classes that only the minor limit tells apart are left out of OEE and others are not, as a sentence without
    /// its full stop; `None` where the limit moves no OEE.
    pub fn moved_by_the_limit(&self) -> Option<String> {
        let is_out = |class: &Class| self.of(*class, "") == Charge::Excluded;
        let (out, within): (Vec<Class>, Vec<Class>) = BY_LIMIT.into_iter().partition(is_out);
        let named = |classes: Vec<Class>| {
            let names: Vec<String> = classes.iter().map(|class| format!("`{}`", class.name())).collect();
            names.join(" and ")
        };
        (!out.is_empty() && !within.is_empty()).then(|| {
            format!(
                "short stops, unexplained stops and breakdowns are told apart by the minor limit alone: with {} excluded and {} \
                 not, moving the limit moves OEE",
                named(out),
                named(within)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charges(id: &str) -> Charges {
        Charges {
            classes: shipped(id).unwrap(),
            reasons: BTreeMap::new(),
        }
    }

    #[test]
    fn the_shipped_policies_are_as_in_their_table() {
        use Charge::{Availability as A, Excluded as X, Performance as P};
        let table = [
            (Class::Running, [P, P, P]),
            (Class::MinorStop, [P, A, P]),
            (Class::Unexplained, [A, A, A]),
            (Class::Breakdown, [A, A, A]),
            (Class::Waiting, [A, A, A]),
            (Class::Setup, [A, A, A]),
            (Class::NotScheduled, [X, X, X]),
            (Class::PlannedStop, [X, X, A]),
            (Class::Break, [X, X, X]),
            (Class::NoOrder, [X, A, X]),
            (Class::Unknown, [X, X, X]),
            (Class::ClockSkip, [X, X, X]),
        ];
        assert_eq!(table.map(|(class, _)| class), Class::ALL);
        for (class, row) in table {
            assert_eq!(SHIPPED.map(|id| charges(id).of(class, "")), row, "{}", class.name());
        }
    }

    #[test]
    fn a_reason_goes_before_its_class_and_no_policy_moves_what_is_fixed() {
        let ours = Charges {
            classes: BTreeMap::from([
                (Class::Setup, Charge::Excluded),
                (Class::Running, Charge::Excluded),
                (Class::Unknown, Charge::Availability),
            ]),
            reasons: BTreeMap::from([("cleaning".into(), Charge::Performance), ("".into(), Charge::Excluded)]),
        };
        assert_eq!(ours.of(Class::Setup, "tool"), Charge::Excluded);
        assert_eq!(ours.of(Class::Setup, "cleaning"), Charge::Performance);
        assert_eq!(ours.of(Class::Breakdown, ""), Charge::Availability, "no reason is none");
        assert_eq!(ours.of(Class::Running, "cleaning"), Charge::Performance);
        assert_eq!(ours.of(Class::Unknown, "cleaning"), Charge::Excluded);
        assert_eq!(ours.of(Class::Unexplained, "cleaning"), Charge::Availability);
    }

    #[test]
    fn the_minor_limit_moves_oee_where_it_decides_what_is_left_out() {
        use Class::{Breakdown, MinorStop, Unexplained};
        let without = |classes: &[Class]| Charges {
            classes: classes.iter().map(|class| (*class, Charge::Excluded)).collect(),
            reasons: BTreeMap::new(),
        };
        for id in SHIPPED {
            assert_eq!(charges(id).moved_by_the_limit(), None, "{id}");
        }
        for classes in [vec![], vec![MinorStop, Unexplained, Breakdown], vec![Class::Waiting]] {
            assert_eq!(without(&classes).moved_by_the_limit(), None, "{classes:?}");
        }
        let told = |classes: &[Class]| without(classes).moved_by_the_limit().unwrap_or_default();
        assert!(
            told(&[MinorStop]).contains("with `minor_stop` excluded and `unexplained` and `breakdown` not, moving")
        );
        assert!(
            told(&[Breakdown]).contains("with `breakdown` excluded and `minor_stop` and `unexplained` not, moving")
        );
        assert!(
            told(&[MinorStop, Unexplained])
                .contains("with `minor_stop` and `unexplained` excluded and `breakdown` not")
        );
    }

    #[test]
    fn a_reason_takes_time_out_by_its_class_or_by_the_policy() {
        let ours = Charges {
            classes: BTreeMap::from([(Class::Setup, Charge::Excluded)]),
            reasons: BTreeMap::from([
                ("no_material".into(), Charge::Excluded),
                ("service".into(), Charge::Availability),
            ]),
        };
        for (class, reason, takes) in [
            (Class::Waiting, "no_material", true),
            (Class::Waiting, "queue", false),
            (Class::Setup, "die-change", true),
            (Class::PlannedStop, "service", true),
            (Class::Breakdown, "jam", false),
        ] {
            assert_eq!(ours.takes_out(class, reason), takes, "{reason}");
        }
    }
}
