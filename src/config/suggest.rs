//! Pure. "Did you mean": the nearest of the words that would have been right.

/// Distances above this share of the word's length are no likeness.
const LIKENESS: usize = 3;

/// The candidate nearest to `word` when it is near enough to be a slip of the hand.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    let limit = (folded.chars().count() / LIKENESS).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `did you mean X?`, or the words to choose from.
pub fn or_list(word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None if candidates.is_empty() => String::new(),
        None => format!("write one of: {}", candidates.join(", ")),
    }
}

/// How ids compare in the environment: without case, and `-`, `.` and `_` are the same.
pub fn fold(word: &str) -> String {
    word.to_lowercase().replace(['-', '.'], "_")
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for i in 0..=from.len() {
        for j in 0..=to.len() {
            rows[i][j] = match (i, j) {
                (0, edge) | (edge, 0) => edge,
                (i, j) => {
                    let same = usize::from(from[i - 1] != to[j - 1]);
                    let swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                    let swap = if swapped { rows[i - 2][j - 2] + 1 } else { usize::MAX };
                    (rows[i - 1][j - 1] + same)
                        .min(rows[i - 1][j] + 1)
                        .min(rows[i][j - 1] + 1)
                        .min(swap)
                }
            };
        }
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_finds_the_word_that_was_meant() {
        let keys = ["poll_ms", "line", "name"];
        assert_eq!(nearest("pol_ms", keys), Some("poll_ms"), "one letter short");
        assert_eq!(nearest("poll-ms", keys), Some("poll_ms"), "dash for underscore");
        assert_eq!(nearest("lien", keys), Some("line"), "two letters swapped");
        assert_eq!(nearest("colour", keys), None);
    }

    #[test]
    fn without_a_likeness_the_choices_are_listed() {
        assert_eq!(or_list("colour", &["line", "name"]), "write one of: line, name");
        assert_eq!(or_list("nam", &["line", "name"]), "did you mean `name`?");
    }
}
