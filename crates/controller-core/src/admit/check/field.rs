//! Where a fault is and how it is told (k8s.io/apimachinery `field.Error`).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;

use serde_json::Value;

use crate::kinds::FieldError;

/// A path to a field, e.g. `spec.containers[0].name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// A first part.
    pub fn new(root: &str) -> Self {
        Self(root.into())
    }

    /// A field below; several may be joined by dots.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        if self.0.is_empty() { Self(name.into()) } else { Self(format!("{}.{name}", self.0)) }
    }

    /// An item of the list here.
    #[must_use]
    pub fn index(&self, at: usize) -> Self {
        Self(format!("{}[{at}]", self.0))
    }

    /// An entry of the map here.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        Self(format!("{}[{key}]", self.0))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn error(&self, reason: &'static str, message: String) -> FieldError {
        FieldError { reason, field: self.0.clone(), message }
    }

    /// Something must be here.
    pub fn required(&self, detail: &str) -> FieldError {
        let colon = if detail.is_empty() { "" } else { ": " };
        self.error("FieldValueRequired", format!("Required value{colon}{detail}"))
    }

    /// What is here cannot be.
    pub fn invalid(&self, value: impl Shown, why: &str) -> FieldError {
        self.error("FieldValueInvalid", format!("Invalid value: {}: {why}", value.shown()))
    }

    /// What is here is of another type.
    pub fn type_invalid(&self, value: impl Shown, why: &str) -> FieldError {
        self.error("FieldValueTypeInvalid", format!("Invalid value: {}: {why}", value.shown()))
    }

    /// What is here is not one of those values.
    pub fn not_among(&self, value: &Value, choices: &[Value]) -> FieldError {
        let text = |c: &Value| c.as_str().map_or_else(|| c.to_string(), ToString::to_string);
        let list: Vec<String> = choices.iter().map(|c| format!("{:?}", text(c))).collect();
        let message =
            format!("Unsupported value: {}: supported values: {}", value.shown(), list.join(", "));
        self.error("FieldValueNotSupported", message)
    }

    /// There are too many of them.
    pub fn too_many(&self, count: u64, max: u64) -> FieldError {
        let plural = if max == 1 { "" } else { "s" };
        let message = format!("Too many: {count}: must have at most {max} item{plural}");
        self.error("FieldValueTooMany", message)
    }

    /// What is here is not one of those that can be.
    pub fn not_supported(&self, value: &str, supported: &[&str]) -> FieldError {
        let list: Vec<String> = supported.iter().map(|s| format!("{s:?}")).collect();
        let list = list.join(", ");
        let message = format!("Unsupported value: {value:?}: supported values: {list}");
        self.error("FieldValueNotSupported", message)
    }

    /// Nothing may be here, or this may not be changed.
    pub fn forbidden(&self, why: &str) -> FieldError {
        self.error("FieldValueForbidden", format!("Forbidden: {why}"))
    }

    /// This was here before.
    pub fn duplicate(&self, value: impl Shown) -> FieldError {
        self.error("FieldValueDuplicate", format!("Duplicate value: {}", value.shown()))
    }

    /// What this names is not there.
    pub fn not_found(&self, value: &str) -> FieldError {
        self.error("FieldValueNotFound", format!("Not found: {value:?}"))
    }

    /// There is too much of it.
    pub fn too_long(&self, bytes_max: usize) -> FieldError {
        self.error("FieldValueTooLong", format!("Too long: may not be more than {bytes_max} bytes"))
    }

    /// A field that Kubernetes has, and that cannot be ignored safely.
    pub fn unacted(&self) -> FieldError {
        self.forbidden("is not supported by Driftless")
    }
}

/// A value as Kubernetes shows it in an error.
pub trait Shown {
    /// Texts in quotes, numbers plain, everything else as JSON.
    fn shown(&self) -> String;
}

impl Shown for &str {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl Shown for i64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for &Value {
    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A value that is shown as it stands.
pub struct Verbatim<T>(pub T);

impl<T: Display> Shown for Verbatim<T> {
    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// A map of texts as Kubernetes shows it.
pub fn shown_map(map: Option<&Value>) -> Verbatim<String> {
    let Some(map) = map.and_then(Value::as_object) else {
        return Verbatim("map[string]string(nil)".into());
    };
    let pairs: Vec<String> = map.iter().map(|(k, v)| format!("{k:?}:{v}")).collect();
    Verbatim(format!("map[string]string{{{}}}", pairs.join(", ")))
}
