//! I/O. What an integrator writes becomes a plant: all layers read, all of it checked, every finding at once.

mod access;
mod calendar;
mod catalog;
mod checker;
mod counter;
mod decimal;
mod definition;
mod environment;
mod fields;
mod finding;
mod hints;
mod load;
mod machine;
mod merged;
mod plant;
mod point;
mod rates;
mod raw;
mod roles;
mod secret;
mod site;
mod source;
mod suggest;
mod text_file;
mod tree;
mod unbuilt;
mod wiring;

pub use finding::{Finding, Findings, KeyPath, Level, Place};
pub use plant::{Bound, Plant};

use crate::store;
use checker::Checker;
use machine::Surroundings;
use secret::Secrets;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The tables of the root.
const SECTIONS: [&str; 13] = [
    "site", "store", "serve", "token", "source", "template", "machine", "calendar", "product", "reason", "loss",
    "target", "sink",
];

/// Reads `files` in order (folders as their `*.toml`, each folder's `conf.d` after it), then the variables
/// `GEMBA__SECTION__KEY` of `env`, and checks everything.
///
/// # Errors
/// All findings in one go when one of them is an error; warnings alone come with the plant.
pub fn load(files: &[PathBuf], env: impl Iterator<Item = (String, String)>) -> Result<Plant, Findings> {
    let env: Vec<_> = env.collect();
    let layers = load::layers(files, &env);
    let credentials = env.iter().find(|(name, _)| name == "CREDENTIALS_DIRECTORY");
    let secrets = Secrets {
        credentials: credentials.map(|(_, folder)| PathBuf::from(folder)),
    };
    let mut checker = Checker {
        tree: layers.tree,
        findings: layers.findings,
    };
    let plant = plant(&mut checker, &secrets);
    let findings = Findings::new(checker.findings, &layers.syntax_errors);
    match plant {
        Some(plant) if !findings.has_errors() => Ok(Plant {
            warnings: findings,
            ..plant
        }),
        Some(_) | None => Err(findings),
    }
}

/// The plant as far as it can be made out; not to be used while there are findings that are errors.
fn plant(checker: &mut Checker, secrets: &Secrets) -> Option<Plant> {
    checker.unknown_keys(&KeyPath::default(), &SECTIONS);
    let site = site::site(checker);
    let store = site::store(checker);
    let listen = site::serve(checker);
    let tokens = access::tokens(checker, secrets);
    let sinks = access::sinks(checker, secrets);
    let site_id = site.as_ref().map_or("", |site| site.id.as_str());
    let products = catalog::products(checker);
    let reasons = catalog::reasons(checker);
    let policy = catalog::policy(checker);
    let target = catalog::target(checker);
    let timezone = site.as_ref().map_or("UTC", |site| site.timezone.as_str());
    let calendar = calendar::build(checker, timezone);
    let mut around = Surroundings {
        sources: source::build(checker, secrets, site_id),
        templates: std::collections::BTreeMap::new(),
        product_ns: products.values().filter_map(|product| product.ideal_ns).min(),
    };
    for id in checker.ids(&KeyPath::of(&["template"])) {
        let template = definition::template(checker, &id);
        around.templates.insert(id, template);
    }
    let machines = machine::all(checker, &around);
    let site = site?;
    Some(Plant {
        site: crate::model::settings::SiteSetting {
            org: site.org.as_str().into(),
            site: site.id.as_str().into(),
        },
        name: site.name,
        language: site.language,
        store: store::Config {
            sinks: sinks.iter().map(|sink| sink.name.clone()).collect(),
            ..store
        },
        listen: listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
        tokens,
        sinks,
        warnings: Findings::default(),
        sources: around.sources,
        machines,
        products,
        reasons,
        calendar,
        policy,
        target,
    })
}
