//! What is lost when a document is read into a map: fields that are there twice.
//!
//! The law here: what reading takes, in time and memory, is in proportion to what was sent, or to a bound that is given.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fields::UNKNOWN_FIELDS_MAX;

/// Reads JSON, and tells which fields are there twice, as `duplicate field "spec.replicas"`; the last one counts.
/// At most [`UNKNOWN_FIELDS_MAX`] are told.
///
/// # Errors
/// The body is not JSON.
pub fn read(body: &[u8]) -> Result<(Value, Vec<String>), serde_json::Error> {
    let (mut duplicates, mut room_bytes) = (Vec::new(), usize::MAX);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Reader::top(&mut duplicates, &mut room_bytes).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, duplicates.into_iter().map(|path| format!("duplicate field \"{path}\"")).collect()))
}

/// Reads a document of a form in which little can stand for much, as aliases do in YAML.
///
/// # Errors
/// It is none, or would take more than `bytes_max` bytes.
pub fn read_within<'de, D: Deserializer<'de>>(
    deserializer: D,
    bytes_max: usize,
) -> Result<Value, D::Error> {
    let mut room_bytes = bytes_max;
    Reader::top(&mut Vec::new(), &mut room_bytes).deserialize(deserializer)
}

/// Where a value stands. It becomes text only to be told: a long name has many values below it.
#[derive(Clone, Copy)]
enum Place<'a> {
    Top,
    Field(&'a Place<'a>, &'a str),
    Element(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn path(&self) -> String {
        match self {
            Self::Top => String::new(),
            Self::Field(Self::Top, name) => (*name).to_owned(),
            Self::Field(of, name) => format!("{}.{name}", of.path()),
            Self::Element(of, at) => format!("{}[{at}]", of.path()),
        }
    }
}

/// Reads one value, and knows where it stands.
struct Reader<'a> {
    place: Place<'a>,
    duplicates: &'a mut Vec<String>,
    /// So much may still be read.
    room_bytes: &'a mut usize,
}

impl<'a> Reader<'a> {
    fn top(duplicates: &'a mut Vec<String>, room_bytes: &'a mut usize) -> Self {
        Self { place: Place::Top, duplicates, room_bytes }
    }

    /// Makes room for a value, and for the text in it.
    fn take<E: Error>(&mut self, text: &str) -> Result<(), E> {
        let left = self.room_bytes.checked_sub(size_of::<Value>() + text.len());
        *self.room_bytes = left.ok_or_else(|| E::custom("the document is too large"))?;
        Ok(())
    }
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

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<Value, E> {
        self.take("")?;
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(mut self, value: i64) -> Result<Value, E> {
        self.take("")?;
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(mut self, value: u64) -> Result<Value, E> {
        self.take("")?;
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(mut self, value: f64) -> Result<Value, E> {
        self.take("")?;
        Ok(Value::from(value))
    }

    fn visit_str<E: Error>(mut self, value: &str) -> Result<Value, E> {
        self.take(value)?;
        Ok(Value::from(value))
    }

    fn visit_unit<E: Error>(mut self) -> Result<Value, E> {
        self.take("")?;
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Value, A::Error> {
        self.take("")?;
        let mut read = Vec::new();
        loop {
            let place = Place::Element(&self.place, read.len());
            let (duplicates, room_bytes) = (&mut *self.duplicates, &mut *self.room_bytes);
            match elements.next_element_seed(Reader { place, duplicates, room_bytes })? {
                Some(value) => read.push(value),
                None => return Ok(Value::Array(read)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Value, A::Error> {
        self.take("")?;
        let mut read = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            self.take(&name)?;
            let place = Place::Field(&self.place, &name);
            if read.contains_key(&name) && self.duplicates.len() < UNKNOWN_FIELDS_MAX {
                self.duplicates.push(place.path());
            }
            let (duplicates, room_bytes) = (&mut *self.duplicates, &mut *self.room_bytes);
            let value = fields.next_value_seed(Reader { place, duplicates, room_bytes })?;
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_are_there_twice_are_told_with_their_place() {
        let check = |body: &str, want: &[&str]| {
            let (_, told) = read(body.as_bytes()).expect("it is JSON");
            assert_eq!(told, want, "{body}");
        };
        check(r#"{"a":1,"b":[{"c":2}]}"#, &[]);
        check(r#"{"a":1,"a":2}"#, &[r#"duplicate field "a""#]);
        check(r#"{"a":{"b":1,"b":2}}"#, &[r#"duplicate field "a.b""#]);
        check(r#"{"a":[0,{"b":1,"b":2}]}"#, &[r#"duplicate field "a[1].b""#]);
        check(r#"[{"b":1,"b":2}]"#, &[r#"duplicate field "[0].b""#]);
    }

    /// With a path of its own for every value, this would copy two terabytes.
    #[test]
    fn a_long_name_with_many_values_below_it_is_read() {
        let values = "0,".repeat(1_000_000);
        let body = format!("{{\"{}\":[{values}0]}}", "a".repeat(2_000_000));
        let (value, told) = read(body.as_bytes()).expect("it is JSON");
        assert_eq!(value.as_object().map(Map::len), Some(1));
        assert!(told.is_empty());
    }

    #[test]
    fn no_more_is_read_than_there_is_room_for() {
        let check = |body: &str, bytes_max: usize, fits: bool| {
            let mut deserializer = serde_json::Deserializer::from_str(body);
            assert_eq!(
                read_within(&mut deserializer, bytes_max).is_ok(),
                fits,
                "{body} {bytes_max}"
            );
        };
        let one = size_of::<Value>();
        check("1", one, true);
        check("1", one - 1, false);
        check(r#""four""#, one + 4, true);
        check(r#""four""#, one + 3, false);
        check("[1,null,true]", 4 * one, true);
        check("[1,null,true]", 4 * one - 1, false);
        check(r#"{"key":"text"}"#, 3 * one + 7, true);
        check(r#"{"key":"text"}"#, 3 * one + 6, false);
    }
}
