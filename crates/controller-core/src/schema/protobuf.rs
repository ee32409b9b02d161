//! Kubernetes' protobuf bodies, decoded into JSON by the table.
//!
//! The law here: any bytes give a value or an error, in bounded time and depth; what comes out is what the same
//! object would have been as JSON. Source: `k8s.io/apimachinery` `runtime.Unknown` and the API's `generated.proto`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use base64::Engine as _;
use model::Millis;
use serde_json::{Map, Value};

use super::fields::says_something;
use super::{Field, Form, Type};

/// What every protobuf body begins with.
pub const MAGIC: [u8; 4] = *b"k8s\0";
/// The media type of such bodies.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";
/// Messages nest at most so deep. No kind of the table comes near.
const DEPTH_MAX: usize = 48;

/// Why a body cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The body does not begin with [`MAGIC`].
    #[error(
        "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
    )]
    Magic,
    /// The bytes end early, or are no protobuf.
    #[error("malformed protobuf message in {0}")]
    Malformed(&'static str),
    /// Text is not UTF-8.
    #[error("text that is not UTF-8 in field {0:?}")]
    NotText(&'static str),
    /// Messages nest too deep.
    #[error("messages nest deeper than {DEPTH_MAX}")]
    TooDeep,
    /// A field that holds JSON holds something else.
    #[error("field {0:?} does not hold JSON")]
    NotJson(&'static str),
    /// The body is compressed or has an encoding that is not known.
    #[error("unsupported content encoding {0:?} of a protobuf body")]
    Encoding(String),
    /// No such kind is in the table.
    #[error("no kind {kind:?} is registered for version {api_version:?}")]
    UnknownKind {
        /// e.g. `apps/v1`.
        api_version: String,
        /// e.g. `Deployment`.
        kind: String,
    },
}

/// Decodes a body: its apiVersion, its kind, and the object, with both in it.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode(body: &[u8]) -> Result<(String, String, Value), DecodeError> {
    let (api_version, kind, raw) = envelope(body)?;
    // Types that are written by hand have no numbers.
    let numbered = |of: &&Type| of.fields.iter().any(|field| field.number != 0);
    let Some(of) = super::root(&api_version, &kind).filter(numbered) else {
        return Err(DecodeError::UnknownKind { api_version, kind });
    };
    let mut object = message(of, raw, 0)?;
    object.insert("apiVersion".into(), Value::from(api_version.as_str()));
    object.insert("kind".into(), Value::from(kind.as_str()));
    Ok((api_version, kind, Value::Object(object)))
}

/// Opens `runtime.Unknown`: apiVersion, kind, and the object's own bytes.
fn envelope(body: &[u8]) -> Result<(String, String, &[u8]), DecodeError> {
    const PLACE: &str = "runtime.Unknown";
    let mut reader =
        Reader { rest: body.strip_prefix(&MAGIC).ok_or(DecodeError::Magic)?, place: PLACE };
    let (mut api_version, mut kind, mut raw): (String, String, &[u8]) =
        (String::new(), String::new(), &[]);
    while let Some((number, value)) = reader.next()? {
        match (number, value) {
            (1, Wire::Bytes(bytes)) => {
                let mut reader = Reader { rest: bytes, place: "runtime.TypeMeta" };
                while let Some((number, value)) = reader.next()? {
                    match (number, value) {
                        (1, Wire::Bytes(bytes)) => api_version = text(bytes, "apiVersion")?,
                        (2, Wire::Bytes(bytes)) => kind = text(bytes, "kind")?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => raw = bytes,
            (3, Wire::Bytes(bytes)) if !bytes.is_empty() => {
                return Err(DecodeError::Encoding(text(bytes, "contentEncoding")?));
            }
            _ => {}
        }
    }
    Ok((api_version, kind, raw))
}

/// One message, as the JSON object that it stands for.
fn message(
    of: &'static Type,
    bytes: &[u8],
    depth: usize,
) -> Result<Map<String, Value>, DecodeError> {
    if depth > DEPTH_MAX {
        return Err(DecodeError::TooDeep);
    }
    let mut object = Map::new();
    let mut reader = Reader { rest: bytes, place: of.name };
    while let Some((number, wire)) = reader.next()? {
        if let Some(inlined) = of.inlined.iter().find(|inlined| u64::from(inlined.number) == number)
        {
            let Wire::Bytes(bytes) = wire else { return Err(DecodeError::Malformed(of.name)) };
            object.extend(message(inlined.of, bytes, depth + 1)?);
        } else if let Some(field) =
            of.fields.iter().find(|field| number != 0 && u64::from(field.number) == number)
        {
            field_into(&mut object, field, wire, depth)?;
        }
        // A number that is not known is a field of a newer version: skipped, as protobuf asks.
    }
    object.retain(|name, value| of.field(name).is_none_or(|field| says_something(field, value)));
    Ok(object)
}

/// Adds what one wire field says: lists and maps grow by it.
fn field_into(
    object: &mut Map<String, Value>,
    field: &'static Field,
    wire: Wire<'_>,
    depth: usize,
) -> Result<(), DecodeError> {
    match field.form {
        Form::Array(element) => {
            let slot = object.entry(field.name).or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(elements) = slot else { return Ok(()) };
            match (*element, wire) {
                // Packed numbers; Kubernetes does not pack, but any protobuf library may.
                (Form::Int32 | Form::Int64 | Form::Bool, Wire::Bytes(bytes)) => {
                    let mut reader = Reader { rest: bytes, place: field.name };
                    while !reader.rest.is_empty() {
                        let number = reader.varint()?;
                        elements.push(scalar(*element, Wire::Varint(number), field.name, depth)?);
                    }
                }
                (element, wire) => elements.push(scalar(element, wire, field.name, depth)?),
            }
        }
        Form::Map(element) => {
            let Wire::Bytes(bytes) = wire else { return Err(DecodeError::Malformed(field.name)) };
            let (mut key, mut value) = (String::new(), None);
            let mut reader = Reader { rest: bytes, place: field.name };
            while let Some((number, wire)) = reader.next()? {
                match (number, wire) {
                    (1, Wire::Bytes(bytes)) => key = text(bytes, field.name)?,
                    (2, wire) => value = Some(scalar(*element, wire, field.name, depth)?),
                    _ => {}
                }
            }
            let value = match value {
                Some(value) => value,
                None => zero(*element),
            };
            let slot = object.entry(field.name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(entries) = slot {
                entries.insert(key, value);
            }
        }
        form => {
            let value = scalar(form, wire, field.name, depth)?;
            object.insert(field.name.into(), value);
        }
    }
    Ok(())
}

/// One value that is neither a list nor a map.
fn scalar(
    form: Form,
    wire: Wire<'_>,
    name: &'static str,
    depth: usize,
) -> Result<Value, DecodeError> {
    let malformed = || DecodeError::Malformed(name);
    match (form, wire) {
        (Form::Bool, Wire::Varint(number)) => Ok(Value::Bool(number != 0)),
        // Negative 32-bit numbers travel as 64-bit ones; the low half is the number.
        #[allow(clippy::cast_possible_truncation, reason = "the low half is the number")]
        (Form::Int32, Wire::Varint(number)) => Ok(Value::from(number as u32 as i32)),
        (Form::Int64, Wire::Varint(number)) => Ok(Value::from(number.cast_signed())),
        (Form::Float, Wire::Fixed64(bits)) => Ok(Value::from(f64::from_bits(bits))),
        (Form::String, Wire::Bytes(bytes)) => text(bytes, name).map(Value::String),
        (Form::Bytes, Wire::Bytes(bytes)) => {
            Ok(Value::String(base64::engine::general_purpose::STANDARD.encode(bytes)))
        }
        (Form::Quantity, Wire::Bytes(bytes)) => quantity(bytes, name),
        (Form::IntOrString, Wire::Bytes(bytes)) => int_or_string(bytes, name),
        (Form::Time, Wire::Bytes(bytes)) => time(bytes, name, false),
        (Form::MicroTime, Wire::Bytes(bytes)) => time(bytes, name, true),
        (Form::Duration, Wire::Bytes(bytes)) => duration(bytes, name),
        (Form::Raw | Form::Json | Form::FieldsV1, Wire::Bytes(bytes)) => json(bytes, name),
        (Form::Items, Wire::Bytes(bytes)) => items(bytes, name),
        (Form::Object(of), Wire::Bytes(bytes)) => message(of, bytes, depth + 1).map(Value::Object),
        _ => Err(malformed()),
    }
}

/// What a map's value is if the wire does not say.
fn zero(form: Form) -> Value {
    match form {
        Form::String | Form::Bytes => Value::String(String::new()),
        Form::Quantity => Value::from("0"),
        Form::Bool => Value::Bool(false),
        Form::Int32 | Form::Int64 | Form::IntOrString => Value::from(0),
        Form::Items | Form::Array(_) => Value::Array(Vec::new()),
        _ => Value::Object(Map::new()),
    }
}

fn text(bytes: &[u8], name: &'static str) -> Result<String, DecodeError> {
    core::str::from_utf8(bytes).map(String::from).map_err(|_| DecodeError::NotText(name))
}

/// `resource.Quantity { string = 1 }`.
fn quantity(bytes: &[u8], name: &'static str) -> Result<Value, DecodeError> {
    let mut found = String::new();
    let mut reader = Reader { rest: bytes, place: name };
    while let Some((number, wire)) = reader.next()? {
        if let (1, Wire::Bytes(bytes)) = (number, wire) {
            found = text(bytes, name)?;
        }
    }
    Ok(Value::from(if found.is_empty() { "0" } else { found.as_str() }))
}

/// `intstr.IntOrString { type = 1, intVal = 2, strVal = 3 }`.
fn int_or_string(bytes: &[u8], name: &'static str) -> Result<Value, DecodeError> {
    let (mut is_text, mut number_value, mut text_value) = (false, 0i32, String::new());
    let mut reader = Reader { rest: bytes, place: name };
    while let Some((number, wire)) = reader.next()? {
        match (number, wire) {
            (1, Wire::Varint(kind)) => is_text = kind == 1,
            #[allow(clippy::cast_possible_truncation, reason = "the low half is the number")]
            (2, Wire::Varint(value)) => number_value = value as u32 as i32,
            (3, Wire::Bytes(bytes)) => text_value = text(bytes, name)?,
            _ => {}
        }
    }
    Ok(if is_text { Value::String(text_value) } else { Value::from(number_value) })
}

/// `Time { seconds = 1, nanos = 2 }`; null where it is not set.
fn time(bytes: &[u8], name: &'static str, micro: bool) -> Result<Value, DecodeError> {
    let (mut seconds, mut nanos, mut said) = (0i64, 0u64, false);
    let mut reader = Reader { rest: bytes, place: name };
    while let Some((number, wire)) = reader.next()? {
        match (number, wire) {
            (1, Wire::Varint(value)) => (seconds, said) = (value.cast_signed(), true),
            (2, Wire::Varint(value)) => (nanos, said) = (value, true),
            _ => {}
        }
    }
    // Times before 1970 are not set ones (Go's zero time is in the year 1).
    let Some(seconds) = u64::try_from(seconds).ok().filter(|_| said) else {
        return Ok(Value::Null);
    };
    let whole = Millis(seconds.checked_mul(1000).ok_or(DecodeError::Malformed(name))?).to_rfc3339();
    if !micro {
        return Ok(Value::String(whole));
    }
    let micros = nanos % 1_000_000_000 / 1000;
    Ok(Value::String(format!("{}.{micros:06}Z", whole.trim_end_matches('Z'))))
}

/// `Duration { duration = 1 }`, in nanoseconds, as Go writes it.
fn duration(bytes: &[u8], name: &'static str) -> Result<Value, DecodeError> {
    let mut nanos = 0i64;
    let mut reader = Reader { rest: bytes, place: name };
    while let Some((number, wire)) = reader.next()? {
        if let (1, Wire::Varint(value)) = (number, wire) {
            nanos = value.cast_signed();
        }
    }
    let total = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let (seconds, fraction) = (total / 1_000_000_000, total % 1_000_000_000);
    let mut tail = format!("{fraction:09}").trim_end_matches('0').to_string();
    if !tail.is_empty() {
        tail.insert(0, '.');
    }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let seconds = seconds % 60;
    Ok(Value::String(match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}{tail}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}{tail}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}{tail}s"),
    }))
}

/// `RawExtension { raw = 1 }` and `FieldsV1 { Raw = 1 }`: JSON inside.
fn json(bytes: &[u8], name: &'static str) -> Result<Value, DecodeError> {
    let mut reader = Reader { rest: bytes, place: name };
    let mut value = Value::Null;
    while let Some((number, wire)) = reader.next()? {
        if let (1, Wire::Bytes(bytes)) = (number, wire) {
            value = serde_json::from_slice(bytes).map_err(|_| DecodeError::NotJson(name))?;
        }
    }
    Ok(value)
}

/// A message that only wraps a list of text.
fn items(bytes: &[u8], name: &'static str) -> Result<Value, DecodeError> {
    let mut found = Vec::new();
    let mut reader = Reader { rest: bytes, place: name };
    while let Some((number, wire)) = reader.next()? {
        if let (1, Wire::Bytes(bytes)) = (number, wire) {
            found.push(Value::String(text(bytes, name)?));
        }
    }
    Ok(Value::Array(found))
}

/// A field's value as it travels.
enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    /// A 32-bit value: no field of the API has one.
    Fixed32,
}

/// Reads wire fields one after the other.
struct Reader<'a> {
    rest: &'a [u8],
    /// What is being read, for errors.
    place: &'static str,
}

impl<'a> Reader<'a> {
    /// The next field: its number and value. `None` at the end.
    fn next(&mut self) -> Result<Option<(u64, Wire<'a>)>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => {
                let bytes = self.take(8)?;
                let bytes = bytes.try_into().map_err(|_| DecodeError::Malformed(self.place))?;
                Wire::Fixed64(u64::from_le_bytes(bytes))
            }
            2 => {
                let length = self.varint()?;
                let length =
                    usize::try_from(length).map_err(|_| DecodeError::Malformed(self.place))?;
                Wire::Bytes(self.take(length)?)
            }
            5 => {
                self.take(4)?;
                Wire::Fixed32
            }
            // Groups are history; no message of the API has one.
            _ => return Err(DecodeError::Malformed(self.place)),
        };
        Ok(Some((tag >> 3, value)))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or(DecodeError::Malformed(self.place))?;
        self.rest = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) =
                self.rest.split_first().ok_or(DecodeError::Malformed(self.place))?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Malformed(self.place))
    }
}
