//! `gemba central` on the real program: against Debian's VictoriaMetrics and InfluxDB 1.6, and against the management API of an
//! InfluxDB 2 as its documentation tells it, since Debian has none.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/central_influx2.rs"]
mod influx2;
#[path = "support/rig/mod.rs"]
mod rig;
#[path = "support/central_victoria.rs"]
mod victoria;

use influx2::{Influx2, May};
use rig::influx::Influx;
use rig::nginx::{self, Nginx};
use rig::wall_ms;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use victoria::Victoria;

const OPERATOR: &str = "operator-token-of-the-test";
const DAY_S: u64 = 86_400;

/// A folder with a configuration of one sink.
struct Gateway {
    folder: tempfile::TempDir,
}

/// What a run came to.
struct Ran {
    code: i32,
    said: String,
}

impl Gateway {
    fn new(url: &str) -> Gateway {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            r#"[site]
id = "xuong-1"
org = "example-co"
timezone = "Asia/Ho_Chi_Minh"

[sink.influx.programme]
url = "{url}"
org = "idc"
bucket = "plant"
token_file = "influx.token"
"#
        );
        std::fs::write(folder.path().join("gemba.toml"), config).unwrap();
        Gateway { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn secret(&self, name: &str, text: &str) -> String {
        let file = self.file(name);
        std::fs::write(&file, format!("{text}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        file.display().to_string()
    }

    fn run(&self, action: &str, more: &[&str]) -> Ran {
        let mut gemba = Command::new(env!("CARGO_BIN_EXE_gemba"));
        gemba
            .args(["central", action])
            .args(more)
            .arg("--config")
            .arg(self.file("gemba.toml"));
        let output = gemba.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        Ran {
            code: output.status.code().unwrap(),
            said: said.into_owned(),
        }
    }
}

impl Ran {
    /// It ended with this code and said all of this.
    fn came_to(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, code, "{}", self.said);
        for text in texts {
            assert!(self.said.contains(text), "{text:?} is not in {}", self.said);
        }
    }
}

fn token(path: &Path) -> String {
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::read_to_string(path).unwrap().trim().to_owned()
}

#[test]
fn a_fresh_influxdb_2_is_set_up_from_nothing_and_a_second_run_changes_nothing() {
    let influx = Influx2::fresh();
    let gateway = Gateway::new(&influx.url);
    let admin = gateway.file("admin.token").display().to_string();
    let admin = ["--admin-token-file", &admin];
    gateway
        .run("setup", &admin)
        .came_to(2, &["nobody has set this InfluxDB up yet: add --onboard"]);
    let password = gateway.secret("password", "a-password-of-the-test");
    let onboard = [&admin[..], &["--onboard", "plant-admin", "--password-file", &password]].concat();
    let ran = gateway.run("setup", &onboard);
    ran.came_to(
        0,
        &[
            "made    user plant-admin, organisation idc and bucket plant",
            "made    a token that may write plant and nothing else",
            "ok      InfluxDB 2, version 2.7.10",
            "ok      the token may write the bucket",
            "ok      the token may read nothing",
            "ok      it keeps points for ever",
            "ok      exactly once",
        ],
    );
    let operator = token(&gateway.file("admin.token"));
    let own = token(&gateway.file("influx.token"));
    for secret in [&operator, &own, "a-password-of-the-test"] {
        assert!(!ran.said.contains(secret), "{}", ran.said);
    }
    let id = influx.state().buckets.keys().next().unwrap().clone();
    assert_eq!(influx.state().tokens[&own], May::Write(id));
    let changes = influx.state().changes.clone();
    gateway
        .run("setup", &onboard)
        .came_to(0, &["ok      nothing was missing, nothing was changed"]);
    assert_eq!(influx.state().changes, changes);
    assert_eq!(token(&gateway.file("influx.token")), own);
}

#[test]
fn organisation_bucket_and_token_are_made_where_they_are_missing() {
    let influx = Influx2::set_up("another", OPERATOR);
    let gateway = Gateway::new(&influx.url);
    let admin = gateway.secret("admin.token", OPERATOR);
    let order = [
        "--admin-token-file",
        &admin,
        "--keep-days",
        "800",
        "--sink",
        "programme",
    ];
    gateway.run("setup", &order).came_to(
        0,
        &[
            "made    organisation idc",
            "made    bucket plant, which keeps points for 800 days",
            "made    a token that may write plant",
            "it keeps points for 800 days",
        ],
    );
    let kept: Vec<_> = influx.state().buckets.values().map(|bucket| bucket.keep_s).collect();
    assert_eq!(kept, [800 * DAY_S]);
    gateway.run("setup", &order).came_to(0, &["nothing was missing"]);
}

#[test]
fn a_token_that_is_there_is_never_overwritten() {
    let influx = Influx2::set_up("idc", OPERATOR);
    let gateway = Gateway::new(&influx.url);
    let admin = gateway.secret("admin.token", OPERATOR);
    gateway.secret("influx.token", "some-token-of-another-store");
    gateway
        .run("setup", &["--admin-token-file", &admin])
        .came_to(2, &["it is not overwritten: move it away"]);
    assert_eq!(token(&gateway.file("influx.token")), "some-token-of-another-store");
    assert_eq!(influx.state().tokens.len(), 1, "no token was made in vain");
}

#[test]
fn a_check_changes_nothing_and_finds_tokens_that_reach_too_far() {
    let influx = Influx2::set_up("idc", OPERATOR);
    let gateway = Gateway::new(&influx.url);
    let own = influx.state().bucket("idc", "plant", 30 * DAY_S);
    influx.state().bucket("idc", "of-others", 0);
    for (name, may) in [
        ("narrow", May::Write(own.clone())),
        ("reads-too", May::ReadWrite(own.clone())),
        ("reads-all", May::ReadAll(own)),
    ] {
        influx.state().tokens.insert(format!("token-{name}"), may);
    }
    let check = |token: &str, more: &[&str]| {
        gateway.secret("influx.token", token);
        gateway.run("check", more)
    };
    check("token-narrow", &[]).came_to(
        0,
        &[
            "ok      the token may read nothing",
            "note    how long the bucket keeps",
        ],
    );
    let admin = gateway.secret("admin.token", OPERATOR);
    let ran = check("token-narrow", &["--admin-token-file", &admin]);
    // 30 days are less than the 400 of store.fact_days
    ran.came_to(
        1,
        &["warning it keeps points for 30 days, and the gateway is to keep its own for 400"],
    );
    check("token-reads-too", &[]).came_to(
        1,
        &[
            "note    the token may also read its bucket",
            "warning it keeps points for 30",
        ],
    );
    check("token-reads-all", &[]).came_to(1, &["warning the token reaches too far: it may read 1 other buckets"]);
    check(OPERATOR, &[]).came_to(1, &["warning the token reaches too far: it may look at tokens"]);
    assert_eq!(influx.state().changes, Vec::<String>::new());
}

#[test]
fn what_keeps_the_ledger_from_arriving_is_an_error() {
    let influx = Influx2::set_up("idc", OPERATOR);
    let gateway = Gateway::new(&influx.url);
    gateway
        .run("check", &[])
        .came_to(2, &["the token file", "is not there"]);
    gateway.secret("influx.token", "unknown");
    gateway
        .run("check", &[])
        .came_to(2, &["error   the token is not accepted (unauthorized access)"]);
    gateway.secret("influx.token", OPERATOR);
    gateway.run("check", &[]).came_to(
        2,
        &["error   there is no such organisation, bucket or write API (bucket \"plant\" not"],
    );
    let others = influx.state().bucket("idc", "of-others", 0);
    influx.state().bucket("idc", "plant", 0);
    influx
        .state()
        .tokens
        .insert("token-of-others".to_owned(), May::Write(others));
    gateway.secret("influx.token", "token-of-others");
    gateway.run("check", &[]).came_to(
        2,
        &["error   the token may not write this bucket (insufficient permissions"],
    );
    let nobody = Gateway::new("http://127.0.0.1:1");
    nobody.secret("influx.token", OPERATOR);
    nobody
        .run("check", &[])
        .came_to(2, &["error   http://127.0.0.1:1 cannot be reached"]);
    nobody
        .run("check", &["--sink", "other"])
        .came_to(2, &["there is no [sink.influx.other]; there are: programme"]);
    nobody.run("setup", &[]).came_to(2, &["setup needs --admin-token-file"]);
}

#[test]
fn an_address_with_a_path_is_only_written_to() {
    let influx = Influx2::set_up("idc", OPERATOR);
    let gateway = Gateway::new(&format!("{}/tsdb", influx.url));
    let admin = gateway.secret("admin.token", OPERATOR);
    gateway
        .run("setup", &["--admin-token-file", &admin])
        .came_to(2, &["has a path, and buckets and tokens are made"]);
    assert_eq!(influx.state().changes, Vec::<String>::new());
}

#[test]
fn a_real_victoriametrics_counts_a_retry_twice_unless_it_takes_copies_away() {
    // The same point three times: as after two answers that were lost.
    let at = wall_ms() - 60_000;
    let lines = format!("gemba_tally,machine=a,rev=0 good=10i {at}\n").repeat(3);
    for (flags, code, sum, says) in [
        (
            vec![],
            1,
            30.0,
            vec![
                "ok      VictoriaMetrics",
                "warning exactly once: does not hold",
                "warning it keeps points for 31 days",
                "warning it takes writes without a token",
            ],
        ),
        (
            vec!["-dedup.minScrapeInterval=1ms", "-retentionPeriod=100y"],
            1,
            10.0,
            vec![
                "ok      exactly once: rests on -dedup.minScrapeInterval=1ms",
                "ok      it keeps points for 36500 days",
            ],
        ),
        (
            vec!["-dedup.minScrapeInterval=1m", "-retentionPeriod=100y"],
            2,
            10.0,
            vec!["error   drops points: of those less than 60000 ms apart"],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let victoria = Victoria::start(folder.path(), &flags);
        let gateway = Gateway::new(&victoria.url());
        gateway.secret("influx.token", "any");
        gateway.run("check", &[]).came_to(code, &says);
        let admin = gateway.secret("admin.token", "any");
        let setup = gateway.run("setup", &["--admin-token-file", &admin]);
        setup.came_to(code, &["nothing is to be made"]);
        victoria.write(&lines);
        let found = victoria.number("sum(sum_over_time(gemba_tally_good[5m]))", at / 1_000 + 30);
        assert_eq!(found, Some(sum), "{flags:?}");
    }
}

#[test]
fn a_real_influxdb_1_6_is_too_old_and_behind_a_front_that_maps_the_api_it_is_a_store_that_does_not_say() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), "plant");
    let gateway = Gateway::new(&format!("http://127.0.0.1:{}", influx.port));
    gateway.secret("influx.token", nginx::TOKEN);
    gateway.run("check", &[]).came_to(
        2,
        &[
            "ok      InfluxDB 1, version 1.6.7",
            "error   it has no version 2 write API",
        ],
    );
    let nginx = Nginx::start(folder.path(), influx.port);
    let gateway = Gateway::new(&nginx.url());
    gateway.secret("influx.token", nginx::TOKEN);
    gateway.run("check", &[]).came_to(
        1,
        &[
            "ok      a store that does not say what it is",
            "ok      the token may write the bucket",
            "warning exactly once: not known",
        ],
    );
    gateway.secret("influx.token", "wrong");
    gateway
        .run("check", &[])
        .came_to(2, &["error   the token is not accepted"]);
}
