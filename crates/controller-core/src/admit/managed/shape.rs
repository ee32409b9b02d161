//! What server-side apply has to know of a value's type: what is one value, and how items of a list are told apart.
//!
//! The law here: an item has the same name whoever names it, whether defaults have been filled in or not.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::element::Element;
use crate::custom::Part;
use crate::kinds::Kind;
use crate::schema::{self, Form, List, Rules, Type};

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The type of a value.
#[derive(Clone, Copy)]
pub(super) enum Shape<'s> {
    /// One value, whatever is in it.
    Whole,
    /// An object whose fields are known.
    Object(&'static Type),
    /// A map of values of one type.
    Map(&'static Form),
    /// A list of objects that these fields tell apart.
    Keyed(&'static Form, &'static [&'static str]),
    /// A list of scalars, each there once.
    Set,
    /// A custom resource; none: nothing is said of its fields.
    Custom(Option<Part<'s>>),
    /// A part of a custom resource whose definition says what it holds.
    Defined(Part<'s>),
    /// Nothing is known: objects merge, lists are one value.
    Unknown,
}

/// How a pair of values is to be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    /// As one value.
    One,
    /// Field by field.
    Fields,
    /// Item by item.
    Items,
}

impl<'s> Shape<'s> {
    /// That of a kind's documents.
    pub(super) fn of_kind(kind: &Kind<'s>) -> Self {
        match (kind.custom, schema::lookup(kind.schema)) {
            (Some(custom), _) => Self::Custom(Some(custom.part())),
            (None, Some(of)) => Self::Object(of),
            (None, None) => Self::Custom(None),
        }
    }

    fn of_form(form: Form, rules: &'static Rules) -> Self {
        match form {
            Form::Object(of) if of.atomic || rules.atomic => Self::Whole,
            Form::Object(of) => Self::Object(of),
            Form::Map(_) if rules.atomic => Self::Whole,
            Form::Map(element) => Self::Map(element),
            Form::Array(element) => match rules.list {
                List::Map => Self::Keyed(element, rules.list_keys),
                List::Set => Self::Set,
                List::Unset | List::Atomic => Self::Whole,
            },
            Form::Raw | Form::Json => Self::Unknown,
            _ => Self::Whole,
        }
    }

    fn of_part(part: Part<'s>) -> Self {
        if part.is_whole() { Self::Whole } else { Self::Defined(part) }
    }

    /// That of a field.
    pub(super) fn field(self, name: &str) -> Self {
        match self {
            Self::Object(of) => {
                of.field(name).map_or(Self::Unknown, |f| Self::of_form(f.form, f.rules))
            }
            Self::Map(element) => Self::of_form(*element, &schema::NONE),
            Self::Custom(_) if name == "metadata" => {
                schema::lookup(OBJECT_META).map_or(Self::Unknown, Self::Object)
            }
            Self::Custom(Some(part)) | Self::Defined(part) => {
                part.field(name).map_or(Self::Unknown, Self::of_part)
            }
            _ => Self::Unknown,
        }
    }

    /// That of a list's items.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Keyed(element, _) => match *element {
                // The list tells its items apart, whatever their type says of itself.
                Form::Object(of) => Self::Object(of),
                form => Self::of_form(form, &schema::NONE),
            },
            Self::Defined(part) => part.item().map_or(Self::Unknown, Self::Defined),
            _ => Self::Whole,
        }
    }

    /// Whether a name is that of a field, not of an entry of a map.
    pub(super) fn declares(self, name: &str) -> bool {
        match self {
            Self::Object(of) => of.field(name).is_some(),
            Self::Custom(_) if matches!(name, "apiVersion" | "kind" | "metadata") => true,
            Self::Custom(Some(part)) | Self::Defined(part) => part.declares(name),
            _ => false,
        }
    }

    /// Whether it is an object of known fields.
    pub(super) fn is_object(self) -> bool {
        match self {
            Self::Object(_) => true,
            Self::Defined(part) => part.has_fields(),
            _ => false,
        }
    }

    /// Whether a field is refused that is not declared.
    pub(super) fn is_closed(self) -> bool {
        match self {
            Self::Object(_) => true,
            Self::Custom(Some(part)) | Self::Defined(part) => part.is_closed(),
            _ => false,
        }
    }

    /// Whether a field is there in Kubernetes' own objects even if nobody has said it: then saying something below it
    /// is not saying it.
    pub(super) fn always_has(self, name: &str) -> bool {
        let Self::Object(of) = self else {
            return name == "metadata" && matches!(self, Self::Custom(_));
        };
        of.field(name).is_some_and(|field| match field.form {
            Form::Object(_) => field.flags & schema::POINTER == 0,
            Form::Array(_) | Form::Map(_) => field.flags & schema::EMITTED != 0,
            _ => false,
        })
    }

    /// How two values of this type are to be looked at.
    pub(super) fn parts(self, one: Option<&Value>, other: Option<&Value>) -> Parts {
        let filled = |fields: Option<&Map<String, Value>>| fields.is_some_and(|f| !f.is_empty());
        let (a, b) = (one.and_then(Value::as_object), other.and_then(Value::as_object));
        match self {
            Self::Whole => Parts::One,
            Self::Object(_) | Self::Map(_) | Self::Custom(_) if filled(a) || filled(b) => {
                Parts::Fields
            }
            Self::Unknown | Self::Defined(_) if filled(a) || filled(b) => {
                let fits = |value: Option<&Value>| value.is_none_or(Value::is_object);
                if fits(one) && fits(other) { Parts::Fields } else { Parts::One }
            }
            Self::Keyed(..) | Self::Set | Self::Defined(_) if self.tells_items_apart() => {
                let filled = |v: Option<&Value>| !items(v).is_empty();
                if filled(one) || filled(other) { Parts::Items } else { Parts::One }
            }
            _ => Parts::One,
        }
    }

    /// Whether it is a list whose items have names of their own.
    pub(super) fn tells_items_apart(self) -> bool {
        match self {
            Self::Keyed(..) | Self::Set => true,
            Self::Defined(part) => part.is_set() || !part.keys().is_empty(),
            _ => false,
        }
    }

    /// The name of a list's item.
    ///
    /// # Errors
    /// What is wrong with the item, in Kubernetes' words. Nothing is wrong with those of documents that are kept.
    pub(super) fn element(self, item: &Value) -> Result<Element, String> {
        match self {
            Self::Keyed(_, keys) => keyed(keys.iter().copied(), item),
            Self::Defined(part) if !part.is_set() => {
                keyed(part.keys().iter().map(String::as_str), item)
            }
            _ => match item {
                Value::Object(_) => {
                    Err("associative list without keys has an element that's a map type".to_owned())
                }
                Value::Array(_) => {
                    Err("not supported: associative list with lists as elements".to_owned())
                }
                Value::Null => {
                    Err("associative list without keys has an element that's an explicit null"
                        .to_owned())
                }
                scalar => Ok(Element::Item(scalar.to_string())),
            },
        }
    }

    /// The items of a list with their names. An item that should have a name and has none is left out.
    pub(super) fn named(self, list: Option<&Value>) -> Vec<(Element, &Value)> {
        items(list).iter().filter_map(|item| Some((self.element(item).ok()?, item))).collect()
    }
}

fn items(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn keyed<'k>(keys: impl Iterator<Item = &'k str> + Clone, item: &Value) -> Result<Element, String> {
    if item.is_null() {
        return Err("associative list with keys may not have a null element".to_owned());
    }
    if !item.is_object() {
        return Err("associative list with keys may not have non-map elements".to_owned());
    }
    let value = |key: &str| match item.get(key) {
        Some(value) => Some(value.to_string()),
        // The only default among the keys of Kubernetes' own lists.
        None if key == "protocol" => Some("\"TCP\"".to_owned()),
        None => None,
    };
    let mut found: Vec<(String, String)> =
        keys.clone().filter_map(|key| Some((key.to_owned(), value(key)?))).collect();
    if found.is_empty() {
        let all: Vec<String> = keys.map(|key| format!("{key:?}")).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
            all.join(" ")
        ));
    }
    found.sort();
    Ok(Element::Key(found))
}
