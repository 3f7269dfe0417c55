//! A real InfluxDB engine (Debian's 1.6) on free ports of 127.0.0.1, read by InfluxQL.

use super::process::Process;
use super::{eventually, free_port, http};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Sums of integer fields, by the values of the tags grouped by.
pub type Sums = BTreeMap<Vec<String>, BTreeMap<String, i64>>;

/// A running influxd with one database.
#[derive(Debug)]
pub struct Influx {
    /// Port of its own (version 1) API.
    pub port: u16,
    /// The database.
    pub database: String,
    process: Process,
}

impl Influx {
    /// Starts it in `folder` and creates `database`.
    pub fn start(folder: &Path, database: &str) -> Influx {
        let home = folder.join("influx");
        std::fs::create_dir_all(&home).expect("folder");
        let port = free_port();
        let config = home.join("influxdb.conf");
        std::fs::write(&config, configuration(&home, port, free_port())).expect("configuration");
        let mut command = Command::new("influxd");
        command.arg("-config").arg(&config).env("HOME", &home);
        let process = Process::start("influxd", folder, &mut command);
        let influx = Influx {
            port,
            database: database.to_owned(),
            process,
        };
        eventually("influxd answers", Duration::from_secs(60), || {
            influx.statement("SHOW DATABASES")
        });
        influx
            .statement(&format!("CREATE DATABASE \"{database}\""))
            .expect("database");
        influx
    }

    /// Rows of an InfluxQL query: (tags, column -> value), times in epoch milliseconds.
    pub fn rows(&self, query: &str) -> Vec<(BTreeMap<String, String>, BTreeMap<String, Value>)> {
        let url = format!(
            "http://127.0.0.1:{}/query?db={}&epoch=ms&q={}",
            self.port,
            http::escaped(&self.database),
            http::escaped(query)
        );
        let answer = http::get(&url).expect("influxd answers").json();
        let result = &answer["results"][0];
        assert!(
            result.get("error").is_none() && answer.get("error").is_none(),
            "{query}: {answer}"
        );
        let series = result["series"].as_array().cloned().unwrap_or_default();
        series.iter().flat_map(rows_of).collect()
    }

    /// `sum()` of each field over everything in a measurement, grouped by tags.
    pub fn sums(&self, measurement: &str, tags: &[&str], fields: &[&str]) -> Sums {
        self.sums_where(measurement, tags, fields, "")
    }

    /// The same over what `condition` (`WHERE ...` or nothing) selects.
    pub fn sums_where(&self, measurement: &str, tags: &[&str], fields: &[&str], condition: &str) -> Sums {
        let quoted = |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>();
        let wanted: Vec<_> = fields
            .iter()
            .map(|field| format!("sum(\"{field}\") AS \"{field}\""))
            .collect();
        let by = if tags.is_empty() {
            String::new()
        } else {
            format!(" GROUP BY {}", quoted(tags).join(", "))
        };
        let rows = self.rows(&format!(
            "SELECT {} FROM \"{measurement}\" {condition}{by}",
            wanted.join(", ")
        ));
        let group = |row: &BTreeMap<String, String>| {
            tags.iter()
                .map(|tag| row.get(*tag).cloned().unwrap_or_default())
                .collect::<Vec<_>>()
        };
        let value = |columns: &BTreeMap<String, Value>, field: &str| columns.get(field).and_then(Value::as_i64);
        rows.iter()
            .map(|(row, columns)| {
                let sums = fields
                    .iter()
                    .map(|field| ((*field).to_owned(), value(columns, field).unwrap_or(0)));
                (group(row), sums.collect())
            })
            .collect()
    }

    /// How many points a measurement holds.
    pub fn points(&self, measurement: &str, field: &str) -> i64 {
        let rows = self.rows(&format!("SELECT count(\"{field}\") AS n FROM \"{measurement}\""));
        rows.first().and_then(|(_, row)| row["n"].as_i64()).unwrap_or(0)
    }

    /// What it logged last, for a message.
    pub fn last_said(&self) -> String {
        self.process.last_said()
    }

    fn statement(&self, text: &str) -> Result<(), String> {
        let url = format!("http://127.0.0.1:{}/query?q={}", self.port, http::escaped(text));
        let answer = http::post(&url, &[], Vec::new())?;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(format!("{answer:?}"))
        }
    }
}

fn rows_of(series: &Value) -> Vec<(BTreeMap<String, String>, BTreeMap<String, Value>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tags: BTreeMap<_, _> = series["tags"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let columns: Vec<_> = series["columns"].as_array().into_iter().flatten().map(text).collect();
    let values = series["values"].as_array().into_iter().flatten();
    values
        .map(|row| {
            let cells = row.as_array().into_iter().flatten().cloned();
            (tags.clone(), columns.iter().cloned().zip(cells).collect())
        })
        .collect()
}

fn configuration(home: &Path, http: u16, rpc: u16) -> String {
    let home = home.display();
    format!(
        r#"reporting-enabled = false
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{home}/meta"
[data]
  dir = "{home}/data"
  wal-dir = "{home}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{http}"
  auth-enabled = false
  log-enabled = false
[ifql]
  enabled = false
"#
    )
}
