//! I/O. Layers: files, their `conf.d` folders and the environment become one tree, and every key remembers its place.

use super::environment;
use super::finding::{Finding, KeyPath, Level, Place};
use super::text_file;
use super::tree::Tree;
use ::config::{Config, ConfigError, Map, Source, Value};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file longer than this is no configuration: a plant of 2,000 machines written out in full stays below it.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// What the layers came to.
#[derive(Debug, Default)]
pub struct Layers {
    /// The merged tree.
    pub tree: Tree,
    /// What was wrong with files as files: missing, unreadable, not TOML; and with variables.
    pub findings: Vec<Finding>,
    /// Where the syntax is broken.
    pub syntax_errors: Vec<Place>,
}

/// Reads and merges `files` in order, each folder's `conf.d` after its last file, then `GEMBA__...` of `env`.
pub fn layers(files: &[PathBuf], env: &[(String, String)]) -> Layers {
    let mut layers = Layers::default();
    let mut sources = Vec::new();
    for (rank, file) in expand(files).into_iter().enumerate() {
        layers.tree.start.get_or_insert(place(rank, &file, 0, 0));
        match text_file::read(&file, MAX_FILE_BYTES) {
            Ok(text) => sources.push(parse(rank, &file, &text, &mut layers)),
            Err(why) => {
                let mut finding = whole_file(place(rank, &file, 0, 0), why);
                finding.instead = "name a UTF-8 text file the agent can read".into();
                layers.findings.push(finding);
                layers.syntax_errors.push(place(rank, &file, 0, 0));
            }
        }
    }
    if layers.tree.start.is_none() {
        let nothing = place(0, Path::new("--config"), 0, 0);
        layers.findings.push(whole_file(
            nothing,
            "no configuration file: name one, or a folder with *.toml files".into(),
        ));
    }
    layers.tree.root = merge(&sources, &mut layers.findings);
    let (variables, findings) = environment::resolve(env, &mut layers.tree);
    layers.findings.extend(findings);
    let mut overrides = Layer::default();
    for (path, text) in variables {
        overrides.set(&path.0, text);
    }
    sources.push(overrides);
    layers.tree.root = merge(&sources, &mut layers.findings);
    layers
}

/// One file or the environment, as the `config` crate takes it.
#[derive(Debug, Clone, Default)]
struct Layer(Map<String, Value>);

impl Layer {
    fn set(&mut self, path: &[String], text: String) {
        if let [key, rest @ ..] = path {
            self.0.insert(key.clone(), nest(self.0.get(key), rest, text));
        }
    }
}

fn nest(present: Option<&Value>, path: &[String], text: String) -> Value {
    let Some((key, rest)) = path.split_first() else {
        return Value::new(None, text);
    };
    let mut table = present
        .and_then(|value| value.clone().into_table().ok())
        .unwrap_or_default();
    let child = nest(table.get(key), rest, text);
    table.insert(key.clone(), child);
    Value::new(None, table)
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

fn merge(sources: &[Layer], findings: &mut Vec<Finding>) -> toml::Table {
    let merged = Config::builder()
        .add_source(sources.to_vec())
        .build()
        .and_then(Config::try_deserialize);
    merged.unwrap_or_else(|error| {
        let all = place(0, Path::new("configuration"), 0, 0);
        findings.push(whole_file(all, format!("the layers cannot be merged: {error}")));
        toml::Table::new()
    })
}

/// Files as named, folders as their `*.toml` in name order, and after the last file of a folder its `conf.d`.
fn expand(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut expanded: Vec<PathBuf> = Vec::new();
    let mut add = |file: PathBuf| {
        expanded.retain(|former| *former != file);
        expanded.push(file);
    };
    for file in files {
        let folder = if file.is_dir() {
            toml_files(file).into_iter().for_each(&mut add);
            file.as_path()
        } else {
            add(file.clone());
            file.parent().unwrap_or(Path::new(""))
        };
        toml_files(&folder.join("conf.d")).into_iter().for_each(&mut add);
    }
    expanded
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml") && !path.is_dir())
        .collect();
    files.sort();
    files
}

fn parse(rank: usize, file: &Path, text: &str, layers: &mut Layers) -> Layer {
    let (table, errors) = DeTable::parse_recoverable(text);
    let locate = |offset: usize| {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        place(rank, file, line, before[line_start..].chars().count() + 1)
    };
    for error in errors {
        let at = locate(error.span().map_or(0, |span| span.start));
        let mut finding = whole_file(at.clone(), format!("not TOML: {}", error.message()));
        finding.instead = "mend the line; what depends on it is checked after that".into();
        layers.findings.push(finding);
        layers.syntax_errors.push(at);
    }
    let mut walk = Walk {
        locate: &locate,
        layers,
    };
    Layer(walk.table(&KeyPath::default(), table.get_ref()))
}

/// Copies a parsed file into the form the layers are merged in and notes the place of every key.
struct Walk<'a> {
    locate: &'a dyn Fn(usize) -> Place,
    layers: &'a mut Layers,
}

impl Walk<'_> {
    fn table(&mut self, path: &KeyPath, table: &DeTable<'_>) -> Map<String, Value> {
        let mut map = Map::new();
        for (key, value) in table {
            let child = path.join(key.get_ref());
            let is_table = matches!(value.get_ref(), DeValue::Table(_));
            let key_place = (self.locate)(key.span().start);
            let value_place = (self.locate)(value.span().start);
            self.layers.tree.put(&child, is_table, key_place, value_place);
            if let Some(copy) = self.value(&child, value) {
                map.insert(child.last().to_owned(), copy);
            }
        }
        map
    }

    fn value(&mut self, path: &KeyPath, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let place = (self.locate)(value.span().start);
        Some(match value.get_ref() {
            DeValue::String(text) => Value::new(None, text.to_string()),
            DeValue::Boolean(bit) => Value::new(None, *bit),
            DeValue::Datetime(instant) => Value::new(None, instant.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(whole) => Value::new(None, whole),
                Err(_) => return self.too_large(path, place),
            },
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(float) => Value::new(None, float),
                Err(_) => return self.too_large(path, place),
            },
            DeValue::Table(table) => Value::new(None, self.table(path, table)),
            DeValue::Array(array) => {
                let mut list = Vec::new();
                for (index, item) in array.iter().enumerate() {
                    let child = path.join(&index.to_string());
                    let at = (self.locate)(item.span().start);
                    self.layers.tree.put(&child, false, at.clone(), at);
                    list.extend(self.value(&child, item));
                }
                Value::new(None, list)
            }
        })
    }

    fn too_large(&mut self, path: &KeyPath, place: Place) -> Option<Value> {
        self.layers.syntax_errors.push(place.clone());
        self.layers.findings.push(Finding {
            key: path.clone(),
            ..whole_file(place, "the number is too large".into())
        });
        None
    }
}

fn place(rank: usize, file: &Path, line: usize, column: usize) -> Place {
    Place::File {
        rank,
        file: file.to_owned(),
        line,
        column,
    }
}

fn whole_file(place: Place, what: String) -> Finding {
    Finding {
        place,
        key: KeyPath::default(),
        level: Level::Error,
        what,
        instead: String::new(),
        about_absence: false,
    }
}
