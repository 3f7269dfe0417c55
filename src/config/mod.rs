//! I/O. What an integrator writes becomes a plant: all layers read, all of it checked, every finding at once.

mod access;
mod asset;
mod calendar;
mod catalog;
mod checker;
mod counter;
mod cycle_time;
mod cycles;
mod decimal;
mod definition;
mod environment;
mod fields;
mod finding;
mod hints;
mod lines;
mod load;
mod loss;
mod machine;
mod merged;
mod meter;
mod packml;
mod plant;
mod point;
mod rates;
mod raw;
mod registers;
mod roles;
mod secret;
mod seeds;
mod site;
mod source;
mod state;
mod state_fits;
mod state_table;
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

/// Every key by table, as Markdown: type, default, meaning. Tests hold it against what the agent takes.
pub const REFERENCE: &str = include_str!("reference.md");

/// The tables of the root.
const SECTIONS: [&str; 16] = [
    "site", "store", "serve", "token", "source", "template", "machine", "calendar", "product", "standard", "order",
    "reason", "loss", "target", "sink", "line",
];

/// Reads `files` in order (folders as their `*.toml`, each folder's `conf.d` after it), then the variables
/// `GEMBA__SECTION__KEY` of `env`, and checks everything.
///
/// # Errors
/// All findings in one go when one of them is an error; warnings alone come with the plant.
pub fn load(files: &[PathBuf], env: impl Iterator<Item = (String, String)>) -> Result<Plant, Findings> {
    let env: Vec<_> = env.collect();
    let (mut checker, secrets, syntax_errors) = open(files, &env);
    let plant = plant(&mut checker, &secrets);
    let findings = Findings::new(checker.findings, &syntax_errors);
    match plant {
        Some(plant) if !findings.has_errors() => Ok(Plant {
            warnings: findings,
            ..plant
        }),
        Some(_) | None => Err(findings),
    }
}

/// Where the ledger goes, and what setting that up must know.
#[derive(Debug, Clone)]
pub struct Central {
    /// The company's and the plant's id; empty where they are not written.
    pub site: (String, String),
    /// Every `[sink.influx.NAME]`.
    pub sinks: Vec<crate::forward::influx::Config>,
    /// Days the journal is to be kept.
    pub fact_days: u32,
    /// Odd things that do not stop anything.
    pub warnings: Findings,
}

/// Reads what [`load`] reads, and checks the sinks alone. A token file that is not there is no mistake: it may be what is to
/// be made.
///
/// # Errors
/// All findings about sinks and about files that cannot be read, when one of them is an error.
pub fn central(files: &[PathBuf], env: impl Iterator<Item = (String, String)>) -> Result<Central, Findings> {
    let env: Vec<_> = env.collect();
    let (mut checker, secrets, syntax_errors) = open(files, &env);
    let sinks = access::sinks(&mut checker, &secrets);
    let fact_days = site::store(&mut checker).fact_days;
    let missing: Vec<KeyPath> = sinks
        .iter()
        .filter(|sink| !sink.token_file.exists())
        .map(|sink| KeyPath::of(&["sink", "influx", &sink.name, "token_file"]))
        .collect();
    let mut found = std::mem::take(&mut checker.findings);
    let is_about = |finding: &Finding| finding.key.0.first().is_none_or(|table| table == "sink");
    found.retain(|finding| is_about(finding) && !missing.contains(&finding.key));
    let site = site::site(&mut checker).map(|site| (site.org, site.id));
    let findings = Findings::new(found, &syntax_errors);
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(Central {
        site: site.unwrap_or_default(),
        sinks,
        fact_days,
        warnings: findings,
    })
}

/// All layers read, nothing checked yet; and the places where a file is no TOML.
fn open(files: &[PathBuf], env: &[(String, String)]) -> (Checker, Secrets, Vec<Place>) {
    let layers = load::layers(files, env);
    let credentials = env.iter().find(|(name, _)| name == "CREDENTIALS_DIRECTORY");
    let secrets = Secrets {
        credentials: credentials.map(|(_, folder)| PathBuf::from(folder)),
    };
    let checker = Checker {
        tree: layers.tree,
        findings: layers.findings,
    };
    (checker, secrets, layers.syntax_errors)
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
    let policy = loss::policy(checker, &reasons);
    let target = catalog::target(checker);
    let timezone = site.as_ref().map_or("UTC", |site| site.timezone.as_str());
    let calendar = calendar::build(checker, timezone);
    let standards = seeds::standards(checker);
    let mut around = Surroundings {
        sources: source::build(checker, secrets, site_id),
        templates: std::collections::BTreeMap::new(),
        paces: seeds::paces(&products, &standards),
    };
    for id in checker.ids(&KeyPath::of(&["template"])) {
        let template = definition::template(checker, &id);
        around.templates.insert(id, template);
    }
    let machines = machine::all(checker, &around);
    let lines = lines::all(checker, &machines);
    let names = seeds::Names::of(&products, &machines);
    names.check_standards(checker, &standards);
    cycles::told_twice(checker, &products, &standards, &machines);
    names.check_reasons(checker, &reasons);
    let orders = seeds::orders(checker, &names);
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
        standards,
        orders,
        reasons,
        calendar,
        policy,
        target,
        lines,
    })
}
