//! The types of the page are those of the program.

use super::*;
use std::path::Path;
use ts_rs::{Config, TS};

const FILE: &str = "src/serve/ui/types/api.d.ts";

/// Every type the page is told, in the order of the file.
fn declarations() -> String {
    let config = Config::default();
    let types = [
        <Screen as TS>::decl(&config),
        Shown::decl(&config),
        Boot::decl(&config),
        PlantName::decl(&config),
        Targets::decl(&config),
        Reason::decl(&config),
        Snapshot::decl(&config),
        ShiftChange::decl(&config),
        Heartbeat::decl(&config),
        Shift::decl(&config),
        NextShift::decl(&config),
        Ratios::decl(&config),
        Plant::decl(&config),
        Tile::decl(&config),
        ShiftDetail::decl(&config),
        Segment::decl(&config),
        Hour::decl(&config),
        StopSum::decl(&config),
        TimeSum::decl(&config),
        RollUps::decl(&config),
        RollUp::decl(&config),
    ];
    let head = "// What the program tells the page, made from src/serve/contract.rs, where each field is explained.\n";
    let body = types.map(|declaration| format!("export {declaration}\n"));
    format!("{head}\n{}", body.join("\n"))
}

#[test]
fn the_types_of_the_page_are_those_of_the_program() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let made = declarations();
    if std::env::var_os("GEMBA_WRITE_TYPES").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(kept, made, "run GEMBA_WRITE_TYPES=1 cargo test the_types_of_the_page");
}
