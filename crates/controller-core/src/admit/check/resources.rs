//! Rules on amounts: what they are of, that they are amounts, and that nobody asks for more than he may take.

use alloc::format;

use model::quantity::parse_milli;

use super::at::{At, Errors};
use super::field::Path;
use super::names;

const NOT_A_QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// The resources of a container.
pub fn check(resources: &At<'_>, errors: &mut Errors) {
    for list in ["limits", "requests"] {
        for (name, amount) in resources.entries(list) {
            resource_name(name, &amount.path, errors);
            quantity(&amount, errors);
        }
    }
    let limits = resources.field("limits");
    for (name, request) in resources.entries("requests") {
        let request = request.value.as_str().unwrap_or("");
        let limit = limits.text(name);
        let (Some(asked), Some(most)) = (parse_milli(request), parse_milli(limit)) else {
            continue;
        };
        let path = resources.path.child("requests");
        if asked > most {
            let why = format!("must be less than or equal to {name} limit of {limit}");
            errors.push(path.invalid(request, &why));
        } else if asked != most && name.contains('/') {
            errors
                .push(path.invalid(request, &format!("must be equal to {name} limit of {limit}")));
        }
    }
}

fn resource_name(name: &str, path: &Path, errors: &mut Errors) {
    errors.extend(names::qualified_name(name).iter().map(|why| path.invalid(name, why)));
    if name.starts_with("hugepages-") {
        errors.push(path.unacted());
    } else if !name.contains('/') && !["cpu", "memory", "ephemeral-storage"].contains(&name) {
        errors.push(path.invalid(name, "must be a standard resource for containers"));
    }
}

/// An amount, zero or more.
pub fn quantity(at: &At<'_>, errors: &mut Errors) {
    let text = at.value.as_str().unwrap_or("");
    match parse_milli(text) {
        None => errors.push(at.path.invalid(text, NOT_A_QUANTITY)),
        Some(amount) if amount < 0 => {
            errors.push(at.path.invalid(text, "must be greater than or equal to 0"));
        }
        Some(_) => {}
    }
}

/// An amount in a field that may be missing.
pub fn quantity_at(at: &At<'_>, field: &str, errors: &mut Errors) {
    if let Some(amount) = at.get(field) {
        quantity(&amount, errors);
    }
}
