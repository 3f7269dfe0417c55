//! What the README and the systemd unit tell people to write is what the agent and systemd take.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value as Json;
use std::process::Command;

const README: &str = include_str!("../README.md");

fn plant_of_the_readme() -> &'static str {
    let block = README.split("```toml\n").nth(1);
    block
        .and_then(|rest| rest.split("```").next())
        .expect("a block of TOML")
}

#[test]
fn the_entries_of_the_readme_name_what_its_plant_has() {
    let plant: toml::Table = toml::from_str(plant_of_the_readme()).unwrap();
    let bodies = README.lines().filter_map(|line| line.strip_prefix("say '"));
    let mut kinds = Vec::new();
    for body in bodies {
        let entry: Json = serde_json::from_str(body.trim_end_matches('\'')).unwrap();
        let says = |object: &str, key: &str| entry[object][key].as_str();
        for (table, id) in [
            ("machine", entry["machine"].as_str()),
            ("reason", says("reason", "reason")),
            ("reason", says("scrap", "reason")),
            ("product", says("product", "product")),
        ] {
            assert!(id.is_none_or(|id| plant[table].get(id).is_some()), "{table} {id:?}");
        }
        let kind = entry["kind"].as_str().unwrap().to_owned();
        assert!(entry[&kind].is_object(), "{body}");
        kinds.push(kind);
    }
    assert_eq!(kinds, ["reason", "scrap", "product"]);
    assert_eq!(plant["token"]["mes"]["token_file"].as_str(), Some("mes.token"));
}

#[test]
fn the_plant_of_the_readme_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plant.toml"), plant_of_the_readme()).unwrap();
    for name in ["influx.token", "mes.token"] {
        std::fs::write(folder.path().join(name), format!("secret-of-the-test-{name}")).unwrap();
    }
    let mut gemba = Command::new(env!("CARGO_BIN_EXE_gemba"));
    let checked = gemba
        .current_dir(folder.path())
        .args(["check", "--config", "plant.toml"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
    assert_eq!(checked.status.code(), Some(0), "{said}");
    assert!(!said.contains("secret-of-the-test"));
}

const UNIT: &str = include_str!("../deploy/gemba.service");

/// Where the steps at the top of the unit put files.
fn installed() -> Vec<&'static str> {
    let steps = UNIT
        .lines()
        .filter_map(|line| line.strip_prefix("#   install "))
        .filter(|step| !step.starts_with("-d "));
    steps.filter_map(|step| step.split([' ', '&']).next_back()).collect()
}

#[test]
fn every_file_the_unit_names_is_put_there_by_a_step() {
    let settings = UNIT.lines().filter(|line| !line.starts_with('#'));
    let words = settings.flat_map(|line| line.split(['=', ':', ' ']));
    let named: Vec<&str> = words
        .filter(|word| ["/etc/", "/usr/"].iter().any(|top| word.starts_with(top)))
        .collect();
    let installed = installed();
    for file in [
        "/usr/local/bin/gemba",
        "/etc/gemba/gemba.toml",
        "/etc/gemba/influx.token",
    ] {
        assert!(named.contains(&file), "{file} is not in {named:?}");
    }
    for file in named {
        assert!(installed.contains(&file), "no step installs {file}: {installed:?}");
    }
}

#[test]
fn the_unit_hands_secrets_over_under_the_names_it_advises() {
    let advised: Vec<&str> = UNIT
        .lines()
        .filter_map(|line| {
            line.strip_prefix("#   token_file = ")
                .map(|name| name.trim_matches('"'))
        })
        .collect();
    assert_eq!(
        advised,
        ["influx.token", "mes.token"],
        "those of the plant of the README"
    );
    for name in advised {
        let line = format!("LoadCredential={name}:/etc/gemba/{name}");
        assert!(UNIT.lines().any(|written| written == line), "{line}");
    }
    assert!(UNIT.contains("#   store.path = \"/var/lib/gemba\""));
    assert!(
        UNIT.lines().any(|line| line == "StateDirectory=gemba"),
        "systemd makes /var/lib/gemba"
    );
}

const CONTAINER: &str = include_str!("../deploy/Containerfile");

#[test]
fn the_container_is_built_from_what_is_there_by_the_compiler_the_manifest_names() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let copies = CONTAINER
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|copy| !copy.starts_with("--from="));
    let mut named = Vec::new();
    for copy in copies {
        let words: Vec<&str> = copy.split(' ').collect();
        named.extend(words[..words.len() - 1].iter().copied());
    }
    assert_eq!(named, ["Cargo.toml", "Cargo.lock", "src", "tests/bench"]);
    assert!(named.iter().all(|name| root.join(name).exists()));
    let manifest: toml::Table = toml::from_str(include_str!("../Cargo.toml")).unwrap();
    let version = manifest["package"]["rust-version"].as_str().unwrap();
    assert!(CONTAINER.contains(&format!("FROM docker.io/library/rust:{version}-bookworm AS build")));
    assert!(manifest["profile"].get("gateway").is_some());
    for bench in manifest["bench"].as_array().unwrap() {
        assert!(bench["path"].as_str().unwrap().starts_with("tests/bench/"));
    }
}

#[test]
fn the_container_looks_for_secrets_and_data_where_its_header_says() {
    for line in [
        "ENV CREDENTIALS_DIRECTORY=/run/secrets",
        "VOLUME /var/lib/gemba",
        "USER gemba",
        "#   store.path = \"/var/lib/gemba\"",
        "#   token_file = \"influx.token\"",
    ] {
        assert!(CONTAINER.lines().any(|written| written == line), "{line}");
    }
}
