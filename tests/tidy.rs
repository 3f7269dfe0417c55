//! The rules of the house, read from the sources: who imports whom, what is pure, how long files are, what lies where.

#[path = "tidy/layout.rs"]
mod layout;
#[path = "tidy/lexer.rs"]
mod lexer;
#[path = "tidy/page.rs"]
mod page;
#[path = "tidy/paths.rs"]
mod paths;
#[path = "tidy/rules.rs"]
mod rules;

use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_house_is_tidy() {
    let mut broken = layout::strangers(&layout::top(root()));
    let files = layout::files(root());
    for (path, text) in &files {
        broken.extend(layout::path(path));
        broken.extend(layout::text(path, text));
        broken.extend(page::page(path, text));
        if path.ends_with(".rs") {
            broken.extend(rules::rust(path, text));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let sources = files
        .iter()
        .filter(|(path, _)| path.starts_with("src/") && path.ends_with(".rs"));
    assert!(sources.count() > 20, "the sources were found");
}

/// A file with `body` after a good first line breaks exactly one rule, and the message names it.
fn breaks(path: &str, body: &str, what: &str) {
    let text = format!("//! Holds one thing.\n{body}\n");
    let broken = rules::rust(path, &text);
    assert!(
        broken.len() == 1 && broken[0].contains(what),
        "{path} with {body:?} gave {broken:?}, not {what:?}"
    );
}

fn keeps(path: &str, body: &str) {
    let broken = rules::rust(path, &format!("//! Pure. Holds one thing.\n{body}\n"));
    assert!(broken.is_empty(), "{path} with {body:?} gave {broken:?}");
}

#[test]
fn a_forbidden_import_is_found_however_it_is_written() {
    let what = "`collect` may not import `store`";
    for body in [
        "use crate::store;",
        "use crate::store::Reader;",
        "use crate::{model::ids, store::Reader};",
        "use crate::{\n    model::{ids, time},\n    store,\n};",
        "pub use crate::store as journal;",
        "fn f() -> crate::store::Reader { g() }",
        "fn f() { crate::store::open(); }",
        "use super::super::super::store;",
    ] {
        breaks("src/collect/modbus/plan.rs", body, what);
    }
    breaks("src/collect/mod.rs", "use super::store;", what);
    breaks(
        "src/serve/mod.rs",
        "use crate::forward;",
        "`serve` may not import `forward`",
    );
    breaks("src/demo/mod.rs", "use crate::model;", "`demo` may not import `model`");
    breaks("src/main.rs", "use gemba::agent;", "`main` may not import `agent`");
    breaks("src/clock.rs", "use crate::retry;", "`clock` may not import `retry`");
    breaks("src/brain/mod.rs", "", "module `brain` is not in the import table");
}

#[test]
fn allowed_imports_prose_and_tests_are_no_violation() {
    for body in [
        "use crate::model::ids;\nuse crate::{clock, retry};\nuse crate::collect::Outbox;\nuse super::link;",
        "// crate::store\n/* crate::store */\nconst A: &str = \"crate::store \\\" crate::store\";",
        "const A: &str = r#\"crate::store \" tokio\"#; const B: char = '\"'; fn f<'a>(_: &'a str) {}",
        "#[cfg(test)]\nmod tests {\n    use crate::store;\n    fn f() { if true { crate::store::open(); } }\n}",
        "#[cfg(test)]\nmod tests;",
        "#[cfg(test)]\nuse crate::store;",
    ] {
        keeps("src/collect/modbus/plan.rs", body);
    }
    keeps("src/collect/modbus/plan/tests.rs", "use crate::store;");
    let after = "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::store;";
    breaks("src/collect/mod.rs", after, "`collect` may not import `store`");
}

#[test]
fn impurity_is_found_in_files_that_say_they_are_pure() {
    for (body, what) in [
        ("use tokio::sync::mpsc;", "no `tokio`"),
        ("use std::fs;", "no std::fs"),
        ("use std::{collections::BTreeMap, net::TcpStream};", "no std::net"),
        ("fn f() { std::thread::yield_now(); }", "no std::thread"),
        ("fn f() -> bool { std::env::args().count() > 1 }", "no std::env"),
        ("async fn f() {}", "no `async`"),
        ("fn f(c: &C) { c.now(); }", "no `now`"),
        ("use std::collections::HashMap;", "no `HashMap`"),
        ("use std::collections::{BTreeMap, HashSet};", "no `HashSet`"),
    ] {
        let broken = rules::rust("src/forward/delivery.rs", &format!("//! Pure. What next.\n{body}\n"));
        assert!(
            broken.len() == 1 && broken[0].contains(what),
            "{body:?} gave {broken:?}"
        );
        let honest = rules::rust("src/forward/delivery.rs", &format!("//! I/O. What next.\n{body}\n"));
        assert!(
            honest.is_empty(),
            "{body:?} is fine in a file that does not say so: {honest:?}"
        );
    }
    keeps("src/oee/engine.rs", "fn f(now: Now) -> i64 { now.at.0 }");
}

#[test]
fn a_pure_module_says_so_in_every_file() {
    for path in [
        "src/model/ids.rs",
        "src/oee/kpi.rs",
        "src/machine/mod.rs",
        "src/retry.rs",
        "src/pipeline.rs",
    ] {
        breaks(path, "", "pure as a whole");
    }
}

#[test]
fn a_first_line_that_says_nothing_is_found() {
    for first in [
        "use std::fmt;",
        "//! x",
        "// A comment is no description.",
        "",
        "//! lower case is no sentence.",
    ] {
        let broken = rules::rust("src/serve/auth.rs", &format!("{first}\nfn f() {{}}\n"));
        assert!(
            broken.len() == 1 && broken[0].contains("the first line"),
            "{first:?} gave {broken:?}"
        );
    }
}

#[test]
fn a_file_of_401_lines_is_too_long_and_one_of_400_is_not() {
    // one line is the first
    keeps("src/serve/auth.rs", &"// line\n".repeat(398));
    breaks("src/serve/auth.rs", &"// line\n".repeat(399), "401 lines");
}

#[test]
fn the_config_crate_is_found_outside_its_one_place() {
    let what = "load.rs alone";
    breaks("src/config/site.rs", "use ::config::Config;", what);
    breaks("src/commands/mod.rs", "use config::{Config, File};", what);
    breaks("src/config/mod.rs", "fn f() { ::config::Config::builder(); }", what);
    keeps("src/config/load.rs", "use ::config::Config;");
    keeps("src/commands/mod.rs", "use crate::config;\nfn f() { config::load(); }");
}

#[test]
fn ignored_and_sleeping_tests_are_found() {
    breaks("tests/outage.rs", "#[test]\n#[ignore]\nfn f() {}", "not run");
    breaks("tests/outage.rs", "#[ignore = \"slow\"]\nfn f() {}", "not run");
    breaks(
        "src/serve/auth.rs",
        "#[cfg(test)]\nmod tests {\n#[ignore]\nfn f() {} }",
        "not run",
    );
    let sleep = "fn a_test() { std::thread::sleep(d); }";
    breaks("tests/outage.rs", sleep, "does not sleep");
    breaks(
        "tests/outage.rs",
        "async fn a_test() { tokio::time::sleep(d).await; }",
        "does not sleep",
    );
    keeps("tests/support/plc.rs", sleep);
    keeps(
        "tests/outage.rs",
        "fn wait_until(c: C) { while !c() { std::thread::sleep(d); } }",
    );
}

#[test]
fn strangers_at_the_top_and_folders_that_say_nothing_are_found() {
    let top = ["Cargo.toml", "src", ".ci", "scripts", "notes.md"].map(str::to_owned);
    assert_eq!(
        layout::strangers(&top),
        [
            "scripts: does not belong at the top",
            "notes.md: does not belong at the top"
        ]
    );
    assert_eq!(layout::path("src/utils/text.rs").len(), 1);
    assert_eq!(layout::path("tests/common/mod.rs").len(), 1);
    assert!(layout::path("src/collect/modbus/plan.rs").is_empty());
}

#[test]
fn places_of_one_computer_are_found_in_any_file() {
    for word in [
        ["/wo", "rk/x"],
        ["/tmp", "/wt/x"],
        ["/ho", "me/x"],
        ["[regis", "tries.x]"],
    ] {
        let broken = layout::text("README.md", &format!("see {}\n", word.concat()));
        assert_eq!(broken.len(), 1, "{word:?}");
    }
    let elsewhere = "[[package]]\nsource = \"registry+https://registry.example/index\"\n";
    assert_eq!(layout::text("Cargo.lock", elsewhere).len(), 1);
    let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    assert!(layout::text("Cargo.lock", public).is_empty());
}

#[test]
fn a_file_of_the_page_says_what_it_holds_and_is_short() {
    let path = "src/serve/ui/js/store.js";
    assert!(page::page(path, "// @ts-check\n// What the page knows.\n").is_empty());
    assert!(page::page("src/serve/ui/css/wall.css", "/* The wall. */\n").is_empty());
    assert_eq!(page::page(path, "export const a = 1;\n").len(), 1);
    assert_eq!(page::page(path, "// @ts-check\n").len(), 1);
    let long = format!("// What the page knows.\n{}", "a();\n".repeat(400));
    assert_eq!(page::page(path, &long).len(), 1);
    assert!(page::page("src/serve/ui/vendor/preact-htm.mjs", &long.repeat(2)).is_empty());
    assert!(page::page("src/serve/listen.rs", "").is_empty());
}
