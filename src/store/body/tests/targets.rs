//! The bytes of targets of products, standards and machines, pinned for ever.

use super::*;
use crate::model::settings::{StandardSetting, shift_pieces};

#[test]
fn the_bytes_of_targets_in_pieces_never_change() {
    let product = ProductSetting {
        shift_pieces: shift_pieces(800),
        ..ProductSetting::default()
    };
    let standard = StandardSetting {
        product: "F-1".into(),
        ideal_ns: 1,
        oee_ppm: Some(850_000),
        shift_pieces: shift_pieces(900),
        ..StandardSetting::default()
    };
    let machine = MachineSetting {
        shift_pieces: shift_pieces(700),
        ..MachineSetting::default()
    };
    for (item, bytes) in [
        (
            Setting::Product("F-1".into(), product),
            r#"{"item":"product","id":"F-1","name":{},"ideal_ns":null,"cavities":null,"shift_pieces":800}"#,
        ),
        (
            Setting::Standard("S1".into(), standard),
            r#"{"item":"standard","id":"S1","product":"F-1","ideal_ns":1,"source":"unsaid","oee_ppm":850000,"shift_pieces":900}"#,
        ),
        (
            Setting::Machine(MachineId(0), machine),
            r#"{"item":"machine","id":"press-01","name":{},"line":"","ideal_ns":null,"cavities":0,"max_rate_milli_per_min":0,"state_map":{},"signals":[],"reject_source":"none","shift_pieces":700}"#,
        ),
    ] {
        let body = setting(item);
        assert_eq!(encode(&body, &roster()).unwrap(), bytes);
        assert_eq!(decode("setting", bytes, &roster()).unwrap(), body);
    }
}
