//! What a list or a watch selects by: labels, and a few named fields. Whoever holds a [`Selectable`] need not read the
//! document again to know whether an object enters or leaves a selection.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::meta::meta;
use super::selector::LabelSelector;
use super::status::ApiError;
use crate::kinds::Kind;

/// The parts of an object that selectors look at, besides its name and namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selectable {
    /// Its labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// The values of the kind's fields, in the order of [`Kind::fields`].
    pub fields: Vec<String>,
}

impl Selectable {
    /// Those of a document.
    pub fn of(kind: &Kind, doc: &Value) -> Self {
        Self {
            labels: meta(doc).labels().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            fields: match (kind.custom, kind.conversion) {
                (Some(custom), _) => custom.selectable(doc),
                (None, Some(_)) if !kind.fields.is_empty() => {
                    let doc = kind.kept(doc.clone());
                    kind.fields.iter().map(|(_, read)| read(&doc)).collect()
                }
                (None, _) => kind.fields.iter().map(|(_, read)| read(doc)).collect(),
            },
        }
    }

    fn label(&self, key: &str) -> Option<&str> {
        let at = self.labels.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
        Some(&self.labels[at].1)
    }
}

/// What a request selects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    labels: LabelSelector,
    fields: Vec<FieldRule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct FieldRule {
    field: Field,
    equal: bool,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Namespace,
    /// A place in [`Kind::fields`].
    Own(usize),
}

impl Selector {
    /// Reads the `labelSelector` and `fieldSelector` of a request; empty texts select everything.
    ///
    /// # Errors
    /// 400, with Kubernetes' words, if one is not a selector or names a field that the kind cannot be selected by.
    pub fn parse(kind: &Kind, labels: &str, fields: &str) -> Result<Self, ApiError> {
        let labels = LabelSelector::parse(labels).map_err(|bad| ApiError::bad_request(bad.0))?;
        let fields = split_terms(fields)
            .into_iter()
            .filter(|term| !term.is_empty())
            .map(|term| field_rule(kind, &term))
            .collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    /// Whether it selects everything.
    pub fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// The one name that can be selected, if `metadata.name=x` is asked for.
    pub fn only_name(&self) -> Option<&str> {
        self.fields.iter().find(|r| r.field == Field::Name && r.equal).map(|r| r.value.as_str())
    }

    /// Whether an object is selected.
    pub fn matches(&self, namespace: &str, name: &str, object: &Selectable) -> bool {
        self.labels.matches(|key| object.label(key))
            && self.fields.iter().all(|rule| {
                let have = match rule.field {
                    Field::Name => name,
                    Field::Namespace => namespace,
                    Field::Own(at) => object.fields.get(at).map_or("", String::as_str),
                };
                (have == rule.value) == rule.equal
            })
    }

    /// Whether a document is selected.
    pub fn matches_doc(&self, kind: &Kind, doc: &Value) -> bool {
        let of = meta(doc);
        self.is_everything() || self.matches(of.namespace(), of.name(), &Selectable::of(kind, doc))
    }
}

/// Splits at commas that are not escaped.
fn split_terms(text: &str) -> Vec<String> {
    let mut terms = alloc::vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == ',' && !escaped {
            terms.push(String::new());
        } else if let Some(last) = terms.last_mut() {
            last.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    terms
}

/// Takes the escapes (`\\`, `\,`, `\=`) out of a value.
fn unescape(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                c @ ('\\' | ',' | '=') => out.push(c),
                _ => return None,
            },
            ',' | '=' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

/// The place of a field among those of the kind.
fn own_field(kind: &Kind, name: &str) -> Option<usize> {
    match kind.custom {
        Some(custom) => custom.selectable_at(name),
        None => kind.fields.iter().position(|(field, _)| *field == name),
    }
}

fn field_rule(kind: &Kind, term: &str) -> Result<FieldRule, ApiError> {
    let bad =
        || ApiError::bad_request(format!("invalid selector: '{term}'; can't understand '{term}'"));
    let at = term.find(['=', '!']).ok_or_else(bad)?;
    let (name, rest) = term.split_at(at);
    let (equal, value) = if let Some(value) = rest.strip_prefix("!=") {
        (false, value)
    } else if let Some(value) = rest.strip_prefix("==") {
        (true, value)
    } else {
        (true, rest.strip_prefix('=').ok_or_else(bad)?)
    };
    let value = unescape(value).ok_or_else(bad)?;
    let field = match name {
        "metadata.name" => Field::Name,
        "metadata.namespace" => Field::Namespace,
        name => match own_field(kind, name) {
            Some(at) => Field::Own(at),
            None if kind.custom.is_some() => {
                let message = format!("field label not supported: {name}");
                return Err(ApiError::bad_request(message));
            }
            None if kind.fields.is_empty() => {
                return Err(ApiError::bad_request(format!(
                    "{name:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                )));
            }
            None => {
                let message = format!("field label not supported: {name}");
                return Err(ApiError::bad_request(message));
            }
        },
    };
    Ok(FieldRule { field, equal, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use serde_json::json;

    #[test]
    fn fields_select() {
        let pod = json!({
            "metadata": {"name": "p", "namespace": "n", "labels": {"app": "web"}},
            "spec": {"nodeName": "edge-1"},
            "status": {"phase": "Running"},
        });
        let kind = kinds::get(kinds::POD);
        for (labels, fields, want) in [
            ("", "", true),
            ("app=web", "metadata.name=p", true),
            ("app=api", "metadata.name=p", false),
            ("", "metadata.namespace!=n", false),
            ("", "spec.nodeName=edge-1,status.phase!=Failed,status.phase!=Succeeded", true),
            ("", "spec.nodeName==edge-2", false),
            ("", "spec.nodeName=", false),
            ("", "metadata.name=a\\,b", false),
        ] {
            let selector = Selector::parse(kind, labels, fields).expect(fields);
            assert_eq!(selector.matches_doc(kind, &pod), want, "{labels} {fields}");
        }
    }

    #[test]
    fn unknown_fields_are_told_as_kubernetes_tells_them() {
        for (kind, fields, want) in [
            (
                kinds::CONFIG_MAP,
                "data.a=b",
                "\"data.a\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
            ),
            (kinds::POD, "spec.foo=b", "field label not supported: spec.foo"),
            (kinds::POD, "nonsense", "invalid selector: 'nonsense'; can't understand 'nonsense'"),
        ] {
            let error = Selector::parse(kinds::get(kind), "", fields).expect_err(fields);
            assert_eq!((error.code, error.message.as_str()), (400, want));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in "[a-z.=!,\\\\]{0,24}") {
            let _ = Selector::parse(kinds::get(kinds::POD), "", &text);
        }
    }
}
