//! I/O. Who may do what: bearer tokens, compared in constant time, slowly for an address that guesses; and a page's origin.

use super::answer::Problem;
use super::listen::Peer;
use super::{Role, TOKEN_CHARS, Token, control};
use crate::clock::Clock;
use axum::http::{HeaderMap, StatusCode, header};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::sleep;

/// Wrong tokens an address may send ...
const STRIKES: u32 = 10;
/// ... in this time, before it is slow for the rest of it and its wrong tokens are no longer logged.
const STRIKES_MS: u64 = 60_000;
/// How long a token of a slow address waits before anyone looks at it, right or wrong, so that the time of the answer tells
/// nothing. All 512 connections together try 256 tokens a second then. It is never more than a wait: devices may share an
/// address, and one of them with an old token must not lock the others out. Short beside the commit an entry waits for.
const PAUSE: Duration = Duration::from_secs(2);
/// Addresses remembered: more than a plant network has, 64 KiB at most.
const PEERS: usize = 1_024;

/// The tokens and who guessed wrong lately.
#[derive(Debug)]
pub(super) struct Gate {
    tokens: Vec<Held>,
    failures: Mutex<BTreeMap<IpAddr, Strikes>>,
}

/// A token as kept: only the digest is compared, so that neither length nor content shows in the time it takes.
#[derive(Debug)]
struct Held {
    name: Arc<str>,
    role: Role,
    digest: [u8; 32],
}

/// Whose token it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    /// The token's name: the author of what it sends.
    pub name: Arc<str>,
    /// What it may do.
    pub role: Role,
}

impl Holder {
    /// Refuses what needs a role above the holder's; `what` ends the sentence "... needs the role".
    pub(super) fn needs(&self, least: Role, what: &str) -> Result<(), Problem> {
        if self.role >= least {
            return Ok(());
        }
        let (name, role, least) = (&self.name, self.role.name(), least.name());
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            format!("token {name} has the role {role}; {what} needs the role {least}"),
        ))
    }
}

#[derive(Debug, Clone, Copy)]
struct Strikes {
    since_mono_ms: u64,
    count: u32,
}

impl Gate {
    /// A gate for these tokens; one that is too short opens nothing.
    pub(super) fn new(tokens: &[Token]) -> Gate {
        Gate {
            tokens: tokens
                .iter()
                .filter(|token| token.secret.expose_secret().chars().count() >= TOKEN_CHARS)
                .map(|token| Held {
                    name: Arc::clone(&token.name),
                    role: token.role,
                    digest: Sha256::digest(token.secret.expose_secret().as_bytes()).into(),
                })
                .collect(),
            failures: Mutex::new(BTreeMap::new()),
        }
    }

    /// The holder of the token in `headers` when its role is at least `least`; an address that guesses waits for the answer.
    /// Who came by the control socket needs none.
    pub(super) async fn admit(
        &self,
        peer: Peer,
        headers: &HeaderMap,
        least: Role,
        clock: &Clock,
    ) -> Result<Holder, Problem> {
        let Peer::Network(peer) = peer else {
            return control::holder(headers);
        };
        let Some(secret) = bearer(headers) else {
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "this needs a token, sent as `Authorization: Bearer TOKEN`; tokens are configured under [token.NAME]",
            ));
        };
        let peer = network(peer);
        if self.slow_for_s(peer, clock.now().mono_ms).is_some() {
            sleep(PAUSE).await;
        }
        self.judge(peer, secret, least, clock.now().mono_ms)
    }

    fn judge(&self, peer: IpAddr, secret: &[u8], least: Role, mono_ms: u64) -> Result<Holder, Problem> {
        let Some(token) = self.find(secret) else {
            if let Some(wait_s) = self.slow_for_s(peer, mono_ms) {
                return Err(Problem::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "nobody has this token, and too many wrong ones came from this address: each from there waits two seconds \
                     now; look at [token.NAME] and its token_file",
                )
                .retry_after(wait_s));
            }
            let count = self.strike(peer, mono_ms);
            tracing::warn!(%peer, count, "a wrong token was sent; the entry was refused");
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "nobody has this token; look at [token.NAME] and its token_file",
            ));
        };
        let holder = Holder {
            name: Arc::clone(&token.name),
            role: token.role,
        };
        holder.needs(least, "this").map(|()| holder)
    }

    /// Looks at every token to the end, whichever fits.
    fn find(&self, secret: &[u8]) -> Option<&Held> {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        let mut found = None;
        for token in &self.tokens {
            let difference = token
                .digest
                .iter()
                .zip(digest)
                .fold(0u8, |difference, (ours, theirs)| difference | (ours ^ theirs));
            if difference == 0 {
                found = Some(token);
            }
        }
        found
    }

    /// Seconds an address stays slow, when it is.
    fn slow_for_s(&self, peer: IpAddr, mono_ms: u64) -> Option<u64> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let strikes = failures.get(&peer)?;
        let age_ms = mono_ms.saturating_sub(strikes.since_mono_ms);
        (strikes.count >= STRIKES && age_ms < STRIKES_MS).then(|| (STRIKES_MS - age_ms).div_ceil(1_000))
    }

    fn strike(&self, peer: IpAddr, mono_ms: u64) -> u32 {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= PEERS && !failures.contains_key(&peer) {
            failures.retain(|_, strikes| mono_ms.saturating_sub(strikes.since_mono_ms) < STRIKES_MS);
        }
        if failures.len() >= PEERS && !failures.contains_key(&peer) {
            let oldest = failures.iter().min_by_key(|(_, strikes)| strikes.since_mono_ms);
            let oldest = oldest.map(|(peer, _)| *peer);
            oldest.and_then(|oldest| failures.remove(&oldest));
        }
        let strikes = failures.entry(peer).or_insert(Strikes {
            since_mono_ms: mono_ms,
            count: 0,
        });
        if mono_ms.saturating_sub(strikes.since_mono_ms) >= STRIKES_MS {
            *strikes = Strikes {
                since_mono_ms: mono_ms,
                count: 0,
            };
        }
        strikes.count += 1;
        strikes.count
    }
}

/// Refuses what a page of another origin had a browser send: its `Origin` is not the `Host` it was sent to.
pub(super) fn same_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    match (authority, host) {
        (Some((_, authority)), Some(host)) if authority.eq_ignore_ascii_case(host) => Ok(()),
        _ => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "this came from a page of another site; entries are taken from this site's own pages and from programs",
        )),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, secret) = value.split_at_checked(7)?;
    (scheme.eq_ignore_ascii_case(b"bearer ")).then(|| secret.trim_ascii())
}

/// Whom to count: one IPv6 host has a whole /64 of addresses to guess from.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 7));

    const WRITE: &str = "the-token-of-the-mes";

    fn gate() -> Gate {
        let token = |name: &str, role, secret: &str| Token {
            name: name.into(),
            role,
            secret: secret.to_owned().into(),
        };
        Gate::new(&[
            token("wall", Role::Viewer, "the-token-of-the-wall"),
            token("mes", Role::Operator, WRITE),
            token("forgotten", Role::Admin, ""),
            token("short", Role::Admin, "15-characters.."),
            token("enough", Role::Admin, "16 characters..."),
        ])
    }

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    fn status(gate: &Gate, secret: &str, peer: IpAddr, mono_ms: u64) -> u16 {
        match gate.judge(network(peer), secret.as_bytes(), Role::Operator, mono_ms) {
            Ok(_) => 200,
            Err(problem) => problem.status.as_u16(),
        }
    }

    #[test]
    fn a_token_opens_what_its_role_may_and_nothing_else_opens_anything() {
        let gate = gate();
        assert_eq!(status(&gate, WRITE, PEER, 0), 200);
        assert_eq!(status(&gate, "the-token-of-the-wall", PEER, 0), 403);
        for wrong in [&WRITE[1..], "the-token-of-the-mes2", "", "15-characters.."] {
            assert_eq!(status(&gate, wrong, PEER, 0), 401, "{wrong}");
        }
        assert_eq!(status(&gate, "16 characters...", PEER, 0), 200);
    }

    #[test]
    fn a_token_is_sent_as_bearer() {
        let sent = |value: &str| bearer(&headers(header::AUTHORIZATION, value)).map(<[u8]>::to_vec);
        assert_eq!(sent("Bearer x").as_deref(), Some(b"x".as_slice()));
        assert_eq!(sent("bearer  x ").as_deref(), Some(b"x".as_slice()));
        for other in ["Basic x", "x", ""] {
            assert_eq!(sent(other), None, "{other}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn after_ten_wrong_tokens_an_address_is_slow_for_the_rest_of_the_minute() {
        let gate = gate();
        for attempt in 0..10 {
            assert_eq!(gate.slow_for_s(PEER, 1_000 * attempt), None);
            assert_eq!(status(&gate, "guess", PEER, 1_000 * attempt), 401);
        }
        assert_eq!(gate.slow_for_s(PEER, 9_000), Some(51));
        assert_eq!(status(&gate, "guess", PEER, 59_999), 429);
        assert_eq!(
            status(&gate, WRITE, PEER, 59_999),
            200,
            "a right one opens all the same"
        );
        let other = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 8));
        assert_eq!(gate.slow_for_s(other, 59_999), None);
        assert_eq!(gate.slow_for_s(PEER, 60_000), None);
        assert_eq!(status(&gate, "guess", PEER, 60_000), 401);
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_their_guesses() {
        let gate = gate();
        for host in 1..=10u128 {
            let peer = IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | host));
            assert_eq!(status(&gate, "guess", peer, 0), 401);
        }
        let eleventh = IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | 11));
        assert_eq!(status(&gate, "guess", eleventh, 0), 429);
    }

    #[test]
    fn a_thousand_guessers_are_remembered_and_no_more() {
        let gate = gate();
        for address in 0..3_000u32 {
            status(&gate, "guess", IpAddr::V4(Ipv4Addr::from_bits(address)), 0);
        }
        assert_eq!(gate.failures.lock().unwrap().len(), PEERS);
    }

    #[test]
    fn an_entry_from_a_page_of_another_origin_is_refused() {
        let from = |origin: &str| {
            let mut headers = headers(header::HOST, "gw.plant.lan:8080");
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            same_origin(&headers).is_ok()
        };
        assert!(from("http://gw.plant.lan:8080"));
        assert!(from("http://GW.plant.lan:8080"));
        for other in [
            "http://gw.plant.lan:9090",
            "http://gw.plant.lan",
            "http://evil.example",
            "null",
            "",
        ] {
            assert!(!from(other), "{other}");
        }
        assert!(same_origin(&HeaderMap::new()).is_ok(), "a program sends no origin");
    }
}
