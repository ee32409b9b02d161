//! The table itself.

use super::std::collections::BTreeSet;
use super::std::prelude::v1::Vec;

use crate::kinds;
use crate::schema::{Field, Form, List, Type, lookup, own, root, table};

fn all() -> impl Iterator<Item = &'static Type> {
    table::TYPES.iter().chain(own::TYPES).copied()
}

/// The objects that a form holds.
fn within(form: Form) -> Option<&'static Type> {
    match form {
        Form::Object(of) => Some(of),
        Form::Array(element) | Form::Map(element) => within(*element),
        _ => None,
    }
}

#[test]
fn every_type_can_be_found() {
    for of in all() {
        assert!(
            lookup(of.name).is_some_and(|found| core::ptr::eq(found, of)),
            "{} is not found",
            of.name
        );
        for field in of.fields {
            assert!(of.field(field.name).is_some(), "{}.{} is not found", of.name, field.name);
            let inner = within(field.form).is_none_or(|inner| lookup(inner.name).is_some());
            assert!(inner, "{}.{} holds a type that is not listed", of.name, field.name);
        }
    }
    assert!(lookup("io.k8s.api.apps.v1.Nothing").is_none());
}

#[test]
fn every_root_can_be_found() {
    for known in table::ROOTS.iter().chain(own::ROOTS) {
        let found = root(known.api_version, known.kind);
        assert!(
            found.is_some_and(|of| core::ptr::eq(of, known.of)),
            "{} {}",
            known.api_version,
            known.kind
        );
    }
    assert!(root("apps/v1", "Pod").is_none());
    assert!(root("policy/v1", "DeleteOptions").is_some(), "options are the same in every group");
}

#[test]
fn every_kind_that_is_served_has_a_schema() {
    for kind in kinds::all() {
        let of = lookup(kind.schema)
            .unwrap_or_else(|| panic!("{} has no schema {}", kind.kind, kind.schema));
        let same =
            root(&kind.api_version(), kind.kind).is_some_and(|found| core::ptr::eq(found, of));
        assert!(same, "{} {} is another type than {}", kind.api_version(), kind.kind, kind.schema);
    }
}

#[test]
fn no_two_fields_share_a_number() {
    for of in all() {
        let inlined = of.inlined.iter().map(|inlined| inlined.number);
        let numbers: Vec<u16> = of
            .fields
            .iter()
            .map(|field| field.number)
            .filter(|number| *number != 0)
            .chain(inlined)
            .collect();
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "{}", of.name);
    }
}

#[test]
fn keys_of_lists_are_fields_of_their_elements() {
    for of in all() {
        for Field { name, form, rules, .. } in of.fields {
            let Form::Array(element) = *form else { continue };
            let keys = rules
                .list_keys
                .iter()
                .copied()
                .chain([rules.merge_key])
                .filter(|key| !key.is_empty());
            for key in keys {
                let known = within(*element).is_some_and(|of| of.field(key).is_some());
                assert!(
                    known,
                    "{}.{name} is told apart by {key}, which its elements lack",
                    of.name
                );
            }
            assert_eq!(rules.list == List::Map, !rules.list_keys.is_empty(), "{}.{name}", of.name);
        }
    }
}

#[test]
fn the_two_ways_of_merging_have_their_own_keys() {
    let check = |of: &str, field: &str, merge_key: &str, list_keys: &[&str]| {
        let found = lookup(of).and_then(|of| of.field(field)).expect("the field is in the table");
        assert_eq!(
            (found.rules.merge_key, found.rules.list_keys),
            (merge_key, list_keys),
            "{of}.{field}"
        );
    };
    check("io.k8s.api.core.v1.Container", "ports", "containerPort", &["containerPort", "protocol"]);
    check("io.k8s.api.core.v1.ServiceSpec", "ports", "port", &["port", "protocol"]);
    check(
        "io.k8s.api.core.v1.PodSpec",
        "topologySpreadConstraints",
        "topologyKey",
        &["topologyKey", "whenUnsatisfiable"],
    );
    check("io.k8s.api.core.v1.PodSpec", "tolerations", "", &[]);
}
