//! Texts in queries and manifests: selectors, quantities.
#![no_main]

use controller_core::admit::selector::LabelSelector;
use libfuzzer_sys::fuzz_target;
use model::quantity::{parse_milli, parse_units};

fuzz_target!(|text: &str| {
    if let Ok(selector) = LabelSelector::parse(text) {
        let _ = selector.matches(|_| None);
    }
    let _ = (parse_milli(text), parse_units(text));
});
