//! Standards, orders and reasons of a configuration: what they may name, and what an ideal cycle of theirs makes believable.
#![allow(clippy::unwrap_used)] // clippy's own exception ends at helper functions

#[path = "support/config_shop.rs"]
mod shop;

use gemba::config::{Findings, Plant};
use shop::{bound, setting, written};

/// A press of 12 s a shot, by a counter of pieces, and a lathe of 30 s.
const SHOP: &str = r#"
[site]
id = "s"
org = "o"
timezone = "UTC"
[source.mqtt.floor]
url = "mqtt://127.0.0.1:1883"
[machine.press]
line = "moulding"
group = "presses"
cavities = 2
ideal_cycle_s = 12.0
reject_source = "none"
points.run = { mqtt = "p", source = "floor", json = "/run", stale_after_s = 60 }
points.made = { mqtt = "p", source = "floor", json = "/made", stale_after_s = 60, counter = {} }
state = { run = "run" }
count = { total = "made" }
[machine.lathe]
ideal_cycle_s = 30.0
reject_source = "none"
points.run = { mqtt = "l", source = "floor", json = "/run", stale_after_s = 60 }
points.made = { mqtt = "l", source = "floor", json = "/made", stale_after_s = 60, counter = {} }
state = { run = "run" }
count = { total = "made" }
[product.box]
"#;

fn shop(more: &str) -> Result<Plant, Findings> {
    written(&format!("{SHOP}{more}"))
}

/// Thousandths of a count a minute that are believed of the press and of the lathe.
fn believed(more: &str) -> [i64; 2] {
    let (bound, roster) = bound(shop(more).unwrap());
    ["press", "lathe"].map(|name| setting(&bound, &roster, name).max_rate_milli_per_min)
}

#[test]
fn a_standard_with_a_shorter_cycle_than_the_machines_own_makes_its_pieces_believable() {
    // 5 shots a minute x 2 pieces x 4 = 40; 2 a minute x 4 = 8.
    assert_eq!(believed(""), [40_000, 8_000]);
    // 60 s / 1.5 s = 40 shots a minute x 2 x 4 = 320, on the press alone.
    let of_press = "[standard.fast]\nproduct = \"box\"\nmachine = \"press\"\nideal_cycle_s = 1.5\n";
    assert_eq!(believed(of_press), [320_000, 8_000]);
    let of_group = "[standard.fast]\ngroup = \"presses\"\nideal_cycle_s = 1.5\ncavities = 1\n";
    assert_eq!(believed(of_group), [160_000, 8_000], "one piece a shot: 40 x 1 x 4");
    // A standard of a product is for every machine; the lathe makes one piece a cycle.
    let of_product = "[standard.fast]\nproduct = \"box\"\nideal_cycle_s = 1.5\n";
    assert_eq!(believed(of_product), [320_000, 160_000]);
    let slow = "[standard.slow]\nproduct = \"box\"\nideal_cycle_s = 60\n";
    assert_eq!(believed(slow), [40_000, 8_000], "a longer one takes nothing away");
}

#[test]
fn groups_lines_machines_and_products_that_nobody_has_are_found_where_they_are_named() {
    let found = shop(
        r#"
[standard.a]
group = "ovens"
ideal_cycle_s = 5.0
[standard.b]
product = "lid"
machine = "oven"
ideal_cycle_s = 5.0
[order.A-17]
product = "box"
line = "moudling"
"#,
    );
    let found = found.unwrap_err().to_string();
    for words in [
        "standard.a.group: there is no group `ovens`",
        "standard.b.product: there is no product `lid`",
        "standard.b.machine: there is no machine `oven`",
        "order.A-17.line: there is no line `moudling`; did you mean `moulding`",
    ] {
        assert!(found.contains(words), "{words} is not in\n{found}");
    }
    let offered = "[reason.jam]\nclass = \"breakdown\"\ngroups = [\"presses\", \"moulding\", \"ovens\"]\n";
    let warnings = shop(offered).unwrap().warnings.to_string();
    assert!(
        warnings.contains("reason.jam.groups.2: no machine is of a group or on a line `ovens`"),
        "{warnings}"
    );
    assert_eq!(warnings.lines().count(), 1, "{warnings}");
}

#[test]
fn two_standards_for_the_same_are_refused_since_only_one_could_hold() {
    let standards = r#"
[standard.a]
product = "box"
machine = "press"
ideal_cycle_s = 5.0
[standard.b]
machine = "press"
product = "box"
ideal_cycle_s = 50.0
[standard.c]
product = "box"
ideal_cycle_s = 7.0
"#;
    let found = shop(standards).unwrap_err().to_string();
    let words = "standard.b: is for the same as standard `a`: only one ideal cycle can hold";
    assert!(found.contains(words), "{found}");
    assert!(!found.contains("standard.c"), "{found}");
}

#[test]
fn a_cycle_that_is_told_by_cavities_and_by_what_a_count_stands_for_is_found_wherever_the_cavities_stand() {
    let twelve = SHOP.replace(
        "[machine.lathe]",
        "[machine.lathe]\ngroup = \"lathes\"\npieces_per_count = 12",
    );
    let found = |text: String| written(&text).unwrap_err().to_string();
    let both = found(twelve.replace("[machine.lathe]", "[machine.lathe]\ncavities = 2"));
    let words = "machine.lathe.pieces_per_count: a cycle makes 2 pieces by `cavities`, and a count is several by this; write this alone";
    assert!(both.contains(words), "{both}");
    for of in ["machine = \"lathe\"", "group = \"lathes\""] {
        let standard = format!("{twelve}\n[standard.a]\n{of}\nideal_cycle_s = 5.0\ncavities = ");
        let both = found(format!("{standard}3"));
        let words = "standard.a.cavities: says what a cycle makes, and pieces_per_count of machine `lathe` is 12; write cavities = 1";
        assert!(both.contains(words), "{both}");
        assert!(written(&format!("{standard}1")).unwrap().warnings.is_empty(), "{of}");
    }
    let of_press = "\n[standard.a]\nmachine = \"press\"\nideal_cycle_s = 5.0\ncavities = 3\n";
    assert!(written(&format!("{twelve}{of_press}")).unwrap().warnings.is_empty());
}

#[test]
fn a_product_with_cavities_is_a_warning_where_a_machine_counts_several_pieces_at_once() {
    let twelve = SHOP.replace("[machine.lathe]", "[machine.lathe]\npieces_per_count = \"1/3\"");
    for (told, key) in [
        ("cavities = 2", "cavities"),
        ("parts = [{ id = \"lid\", per_shot = 2 }]", "parts"),
    ] {
        let product = format!("{twelve}{told}\n");
        let warnings = written(&product).unwrap().warnings.to_string();
        let words = format!(
            "product.box.{key}: pieces_per_count of machine `lathe` is 1/3: a cycle of this product is taken for 2 pieces there too"
        );
        assert!(warnings.contains(&words), "{warnings}");
        let own = "[standard.a]\nproduct = \"box\"\nmachine = \"lathe\"\nideal_cycle_s = 5.0\ncavities = 1\n";
        assert!(written(&format!("{product}{own}")).unwrap().warnings.is_empty());
    }
}
