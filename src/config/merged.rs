//! Pure. A machine in front of its template: what the machine writes itself wins.

use super::checker::Child;
use super::definition::Definition;
use super::finding::KeyPath;
use super::point::Shape;
use super::raw;

/// The two definitions a machine is made of.
pub struct Merged<'a> {
    /// The machine's own.
    pub mine: &'a Definition,
    /// Its template's.
    pub template: Option<&'a Definition>,
}

impl<'a> Merged<'a> {
    /// A table, and where it stands (or should).
    pub fn table<T>(&self, key: &str, of: impl Fn(&'a Definition) -> &'a Child<T>) -> (KeyPath, &'a Child<T>) {
        let own = of(self.mine);
        match (own, self.template) {
            (Child::Absent, Some(template)) if !matches!(of(template), Child::Absent) => {
                (template.path.join(key), of(template))
            }
            _ => (self.mine.path.join(key), own),
        }
    }

    /// A plain key, and where it stands.
    pub fn key<V>(&self, key: &str, of: impl Fn(&raw::Shared) -> Option<V>) -> Option<(KeyPath, V)> {
        [Some(self.mine), self.template]
            .into_iter()
            .flatten()
            .find_map(|definition| {
                let value = of(definition.shared.good()?)?;
                Some((definition.path.join(key), value))
            })
    }

    /// A point; `Some(None)` when there is one that cannot be used.
    pub fn point(&self, name: &str) -> Option<&'a Option<Shape>> {
        let inherited = || self.template.and_then(|template| template.points.get(name));
        self.mine.points.get(name).or_else(inherited)
    }

    /// Names of all points.
    pub fn point_names(&self) -> Vec<&'a str> {
        let inherited = self.template.into_iter().flat_map(|template| template.points.keys());
        self.mine.points.keys().chain(inherited).map(String::as_str).collect()
    }
}
