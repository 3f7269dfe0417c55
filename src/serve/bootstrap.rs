//! Pure. `/api/v1/bootstrap`: what a page needs once.

use super::contract::{Boot, PlantName, Reason, Targets};
use super::{Site, screen};
use crate::model::time::Timestamp;
use crate::oee::plan::Plan;

/// The answer.
pub(super) fn view(site: &Site, plan: &Plan, build: &'static str, now: Timestamp) -> Boot {
    let ratio = |ppm: Option<u32>| ppm.map(|ppm| f64::from(ppm) / 1e6);
    let target = plan.target(now);
    let reasons = plan.reasons_at(now).map(|(id, reason)| Reason {
        id: id.clone(),
        name: reason.name.clone(),
        screen: screen::of(reason.class),
    });
    Boot {
        version: env!("CARGO_PKG_VERSION"),
        build,
        now,
        timezone: plan.zone(now),
        language: site.language.clone(),
        plant: PlantName {
            org: site.org.clone(),
            id: site.id.clone(),
            name: site.name.clone(),
        },
        targets: Targets {
            oee: ratio(target.oee_ppm),
            availability: ratio(target.availability_ppm),
            performance: ratio(target.performance_ppm),
            quality: ratio(target.quality_ppm),
        },
        reasons: reasons.collect(),
    }
}
