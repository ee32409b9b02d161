//! What is lost when JSON is read into a map: fields that are there twice.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fields::UNKNOWN_FIELDS_MAX;

/// Reads JSON, and tells which fields are there twice, as `duplicate field "spec.replicas"`; the last one counts.
/// At most [`UNKNOWN_FIELDS_MAX`] are told.
///
/// # Errors
/// The body is not JSON.
pub fn read(body: &[u8]) -> Result<(Value, Vec<String>), serde_json::Error> {
    let mut duplicates = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Reader { path: String::new(), duplicates: &mut duplicates }
        .deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, duplicates.into_iter().map(|path| format!("duplicate field \"{path}\"")).collect()))
}

/// Reads one value, and knows where it stands.
struct Reader<'a> {
    path: String,
    duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, read.len());
            match elements.next_element_seed(Reader { path, duplicates: &mut *self.duplicates })? {
                Some(value) => read.push(value),
                None => return Ok(Value::Array(read)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let path =
                if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            if read.contains_key(&name) && self.duplicates.len() < UNKNOWN_FIELDS_MAX {
                self.duplicates.push(path.clone());
            }
            let value =
                fields.next_value_seed(Reader { path, duplicates: &mut *self.duplicates })?;
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}
