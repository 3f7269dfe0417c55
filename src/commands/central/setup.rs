//! I/O. `gemba central setup` of one sink: makes what is missing in an InfluxDB 2, and leaves what is there as it is.

use super::check;
use super::direct::Direct;
use super::kind::Kind;
use super::manage::Manager;
use super::token_file::{self, Fresh};
use super::verdict::{Level, Verdicts};
use crate::forward::influx::Config;
use secrecy::SecretString;
use std::path::Path;

/// Seconds of a day.
const DAY_S: u64 = 24 * 60 * 60;

/// What setup is told beside the sink.
#[derive(Debug)]
pub struct Order<'a> {
    /// File of a token that may make buckets and tokens; made by the first setup of a fresh store.
    pub admin_token_file: &'a Path,
    /// Name and password of the first user, for a store that nobody has set up yet.
    pub onboard: Option<(&'a str, &'a SecretString)>,
    /// Days a new bucket keeps points; 0 for ever.
    pub keep_days: u32,
    /// What a new token is called in the store.
    pub description: &'a str,
}

/// Makes what is missing. The administrator's token is given back for a look at what it came to.
pub async fn setup(sink: &Config, order: &Order<'_>, verdicts: &mut Verdicts) -> Option<SecretString> {
    match make(sink, order, verdicts).await {
        Ok(admin) => admin,
        Err(what) => {
            verdicts.add(Level::Error, what);
            None
        }
    }
}

async fn make(sink: &Config, order: &Order<'_>, verdicts: &mut Verdicts) -> Result<Option<SecretString>, String> {
    let direct = Direct::new(sink)?;
    let server = check::identify(&direct, sink, None).await?;
    let by_hand = match server.kind {
        Kind::Influx2 | Kind::Cloud => None,
        Kind::Influx1 => {
            Some("in InfluxDB 1 databases and users are made by InfluxQL: CREATE DATABASE, CREATE USER, GRANT WRITE")
        }
        Kind::Influx3 => {
            Some("InfluxDB 3 makes the database at the first write; make the token there: influxdb3 create token")
        }
        Kind::Victoria => Some("VictoriaMetrics has no organisations, buckets or tokens: nothing is to be made"),
        Kind::Other => Some("this store does not say what it is: make bucket and token there"),
    };
    if let Some(text) = by_hand {
        verdicts.add(Level::Note, text);
        return Ok(None);
    }
    if direct.has_path() {
        return Err(format!(
            "{} has a path, and buckets and tokens are made through addresses without one: run setup beside the store, with \
             its own address",
            sink.url
        ));
    }
    // The Cloud is set up by whoever sells it.
    let is_fresh = server.kind == Kind::Influx2 && Manager::new(sink, None)?.is_fresh().await?;
    let admin = if is_fresh {
        first_user(sink, &direct, order, verdicts).await?
    } else {
        administrator(order.admin_token_file)?
    };
    let manager = Manager::new(sink, Some(&admin))?;
    let org_id = match manager.org(&sink.org).await? {
        Some(id) => id,
        None => {
            let made = direct.make_org(&admin, &sink.org).await;
            let id = made.map_err(|why| format!("organisation {} cannot be made ({why})", sink.org))?;
            verdicts.add(Level::Made, format!("organisation {}", sink.org));
            id
        }
    };
    let bucket_id = bucket(sink, &manager, &org_id, order, verdicts).await?;
    token(sink, &manager, (&org_id, &bucket_id), order, verdicts).await?;
    Ok(Some(admin))
}

fn administrator(file: &Path) -> Result<SecretString, String> {
    let missing = || {
        format!(
            "{} is not there: put a token there that may make buckets and tokens",
            file.display()
        )
    };
    token_file::read(file)?.ok_or_else(missing)
}

/// Sets a store up that nobody has: it gives the operator's token to the first who does.
async fn first_user(
    sink: &Config,
    direct: &Direct,
    order: &Order<'_>,
    verdicts: &mut Verdicts,
) -> Result<SecretString, String> {
    let Some((user, password)) = order.onboard else {
        return Err(
            "nobody has set this InfluxDB up yet: add --onboard USER --password-file FILE, and it is done".to_owned(),
        );
    };
    // The file first: the store tells this token once.
    let fresh = Fresh::create(order.admin_token_file)?;
    let keep_s = u64::from(order.keep_days) * DAY_S;
    let token = direct.onboard(user, password, sink, keep_s).await;
    let token = token.map_err(|why| format!("this InfluxDB cannot be set up ({why})"))?;
    fresh.keep(&token)?;
    let (file, org, bucket) = (order.admin_token_file.display(), &sink.org, &sink.bucket);
    verdicts.add(
        Level::Made,
        format!("user {user}, organisation {org} and bucket {bucket}; the operator's token is in {file}: keep it off the gateway"),
    );
    Ok(token)
}

async fn bucket(
    sink: &Config,
    manager: &Manager,
    org_id: &str,
    order: &Order<'_>,
    verdicts: &mut Verdicts,
) -> Result<String, String> {
    if let Some(found) = manager.bucket(&sink.org, &sink.bucket).await? {
        return Ok(found.id);
    }
    let seconds = i32::try_from(u64::from(order.keep_days) * DAY_S)
        .map_err(|_| format!("{} days are more than can be written: 0 is for ever", order.keep_days))?;
    let made = manager.make_bucket(org_id, &sink.bucket, seconds).await;
    made.map_err(|why| format!("bucket {} cannot be made ({why})", sink.bucket))?;
    let kept = match order.keep_days {
        0 => "for ever".to_owned(),
        days => format!("for {days} days"),
    };
    verdicts.add(
        Level::Made,
        format!("bucket {}, which keeps points {kept}", sink.bucket),
    );
    let found = manager.bucket(&sink.org, &sink.bucket).await?;
    found
        .map(|bucket| bucket.id)
        .ok_or_else(|| format!("bucket {} was made and is not there", sink.bucket))
}

/// A token that may write the bucket and nothing else, in the sink's token file, unless one is there.
async fn token(
    sink: &Config,
    manager: &Manager,
    (org_id, bucket_id): (&str, &str),
    order: &Order<'_>,
    verdicts: &mut Verdicts,
) -> Result<(), String> {
    let file = sink.token_file.display();
    if token_file::read(&sink.token_file)?.is_some() {
        let (level, text) = check::may_write(sink).await;
        if level == Level::Error {
            return Err(format!(
                "{file} holds a token with which {text}; it is not overwritten: move it away and run setup again"
            ));
        }
        return Ok(());
    }
    let fresh = Fresh::create(&sink.token_file)?;
    let made = manager.make_token(org_id, bucket_id, order.description).await;
    let token = made.map_err(|why| format!("a token that writes {} cannot be made ({why})", sink.bucket))?;
    fresh.keep(&token)?;
    verdicts.add(
        Level::Made,
        format!("a token that may write {} and nothing else, in {file}", sink.bucket),
    );
    Ok(())
}
