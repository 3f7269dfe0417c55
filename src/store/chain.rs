//! Pure. The hash that ties each fact to the one before it, so that a changed, missing or added fact is seen.

use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// A SHA-256.
pub(super) type Hash = [u8; 32];

/// The hash before the first fact.
pub(super) const GENESIS: Hash = [0; 32];

/// Names the rule below inside every hash, so that another rule can never give the same one.
const DOMAIN: &[u8] = b"gemba-fact-1\n";

/// What is hashed of a fact beside its body.
pub(super) struct Header<'a> {
    pub(super) seq: u64,
    pub(super) boot: &'a str,
    pub(super) epoch: u32,
    pub(super) mono_ms: u64,
    pub(super) at: i64,
    pub(super) received_at: i64,
    /// By name; empty for none.
    pub(super) machine: &'a str,
    pub(super) kind: &'a str,
    pub(super) author: &'a str,
}

impl Header<'_> {
    /// `seq|boot|epoch|mono_ms|at|received_at|machine|kind|author`. Inside names `\` is written `\\`, `|` is `\p`, a line
    /// feed is `\n`, so that two different headers never make the same text.
    pub(super) fn text(&self) -> String {
        format!(
            "{}|{}|{}|{}|{}|{}|{}|{}|{}",
            self.seq,
            escape(self.boot),
            self.epoch,
            self.mono_ms,
            self.at,
            self.received_at,
            escape(self.machine),
            escape(self.kind),
            escape(self.author)
        )
    }
}

/// `SHA-256("gemba-fact-1\n" || previous || header || SHA-256(body))`: with the body's hash in its place a body can be left
/// out of a package, or blotted out, and the chain still be checked.
pub(super) fn link(previous: &Hash, header: &Header<'_>, body: &str) -> Hash {
    let body_hash: Hash = Sha256::digest(body.as_bytes()).into();
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(previous);
    hasher.update(header.text().as_bytes());
    hasher.update(body_hash);
    hasher.finalize().into()
}

/// A hash as 64 hexadecimal digits.
pub(super) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash written by [`hex`].
pub(super) fn unhex(text: &str) -> Option<Hash> {
    let mut hash = GENESIS;
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}

fn escape(name: &str) -> Cow<'_, str> {
    if !name.contains(['\\', '|', '\n']) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.replace('\\', "\\\\").replace('|', "\\p").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(seq: u64, author: &'static str) -> Header<'static> {
        Header {
            seq,
            boot: "b1",
            epoch: 0,
            mono_ms: 12,
            at: 1_000,
            received_at: 1_005,
            machine: "press-01",
            kind: "signal",
            author,
        }
    }

    #[test]
    fn the_bytes_of_a_header_and_of_a_small_chain_never_change() {
        assert_eq!(header(1, "agent").text(), "1|b1|0|12|1000|1005|press-01|signal|agent");
        let first = link(&GENESIS, &header(1, "agent"), "{}");
        let second = link(&first, &header(2, "agent"), r#"{"count":1}"#);
        // Worked out apart from this program, with Python's hashlib over the bytes of the rule.
        assert_eq!(hex(&first), FIRST);
        assert_eq!(hex(&second), SECOND);
    }

    #[test]
    fn a_bar_or_line_feed_in_a_name_cannot_move_text_from_one_field_to_another() {
        assert_eq!(
            header(1, "a|b\n\\").text(),
            "1|b1|0|12|1000|1005|press-01|signal|a\\pb\\n\\\\"
        );
        assert_ne!(header(1, "a|b").text(), header(1, "a\\pb").text());
    }

    #[test]
    fn a_hash_is_read_back_from_its_digits_and_anything_else_is_none() {
        let hash = link(&GENESIS, &header(1, "agent"), "{}");
        assert_eq!(unhex(&hex(&hash)), Some(hash));
        for wrong in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(unhex(wrong), None);
        }
    }

    const FIRST: &str = "6f5036446a022beb746f2c6b4971d6449896221c9224a4d87001e9b75e34da01";
    const SECOND: &str = "2e9cca12d6a163beb9b80567232ee40c771daa7ec4b63ff266ecdeec278bff37";
}
