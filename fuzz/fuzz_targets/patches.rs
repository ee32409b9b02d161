//! A body, and a patch of it: read strictly, patched in three ways, and taken through everything that a creation passes.
#![no_main]

use controller_core::admit::{Fresh, patch, prepare_create};
use controller_core::kinds::{self, Kind};
use controller_core::schema::patch::strategic_merge;
use controller_core::schema::{fields, lookup, strict};
use libfuzzer_sys::fuzz_target;
use model::Millis;

fn create(kind: &Kind<'_>, doc: serde_json::Value) {
    let fresh = Fresh { now: Millis(1_800_000_000_000), uid: "uid", suffix: "abcde" };
    let namespace = if kind.namespaced { "default" } else { "" };
    let _ = prepare_create(kind, namespace, doc, &fresh);
}

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(3, |b| *b == 0);
    let (Some(&[which]), Some(body), patched) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    let all: Vec<_> = kinds::stored().collect();
    let kind = all[usize::from(which) % all.len()];
    let Ok((mut doc, _)) = strict::read(body) else { return };
    if let Some(of) = lookup(kind.schema) {
        let _ = (fields::unknown_fields(of, &doc), fields::check(of, &doc));
        if let Some(Ok((patch, _))) = patched.map(strict::read) {
            let _ = patch::json_patch(&mut doc.clone(), &patch);
            let _ = strategic_merge(of, doc.clone(), patch.clone());
            let _ = patch::merge_patch(&mut doc, &patch);
        }
    }
    create(kind, doc);
});
