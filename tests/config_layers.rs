//! Layers: files, conf.d, the environment and secrets, and which of them wins.
#![allow(clippy::unwrap_used, clippy::expect_used)] // clippy's own exception ends at helper functions

use gemba::config::{Findings, Plant, load};
use gemba::model::ids::Roster;
use gemba::model::settings::{MachineSetting, Setting};
use secrecy::ExposeSecret;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const BASE: &str = r#"
[site]
id = "plant-1"
org = "example-co"
timezone = "Europe/Berlin"

[source.modbus.plc]
url = "tcp://127.0.0.1:502"

[machine.press-01]
modbus = { source = "plc", unit = 1 }
points.auto = { modbus = "coil:0" }
points.made = { modbus = "holding:2", type = "u32" }
points.temp = { modbus = "holding:6", type = "f32" }
state = { run = "auto" }
count = { total = "made" }
ideal_cycle_s = 12.5
reject_source = "none"

[product.VT-2077]
cavities = 4
"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

fn load_with(files: &[PathBuf], env: &[(&str, &str)]) -> Result<Plant, Findings> {
    let env = env.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    load(files, env)
}

fn base_with(env: &[(&str, &str)]) -> Result<Plant, Findings> {
    let folder = folder(&[("plant.toml", BASE)]);
    load_with(&[folder.path().join("plant.toml")], env)
}

fn machine(plant: &Plant, name: &str) -> MachineSetting {
    let mut roster = Roster::default();
    let settings = plant.bind(&mut roster).settings;
    let mut machines = settings.into_iter().filter_map(|setting| {
        let Setting::Machine(id, machine) = setting else {
            return None;
        };
        (roster.name(id) == name).then_some(machine)
    });
    machines.next().unwrap_or_else(|| panic!("no machine {name}"))
}

fn only(findings: Findings) -> String {
    assert_eq!(findings.iter().count(), 1, "{findings}");
    findings.to_string().trim_end().to_owned()
}

#[test]
fn a_conf_d_folder_is_merged_after_its_file_in_the_order_of_names() {
    let folder = folder(&[
        ("plant.toml", BASE),
        ("conf.d/20-late.toml", "[machine.press-01]\nideal_cycle_s = 20.0\n"),
        (
            "conf.d/10-early.toml",
            "[machine.press-01]\nideal_cycle_s = 10.0\ncavities = 2\n",
        ),
        ("conf.d/notes.txt", "not TOML"),
    ]);
    let plant = load_with(&[folder.path().join("plant.toml")], &[]).unwrap();
    let press = machine(&plant, "press-01");
    assert_eq!(press.ideal_ns, Some(20_000_000_000), "20- comes after 10-");
    assert_eq!(press.cavities, 2, "what the later file does not name stays");
    let whole = load_with(&[folder.path().to_owned()], &[]).unwrap();
    assert_eq!(machine(&whole, "press-01"), press, "the folder reads as its files");
}

#[test]
fn of_two_files_the_later_wins_and_a_finding_names_the_file_it_came_from() {
    let files = [
        ("a.toml", BASE),
        ("b.toml", "[machine.press-01]\n\nideal_cycle_s = \"fast\"\n"),
    ];
    let folder = folder(&files);
    let both = ["a.toml", "b.toml"].map(|name| folder.path().join(name));
    let findings = load_with(&both, &[]).unwrap_err();
    let place = format!("{}:3:17: ", both[1].display());
    assert!(only(findings).starts_with(&place));
}

#[test]
fn the_environment_wins_over_files_and_finds_ids_without_case() {
    let plant = base_with(&[
        ("GEMBA__MACHINE__PRESS_01__IDEAL_CYCLE_S", "0.36"),
        ("GEMBA__STORE__COMMIT_MS", "250"),
        ("GEMBA__SERVE__LISTEN", "127.0.0.1:9999"),
        ("GEMBA__PRODUCT__VT_2077__CAVITIES", "8"),
        ("GEMBA__MACHINE__PRESS_01__VALUES", "[\"temp\"]"),
        ("HOME", "/root"),
        ("GEMBA_LOG", "debug"),
    ])
    .unwrap();
    assert_eq!(machine(&plant, "press-01").ideal_ns, Some(360_000_000));
    assert_eq!(plant.store.commit_ms, 250);
    assert_eq!(plant.listen.port(), 9999);
    let bound = plant.bind(&mut Roster::default());
    assert!(
        bound
            .points
            .iter()
            .any(|point| &*point.name == "temp" && point.is_value)
    );
    let cavities = bound.settings.iter().find_map(|setting| {
        let Setting::Product(_, product) = setting else {
            return None;
        };
        product.cavities
    });
    assert_eq!(cavities, Some(8));
}

#[test]
fn text_that_looks_like_a_number_stays_text_where_text_is_wanted() {
    let plant = base_with(&[("GEMBA__SITE__ORG", "00123"), ("GEMBA__SITE__ID", "1e5")]).unwrap();
    assert_eq!((&*plant.site.org, &*plant.site.site), ("00123", "1e5"));
}

#[test]
fn unknown_and_wrong_variables_are_findings_with_the_name_of_the_variable() {
    let unknown = base_with(&[("GEMBA__STORE__COMIT_MS", "250")]).unwrap_err();
    assert_eq!(
        only(unknown),
        "environment GEMBA__STORE__COMIT_MS: store.comit_ms: there is no such key; did you mean `commit_ms`?"
    );
    let wrong = base_with(&[("GEMBA__STORE__COMMIT_MS", "soon")]).unwrap_err();
    assert!(only(wrong).starts_with("environment GEMBA__STORE__COMMIT_MS: store.commit_ms: expected a whole number"));
    let outside = base_with(&[("GEMBA__STORE__COMMIT_MS", "5")]).unwrap_err();
    assert!(only(outside).contains("5 is not possible here; write 100 to 60000"));
    let machine = base_with(&[("GEMBA__MACHINE__PRES_01__LINE", "a")]).unwrap_err();
    assert!(only(machine).contains("did you mean `press-01`?"));
}

#[test]
fn a_thing_that_only_the_environment_has_can_be_complete() {
    let folder = folder(&[("plant.toml", BASE), ("token", "s3cret\n")]);
    let token = folder.path().join("token");
    let plant = load_with(
        &[folder.path().join("plant.toml")],
        &[
            ("GEMBA__SINK__INFLUX__CENTRAL__URL", "http://127.0.0.1:8086"),
            ("GEMBA__SINK__INFLUX__CENTRAL__ORG", "idc"),
            ("GEMBA__SINK__INFLUX__CENTRAL__BUCKET", "42"),
            ("GEMBA__SINK__INFLUX__CENTRAL__TOKEN_FILE", token.to_str().unwrap()),
        ],
    )
    .unwrap();
    assert_eq!(plant.sinks[0].name, "central");
    assert_eq!(plant.sinks[0].bucket, "42");
    assert_eq!(plant.sinks[0].token_file, token);
}

#[test]
fn a_relative_data_folder_lies_beside_the_file_that_names_it_whatever_the_working_directory() {
    let folder = folder(&[
        ("plant.toml", BASE),
        ("beside.toml", "[store]\npath = \"gemba-data\"\n"),
        ("rooted.toml", "[store]\npath = \"/srv/gemba\"\n"),
    ]);
    let stored = |name: &str, env: &[(&str, &str)]| {
        let files = ["plant.toml", name].map(|name| folder.path().join(name));
        load_with(&files, env).unwrap().store.path
    };
    assert_eq!(stored("beside.toml", &[]), folder.path().join("gemba-data"));
    assert_eq!(stored("rooted.toml", &[]), Path::new("/srv/gemba"));
    assert_eq!(stored("plant.toml", &[]), Path::new("/var/lib/gemba"), "the default");
    let env = [("GEMBA__STORE__PATH", "here/data")];
    assert_eq!(
        stored("beside.toml", &env),
        Path::new("here/data"),
        "a variable has no folder"
    );
}

/// What is said of the base with `more` after it, and whether it can be used.
fn said_of(more: &str) -> (bool, String) {
    let base = BASE.replace("points.temp = { modbus = \"holding:6\", type = \"f32\" }\n", "");
    let folder = folder(&[
        ("plant.toml", &format!("{base}\n{more}")),
        ("influx.token", "s3cret-of-influx"),
    ]);
    close(&folder.path().join("influx.token"));
    match load_with(&[folder.path().join("plant.toml")], &[]) {
        Ok(plant) => (true, plant.warnings.to_string()),
        Err(findings) => (false, findings.to_string()),
    }
}

#[test]
fn an_address_that_looks_like_the_manuals_number_is_a_warning_with_both_ways_to_write_it() {
    let point = |address: &str| {
        said_of(&format!(
            "[machine.m2]\nmodbus = {{ source = \"plc\", unit = 2 }}\npoints.auto = {{ modbus = \"{address}\", type = \"bool\" }}\n\
             state = {{ run = \"auto\" }}\nideal_cycle_s = 1\nreject_source = \"none\"\n"
        ))
    };
    for (address, manual, plain) in [
        ("holding:40001", "40001", "holding:0"),
        ("holding:49999", "49999", "holding:9998"),
        ("input:30011", "30011", "input:10"),
        ("discrete:10001", "10001", "discrete:0"),
    ] {
        let (is_usable, said) = point(address);
        assert!(is_usable, "{said}");
        let instead = format!("write \"{manual}\" or \"{plain}\"");
        assert!(
            said.contains("warning: machine.m2.points.auto.modbus") && said.contains(&instead),
            "{said}"
        );
    }
    for address in ["holding:40000", "holding:50000", "input:40001", "40001", "coil:10001"] {
        assert_eq!(point(address), (true, String::new()), "{address}");
    }
}

#[test]
fn a_token_sent_in_clear_is_a_warning_and_the_address_of_the_write_api_itself_is_refused() {
    let sink = |url: &str| {
        said_of(&format!(
            "[sink.influx.s]\nurl = \"{url}\"\norg = \"o\"\nbucket = \"b\"\ntoken_file = \"influx.token\"\n"
        ))
    };
    for url in [
        "https://tsdb.example.com",
        "http://127.0.0.1:8086",
        "http://localhost:8086",
        "http://[::1]:8086",
    ] {
        assert_eq!(sink(url), (true, String::new()), "{url}");
    }
    let (is_usable, said) = sink("http://tsdb.plant.lan:8086");
    assert!(is_usable && said.contains("warning: sink.influx.s.url"), "{said}");
    assert!(said.contains("in clear") && said.contains("https://"), "{said}");
    for url in [
        "https://tsdb.example.com/one/api/v2/write",
        "https://tsdb.example.com/one/api/v2/",
    ] {
        let (is_usable, said) = sink(url);
        assert!(
            !is_usable && said.contains("write url = \"https://tsdb.example.com/one\""),
            "{said}"
        );
    }
}

fn with_token(folder: &Path, named: &str, env: &[(&str, &str)]) -> Result<Plant, Findings> {
    let text = format!("{BASE}\n[token.mes]\nrole = \"operator\"\ntoken_file = \"{named}\"\n");
    fs::write(folder.join("plant.toml"), text).unwrap();
    load_with(&[folder.join("plant.toml")], env)
}

fn close(file: &Path) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_relative_secret_is_found_among_the_credentials_first_and_then_beside_its_file() {
    let folder = folder(&[
        ("mes.token", "the-token-beside\n"),
        ("credentials/mes.token", "the-token-of-the-credentials"),
    ]);
    close(&folder.path().join("mes.token"));
    close(&folder.path().join("credentials/mes.token"));
    let beside = with_token(folder.path(), "mes.token", &[]).unwrap();
    assert_eq!(
        beside.tokens[0].secret.expose_secret(),
        "the-token-beside",
        "without the line end"
    );
    assert!(
        !beside.warnings.to_string().contains("mes.token"),
        "{}",
        beside.warnings
    );
    let credentials = folder.path().join("credentials");
    let env = [("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap())];
    let credential = with_token(folder.path(), "mes.token", &env).unwrap();
    assert_eq!(
        credential.tokens[0].secret.expose_secret(),
        "the-token-of-the-credentials"
    );
}

#[test]
fn a_token_that_can_be_guessed_is_refused_and_not_repeated() {
    let folder = folder(&[("mes.token", "hunter2-15-long\n")]);
    let file = folder.path().join("mes.token");
    close(&file);
    let finding = only(with_token(folder.path(), "mes.token", &[]).unwrap_err());
    let line = BASE.lines().count() + 4; // an empty one, the table, the role
    assert_eq!(
        finding,
        format!(
            "{}:{line}:14: token.mes.token_file: {file} holds fewer than 16 characters: a token that short can be guessed; draw \
             one at random, such as by: openssl rand -hex 16 > {file}",
            folder.path().join("plant.toml").display(),
            file = file.display()
        )
    );
    fs::write(&file, "hunter2-16-chars\n").unwrap();
    assert!(with_token(folder.path(), "mes.token", &[]).is_ok());
}

#[test]
fn a_secret_is_never_printed_and_one_that_everyone_can_read_is_a_warning() {
    let folder = folder(&[("mes.token", "hunter2-of-the-mes")]);
    let file = folder.path().join("mes.token");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let plant = with_token(folder.path(), "mes.token", &[]).unwrap();
    let warnings = plant.warnings.to_string();
    assert!(warnings.contains("can be read by everyone"), "{warnings}");
    assert!(!format!("{plant:?}{warnings}").contains("hunter2"));
}

#[test]
fn a_secret_in_a_variable_is_refused_and_not_repeated() {
    let findings = base_with(&[
        ("GEMBA__TOKEN__MES__TOKEN", "hunter2"),
        ("GEMBA__TOKEN__MES__ROLE", "operator"),
        ("GEMBA__SINK__INFLUX__X__TOKEN_FILE", "{ hunter2 = 1 }"),
    ])
    .unwrap_err();
    let printed = format!("{findings}{findings:?}");
    assert!(printed.contains("a secret never stands"), "{printed}");
    assert!(!printed.contains("hunter2 = 1"), "{printed}");
}

#[test]
fn files_that_are_missing_binary_or_huge_are_findings() {
    let folder = folder(&[("plant.toml", BASE), ("huge.toml", &"#".repeat((4 << 20) + 1))]);
    fs::write(folder.path().join("binary.toml"), [0xff, 0xfe, 0x00]).unwrap();
    for (name, what) in [
        ("missing.toml", "does not exist"),
        ("binary.toml", "is not UTF-8 text"),
        ("huge.toml", "is longer than 4194304 bytes"),
    ] {
        let findings = load_with(&[folder.path().join("plant.toml"), folder.path().join(name)], &[]).unwrap_err();
        let finding = only(findings);
        assert!(finding.contains(name) && finding.contains(what), "{finding}");
    }
}

#[test]
fn no_bytes_make_the_loader_panic() {
    let seeds = [
        "[a",
        "a = [1, {b = 2",
        "[machine.\"\"]\n",
        "machine = 3",
        "\u{feff}[site]\nid = 'x'",
        "[[machine]]\nx = 1",
    ];
    let nested = format!("x = {}", "[".repeat(5_000));
    for text in seeds
        .into_iter()
        .chain([nested.as_str(), "", "site.id.x = 1\nsite = 2"])
    {
        let folder = folder(&[("plant.toml", text)]);
        let findings = load_with(&[folder.path().join("plant.toml")], &[]).unwrap_err();
        assert!(findings.has_errors());
    }
    assert!(load_with(&[], &[]).unwrap_err().has_errors());
}
