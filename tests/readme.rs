//! What the README tells people to write is what the agent takes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;

#[test]
fn the_plant_of_the_readme_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let readme = include_str!("../README.md");
    let block = readme
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    std::fs::write(folder.path().join("plant.toml"), block.expect("a block of TOML")).unwrap();
    std::fs::write(folder.path().join("influx.token"), "secret-of-the-test").unwrap();
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
