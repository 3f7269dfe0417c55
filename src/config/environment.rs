//! Pure. Names such as `GEMBA__MACHINE__PRESS_01__IDEAL_CYCLE_S` find the key they mean: ids compare without case, `-` = `_`.

use super::finding::{Finding, KeyPath, Level, Place};
use super::suggest;
use super::tree::Tree;

const PREFIX: &str = "GEMBA__";

/// No key has more parts: `machine.ID.points.NAME.counter.resets.preset` has seven.
const MAX_DEPTH: usize = 8;

/// Depths at which a table's keys are ids given by the plant, below each of these sections.
const ID_DEPTHS: [(&str, usize); 8] = [
    ("token", 1),
    ("source", 2),
    ("template", 1),
    ("machine", 1),
    ("calendar", 2),
    ("product", 1),
    ("reason", 1),
    ("sink", 2),
];

/// The variables under the prefix, each with the key it means and its text, in the order of their names; and what is
/// wrong with the others. The places of the keys are noted in `tree`.
pub fn resolve(env: &[(String, String)], tree: &mut Tree) -> (Vec<(KeyPath, String)>, Vec<Finding>) {
    let mut named: Vec<_> = env.iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    named.sort();
    let mut variables: Vec<(KeyPath, String)> = Vec::new();
    let mut findings = Vec::new();
    for (name, text) in named {
        let place = Place::Environment(name.clone());
        match path_of(name, tree) {
            Ok(path) => {
                if let Some((twin, _)) = variables.iter().find(|(twin, _)| *twin == path) {
                    let what = format!("a second variable for `{twin}`");
                    findings.push(finding(place.clone(), what, "keep one of the two".into()));
                }
                tree.put(&path, false, place.clone(), place);
                variables.push((path, text.clone()));
            }
            Err((what, instead)) => findings.push(finding(place, what, instead)),
        }
    }
    (variables, findings)
}

fn path_of(name: &str, tree: &Tree) -> Result<KeyPath, (String, String)> {
    let segments: Vec<&str> = name[PREFIX.len()..].split("__").collect();
    if segments.iter().any(|segment| segment.is_empty()) {
        let example = format!("write {PREFIX}SECTION__KEY, such as {PREFIX}STORE__COMMIT_MS");
        return Err(("the name has an empty part".into(), example));
    }
    if segments.len() > MAX_DEPTH {
        return Err(("no key lies so deep".into(), "write GEMBA__SECTION__KEY".into()));
    }
    let mut path = KeyPath::default();
    for segment in segments {
        let known: Vec<&str> = tree
            .table(&path)
            .map_or(Vec::new(), |table| table.keys().map(String::as_str).collect());
        let alike: Vec<&str> = known
            .iter()
            .copied()
            .filter(|key| suggest::fold(key) == suggest::fold(segment))
            .collect();
        path = match alike.as_slice() {
            [] if is_id(&path) => path.join(new_id(segment, &path, &known)?.as_str()),
            [] => path.join(&segment.to_lowercase()),
            [key] => path.join(key),
            [one, other, ..] => {
                let what = format!("`{segment}` means both `{one}` and `{other}`");
                return Err((what, "give them ids that differ in more than case, `-` and `_`".into()));
            }
        };
    }
    Ok(path)
}

/// True when the keys of the table at `path` are ids.
fn is_id(path: &KeyPath) -> bool {
    let root = path.0.first().map_or("", String::as_str);
    let is_points = path.last() == "points" && path.0.len() == 3;
    is_points || ID_DEPTHS.contains(&(root, path.0.len()))
}

/// A thing that only the environment has may be meant; one that differs by a slip from a known one is not.
fn new_id(segment: &str, path: &KeyPath, known: &[&str]) -> Result<String, (String, String)> {
    match suggest::nearest(segment, known.iter().copied()) {
        Some(near) => Err((
            format!("no `{}` in the files", path.join(&segment.to_lowercase())),
            format!("did you mean `{near}`? (what is new is added in a file)"),
        )),
        None => Ok(segment.to_lowercase()),
    }
}

fn finding(place: Place, what: String, instead: String) -> Finding {
    Finding {
        place,
        key: KeyPath::default(),
        level: Level::Error,
        what,
        instead,
        about_absence: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let mut tree = Tree::default();
        let text = "[machine.press-01]\nline = 'a'\n[machine.PRESS-02]\n[product.VT-2077]\ncavities = 1";
        tree.root = text.parse().unwrap();
        tree
    }

    fn resolved(name: &str) -> Result<String, String> {
        let env = [(name.to_owned(), "1".to_owned())];
        let (variables, findings) = resolve(&env, &mut tree());
        match variables.first() {
            Some((path, _)) => Ok(path.to_string()),
            None => Err(findings[0].to_string()),
        }
    }

    #[test]
    fn ids_are_found_without_case_and_with_underscores_for_dashes() {
        assert_eq!(
            resolved("GEMBA__MACHINE__PRESS_01__LINE").unwrap(),
            "machine.press-01.line"
        );
        assert_eq!(
            resolved("GEMBA__machine__press_02__LINE").unwrap(),
            "machine.PRESS-02.line"
        );
        assert_eq!(
            resolved("GEMBA__PRODUCT__VT_2077__CAVITIES").unwrap(),
            "product.VT-2077.cavities"
        );
    }

    #[test]
    fn a_key_no_file_has_is_taken_in_small_letters() {
        assert_eq!(resolved("GEMBA__STORE__COMMIT_MS").unwrap(), "store.commit_ms");
        assert_eq!(
            resolved("GEMBA__SINK__INFLUX__CENTRAL__URL").unwrap(),
            "sink.influx.central.url"
        );
    }

    #[test]
    fn an_id_that_is_a_slip_of_a_known_one_is_not_a_new_machine() {
        let finding = resolved("GEMBA__MACHINE__PRES_01__LINE").unwrap_err();
        assert_eq!(
            finding,
            "environment GEMBA__MACHINE__PRES_01__LINE: no `machine.pres_01` in the files; did you mean `press-01`? (what is new is added in a file)"
        );
    }

    #[test]
    fn a_name_with_an_empty_part_is_refused() {
        assert!(resolved("GEMBA__STORE____PATH").unwrap_err().contains("empty part"));
    }
}
