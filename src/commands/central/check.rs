//! I/O. `gemba central check` of one sink: what it is, what its token may do, how long it keeps points. Changes nothing.

use super::direct::{Direct, NO_POINTS, TIMEOUTS};
use super::kind::{Flags, Kind, Server};
use super::manage::{Kept, Manager};
use super::token_file;
use super::verdict::{Level, Verdicts};
use crate::forward::answer::Answer;
use crate::forward::influx::{Client, Config};
use secrecy::SecretString;

/// Seconds of a day.
const DAY_S: u64 = 24 * 60 * 60;

/// Looks at a sink with its own token and, where there is one, an administrator's.
pub async fn check(sink: &Config, fact_days: u32, admin: Option<&SecretString>) -> Verdicts {
    let mut verdicts = Verdicts::default();
    if let Err(what) = look(sink, fact_days, admin, &mut verdicts).await {
        verdicts.add(Level::Error, what);
    }
    verdicts
}

/// Which store answers at a sink's address.
///
/// # Errors
/// A sentence: nobody answers.
pub async fn identify(direct: &Direct, sink: &Config, token: Option<&SecretString>) -> Result<Server, String> {
    let ping = direct.ping(token).await;
    let ping = ping.map_err(|why| format!("{} cannot be reached: {why}", sink.url))?;
    let health = if direct.has_path() {
        None
    } else {
        Manager::new(sink, None)?.version().await
    };
    Ok(Server::tell(&ping, health.as_deref()))
}

/// Whether the sink's token may write, asked as the agent asks, with no points in it.
pub async fn may_write(sink: &Config) -> (Level, String) {
    match Client::new(sink, TIMEOUTS) {
        Ok(mut client) => written(&client.write("").await),
        Err(what) => (Level::Error, what),
    }
}

async fn look(
    sink: &Config,
    fact_days: u32,
    admin: Option<&SecretString>,
    verdicts: &mut Verdicts,
) -> Result<(), String> {
    let direct = Direct::new(sink)?;
    let token = token_file::read(&sink.token_file)?;
    let mut server = identify(&direct, sink, token.as_ref()).await?;
    let flags = match server.kind {
        Kind::Victoria => direct.flags().await,
        Kind::Influx1 | Kind::Influx2 | Kind::Cloud | Kind::Influx3 | Kind::Other => Flags::default(),
    };
    if server.kind == Kind::Victoria {
        server.version.clone_from(&flags.version);
    }
    verdicts.add(Level::Ok, server.name());
    if server.is_too_old() {
        return Err("it has no version 2 write API: InfluxDB 1.8 or newer has".to_owned());
    }
    match token {
        None => verdicts.add(
            Level::Error,
            format!(
                "the token file {} is not there: put a token there that may write the bucket, or let gemba central setup \
                 make one",
                sink.token_file.display()
            ),
        ),
        Some(_) => {
            let (level, text) = may_write(sink).await;
            verdicts.add(level, text);
        }
    }
    if direct.takes_from_anybody().await {
        verdicts.add(
            Level::Warning,
            "it takes writes without a token: whoever reaches it can add to the evidence; ask for tokens, or let only this \
             gateway reach it",
        );
    }
    if server.is_managed() && direct.has_path() {
        verdicts.add(
            Level::Note,
            "buckets and tokens cannot be looked at through an address with a path: look at them in the store itself",
        );
    } else if server.is_managed() {
        if let Some(token) = &token {
            scope(sink, &direct, token, verdicts).await?;
        }
        bucket(sink, fact_days, admin.or(token.as_ref()), admin.is_some(), verdicts).await?;
    }
    if server.kind == Kind::Victoria {
        let (level, text) = match flags.retention_days() {
            Some(days) => keeps(Some((days * DAY_S as f64) as u64), fact_days, "-retentionPeriod"),
            None => (
                Level::Note,
                "it does not show how long it keeps points (-retentionPeriod)".to_owned(),
            ),
        };
        verdicts.add(level, text);
    }
    server.promise(&flags, verdicts);
    Ok(())
}

/// What the token may do beside writing its bucket.
async fn scope(sink: &Config, direct: &Direct, token: &SecretString, verdicts: &mut Verdicts) -> Result<(), String> {
    let seen = direct.tokens_seen(token).await?;
    let buckets = Manager::new(sink, Some(token))?.buckets().await?;
    let others = buckets.iter().filter(|bucket| bucket.name != sink.bucket).count();
    const NARROW: &str =
        "give the gateway one that may write its bucket and nothing else (gemba central setup makes such a one)";
    if seen > 0 {
        verdicts.add(
            Level::Warning,
            format!(
                "the token reaches too far: it may look at tokens, as an all-access or operator token may; {NARROW}"
            ),
        );
    } else if others > 0 {
        verdicts.add(
            Level::Warning,
            format!("the token reaches too far: it may read {others} other buckets; {NARROW}"),
        );
    } else if !buckets.is_empty() {
        verdicts.add(
            Level::Note,
            "the token may also read its bucket, which the agent never does",
        );
    } else {
        verdicts.add(Level::Ok, "the token may read nothing");
    }
    Ok(())
}

/// Whether the bucket is there, and how long it keeps points.
async fn bucket(
    sink: &Config,
    fact_days: u32,
    token: Option<&SecretString>,
    is_admin: bool,
    verdicts: &mut Verdicts,
) -> Result<(), String> {
    let Some(token) = token else { return Ok(()) };
    let manager = Manager::new(sink, Some(token))?;
    let found = if is_admin {
        manager.bucket(&sink.org, &sink.bucket).await?
    } else {
        // A token that may read nothing is refused here, which says nothing of the bucket.
        let all = manager.buckets().await?;
        all.into_iter().find(|bucket| bucket.name == sink.bucket)
    };
    let (level, text) = match found {
        Some(Kept { seconds, .. }) => keeps(seconds, fact_days, "its retention"),
        None if is_admin => (
            Level::Error,
            format!(
                "there is no bucket {} in organisation {} that the administrator's token may see: gemba central setup makes it",
                sink.bucket, sink.org
            ),
        ),
        None => (
            Level::Note,
            "how long the bucket keeps points is nothing this token may see: add --admin-token-file to look".to_owned(),
        ),
    };
    verdicts.add(level, text);
    Ok(())
}

/// What keeping points for so long means; `None` is for ever. `setting` is where it is changed.
fn keeps(seconds: Option<u64>, fact_days: u32, setting: &str) -> (Level, String) {
    let Some(days) = seconds.map(|seconds| seconds / DAY_S) else {
        return (Level::Ok, "it keeps points for ever".to_owned());
    };
    if days >= u64::from(fact_days) {
        return (Level::Ok, format!("it keeps points for {days} days"));
    }
    let text = format!(
        "it keeps points for {days} days, and the gateway is to keep its own for {fact_days} (store.fact_days): make {setting} \
         longer, or what is to be shown is gone there first; points older than that when they arrive are refused"
    );
    (Level::Warning, text)
}

/// What an answer to a write without points means.
fn written(answer: &Answer) -> (Level, String) {
    let ok = || (Level::Ok, "the token may write the bucket".to_owned());
    let error = |text: String| (Level::Error, text);
    match answer {
        Answer::NotSent(what) => error(what.clone()),
        Answer::Untrusted(what) => error(format!(
            "the connection is not secure: {what}; trust its certificate authority"
        )),
        Answer::Lost(what) => error(format!("a write is not answered: {what}")),
        Answer::Status { code, said, .. } => match code {
            204 => ok(),
            400 if said.contains(NO_POINTS) => ok(),
            401 => error(format!(
                "the token is not accepted ({said}): put a valid one into its file"
            )),
            403 => error(format!("the token may not write this bucket ({said})")),
            404 => error(format!("there is no such organisation, bucket or write API ({said})")),
            code => error(format!(
                "a write is answered with {code} ({said}): what answers is no store, or one in trouble"
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, said: &str) -> Answer {
        Answer::Status {
            code,
            retry_after: None,
            said: said.to_owned(),
        }
    }

    #[test]
    fn a_write_without_points_tells_whether_one_with_points_would_be_taken() {
        assert_eq!(written(&status(204, "")).0, Level::Ok);
        assert_eq!(written(&status(400, "writing requires points")).0, Level::Ok);
        for (code, said) in [
            (400, "unsupported path"),
            (401, ""),
            (403, ""),
            (404, ""),
            (200, "welcome"),
            (503, ""),
        ] {
            assert_eq!(written(&status(code, said)).0, Level::Error, "{code}");
        }
        assert_eq!(written(&Answer::Lost("reset".to_owned())).0, Level::Error);
    }

    #[test]
    fn points_that_go_before_the_facts_do_are_a_warning() {
        let level = |days: Option<u64>| keeps(days.map(|days| days * DAY_S), 400, "its retention").0;
        assert_eq!(
            [None, Some(400), Some(399), Some(30)].map(level),
            [Level::Ok, Level::Ok, Level::Warning, Level::Warning,]
        );
    }
}
