//! Debian's nginx as the front of the store: speaks the version 2 write API, wants the token, and fails on demand.

use super::process::Process;
use super::{eventually, free_port};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The token it wants.
pub const TOKEN: &str = "ledger-token-of-the-test";

/// How writes are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// They reach the store, its answer comes back.
    Fair,
    /// 500 and nothing is written.
    Refuse,
    /// The connection is cut and nothing is written.
    Cut,
    /// The store writes, but its answer is lost: the client sees 502.
    LoseAnswer,
}

/// A running nginx.
#[derive(Debug)]
pub struct Nginx {
    /// Port of the version 2 API.
    pub port: u16,
    folder: PathBuf,
    process: Option<Process>,
}

impl Nginx {
    /// Starts it in front of the influxd on `influx`.
    pub fn start(folder: &Path, influx: u16) -> Nginx {
        let home = folder.join("nginx");
        std::fs::create_dir_all(&home).expect("folder");
        let port = free_port();
        std::fs::write(home.join("nginx.conf"), configuration(&home, port, influx, free_port()))
            .expect("configuration");
        let mut nginx = Nginx {
            port,
            folder: home,
            process: None,
        };
        nginx.resume();
        nginx
    }

    /// Its address as a sink's `url`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends the process: nobody listens.
    pub fn pause(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop();
        }
    }

    /// Starts it again on the same port.
    pub fn resume(&mut self) {
        let mut command = Command::new("nginx");
        command
            .arg("-p")
            .arg(&self.folder)
            .arg("-c")
            .arg(self.folder.join("nginx.conf"));
        command.arg("-e").arg(self.folder.join("error.log"));
        self.process = Some(Process::start("nginx", &self.folder, &mut command));
        eventually("nginx listens", Duration::from_secs(20), || {
            TcpStream::connect(("127.0.0.1", self.port)).map_err(|why| why.to_string())
        });
    }

    /// Changes how writes are answered, at once.
    pub fn set(&self, mood: Mood) {
        for (name, its) in [("refuse", Mood::Refuse), ("cut", Mood::Cut), ("lose", Mood::LoseAnswer)] {
            let file = self.folder.join(name);
            if mood == its {
                std::fs::write(&file, "").expect("switch on");
            } else if file.exists() {
                std::fs::remove_file(&file).expect("switch off");
            }
        }
    }

    /// How many writes were answered with this status so far (499 and 444 for connections cut).
    pub fn answered(&self, status: u16) -> usize {
        let log = std::fs::read_to_string(self.folder.join("access.log")).unwrap_or_default();
        let status = status.to_string();
        log.lines()
            .filter(|line| line.split(' ').next() == Some(&status))
            .count()
    }
}

fn configuration(home: &Path, port: u16, influx: u16, dead: u16) -> String {
    let home = home.display();
    format!(
        r#"daemon off;
master_process off;
pid {home}/nginx.pid;
error_log {home}/error.log warn;
events {{ worker_connections 64; }}
http {{
  log_format short '$status $request_length $http_content_encoding $uri';
  access_log {home}/access.log short;
  client_max_body_size 8m;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  map $http_authorization $token_ok {{
    default 0;
    "Token {TOKEN}" 1;
  }}
  server {{
    listen 127.0.0.1:{port};
    location = /api/v2/write {{
      if ($token_ok = 0) {{ return 401; }}
      if (-f {home}/refuse) {{ return 500; }}
      if (-f {home}/cut) {{ return 444; }}
      if (-f {home}/lose) {{ rewrite ^ /lost last; }}
      proxy_set_header Authorization "";
      proxy_pass http://127.0.0.1:{influx}/write?db=$arg_bucket&precision=$arg_precision;
    }}
    location = /lost {{
      internal;
      mirror /written;
      proxy_pass http://127.0.0.1:{dead};
    }}
    location = /written {{
      internal;
      proxy_set_header Authorization "";
      proxy_pass http://127.0.0.1:{influx}/write?db=$arg_bucket&precision=$arg_precision;
    }}
    location / {{ return 404; }}
  }}
  server {{
    listen 127.0.0.1:{dead};
    access_log off;
    return 444;
  }}
}}
"#
    )
}
