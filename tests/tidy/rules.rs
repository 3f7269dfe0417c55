//! The rules of a source file, each a function from path and text to what breaks it.

use super::lexer::{self, Code, Token};
use super::paths::{self, Path};

/// Longest file: what is longer holds two things.
pub const MAX_LINES: usize = 400;

/// Who may import whom, as `src/lib.rs` draws it. A module may always import itself.
const IMPORTS: [(&str, &[&str]); 19] = [
    ("model", &[]),
    ("retry", &[]),
    ("clock", &["model"]),
    ("signal", &["model"]),
    ("machine", &["model"]),
    ("oee", &["model"]),
    ("store", &["model"]),
    ("pipeline", &["model", "signal", "machine", "oee"]),
    ("collect", &["model", "clock", "retry"]),
    ("alert", &["model", "clock", "retry"]),
    ("forward", &["model", "store", "retry", "clock"]),
    ("report", &["model", "oee"]),
    ("serve", &["model", "store", "clock", "oee", "report", "alert"]),
    ("evidence", &["model", "store", "oee", "pipeline", "report"]),
    (
        "config",
        &["model", "signal", "collect", "store", "forward", "serve", "alert"],
    ),
    ("agent", AGENT),
    ("demo", &[]),
    ("commands", COMMANDS),
    ("main", &["commands"]),
];
const AGENT: &[&str] = &[
    "model", "retry", "clock", "signal", "machine", "oee", "store", "pipeline", "collect", "alert", "forward",
    "report", "serve", "evidence", "config",
];
const COMMANDS: &[&str] = &[
    "model", "retry", "clock", "signal", "machine", "oee", "store", "pipeline", "collect", "alert", "forward",
    "report", "serve", "evidence", "config", "agent", "demo",
];
/// Modules that are pure as a whole.
const PURE: [&str; 7] = ["model", "signal", "machine", "oee", "report", "pipeline", "retry"];

/// What is wrong with one Rust file, as `path:line: what`.
pub fn rust(path: &str, text: &str) -> Vec<String> {
    let code = lexer::read(path, text);
    let found = [
        first_line(path, text),
        length(text),
        imports(path, &code),
        purity(path, text, &code),
        config_crate(path, &code),
        ignored(&code),
        sleeps(path, &code),
    ];
    let place = |(line, what): (usize, String)| format!("{path}:{line}: {what}");
    let mut broken: Vec<String> = found.into_iter().flatten().map(place).collect();
    broken.dedup();
    broken
}

type Broken = Vec<(usize, String)>;

/// The module at the top a file belongs to: `collect` for `src/collect/modbus/plan.rs`; none outside `src`.
fn module(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    Some(rest.split('/').next().unwrap_or(rest).trim_end_matches(".rs"))
}

fn first_line(path: &str, text: &str) -> Broken {
    let first = text.lines().next().unwrap_or_default();
    let sentence = first.strip_prefix("//! ").unwrap_or_default();
    let begins = sentence.starts_with(|c: char| !c.is_lowercase()) || sentence.starts_with("gemba");
    let is_sentence = begins && sentence.split(' ').count() > 1;
    let is_pure = module(path).is_some_and(|module| PURE.contains(&module)) && !path.ends_with("/tests.rs");
    if !is_sentence {
        vec![(
            1,
            "the first line is `//! ` and a sentence that says what the file holds".into(),
        )]
    } else if is_pure && !first.starts_with("//! Pure. ") {
        vec![(
            1,
            "this module is pure as a whole: the first line begins `//! Pure. `".into(),
        )]
    } else {
        Vec::new()
    }
}

fn length(text: &str) -> Broken {
    let lines = text.lines().count();
    let what = || {
        (
            lines,
            format!("{lines} lines; a file has at most {MAX_LINES}: find the second thing in it"),
        )
    };
    (lines > MAX_LINES).then(what).into_iter().collect()
}

fn imports(path: &str, code: &Code) -> Broken {
    let Some(module) = module(path).filter(|module| *module != "lib") else {
        return Vec::new();
    };
    let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == module) else {
        return vec![(1, format!("module `{module}` is not in the import table"))];
    };
    let mut broken = Vec::new();
    for named in paths::all(&code.production) {
        let Some(target) = target(path, &named) else {
            continue;
        };
        if target != module && !allowed.contains(&target) {
            broken.push((named.line, format!("`{module}` may not import `{target}`")));
        }
    }
    broken
}

/// The module at the top a path leads to, when it leads through the crate's root.
fn target<'a>(file: &str, path: &'a Path) -> Option<&'a str> {
    let first = path.segments.first().map(String::as_str);
    let rest = match first {
        Some("crate" | "gemba") => &path.segments[1..],
        Some("super") => {
            let supers = path.segments.iter().take_while(|segment| *segment == "super").count();
            let parts = file.trim_end_matches(".rs").trim_end_matches("/mod").split('/').count();
            // src/a/b.rs is a::b: two above it is the root.
            if supers < parts - 1 {
                return None;
            }
            &path.segments[supers..]
        }
        _ => return None,
    };
    let name = rest.first().map(String::as_str)?;
    let is_module = IMPORTS.iter().any(|(module, _)| *module == name);
    is_module.then_some(name)
}

fn purity(path: &str, text: &str, code: &Code) -> Broken {
    let is_whole = module(path).is_some_and(|module| PURE.contains(&module));
    if !is_whole && !text.starts_with("//! Pure.") {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for named in paths::all(&code.production) {
        for world in ["fs", "net", "thread", "env"] {
            if named.starts_with(&["std", world]) || named.starts_with(&["::", "std", world]) {
                broken.push((named.line, format!("pure code has no std::{world}")));
            }
        }
    }
    for (index, token) in code.production.iter().enumerate() {
        let word = token.text.as_str();
        let is_call = code.production.get(index + 1).is_some_and(|next| next.text == "(");
        if matches!(word, "tokio" | "async" | "HashMap" | "HashSet") || (word == "now" && is_call) {
            broken.push((token.line, format!("pure code has no `{word}`")));
        }
    }
    broken
}

fn config_crate(path: &str, code: &Code) -> Broken {
    if path == "src/config/load.rs" {
        return Vec::new();
    }
    let is_foreign =
        |named: &Path| named.starts_with(&["::", "config"]) || (named.is_use && named.starts_with(&["config"]));
    let named = paths::all(&code.production).into_iter().chain(paths::all(&code.tests));
    let what = "the crate `config` is used in src/config/load.rs alone";
    named
        .filter(is_foreign)
        .map(|path| (path.line, what.to_owned()))
        .collect()
}

fn ignored(code: &Code) -> Broken {
    let all = [&code.production, &code.tests];
    let attributes = all.into_iter().flat_map(|tokens| tokens.windows(3));
    let is_ignore = |window: &&[Token]| window[0].text == "#" && window[1].text == "[" && window[2].text == "ignore";
    let what = "a test that is not run proves nothing: mend it or take it out";
    attributes
        .filter(is_ignore)
        .map(|window| (window[0].line, what.to_owned()))
        .collect()
}

/// A test waits for a condition with a deadline; it sleeps only in a helper that says it waits, or in a test double.
fn sleeps(path: &str, code: &Code) -> Broken {
    if path.starts_with("tests/support/") || path.starts_with("tests/bench/") {
        return Vec::new();
    }
    let mut broken = Vec::new();
    let mut function = "";
    for window in code.tests.windows(3) {
        let words = [0, 1, 2].map(|index| window[index].text.as_str());
        if words[0] == "fn" {
            function = words[1];
        }
        let is_sleep = words == ["thread", "::", "sleep"] || words == ["time", "::", "sleep"];
        let says_so = ["wait", "until", "poll"].iter().any(|word| function.contains(word));
        if is_sleep && !says_so {
            let what = "a test does not sleep: wait for the condition, with a deadline, in a helper named wait_...";
            broken.push((window[0].line, what.to_owned()));
        }
    }
    broken
}
