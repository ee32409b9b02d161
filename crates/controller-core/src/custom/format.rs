//! Formats of texts and numbers (k8s.io/kube-openapi `strfmt`): the common ones. Others ask for nothing, as in Kubernetes.

use core::net::{Ipv4Addr, Ipv6Addr};

use model::Millis;
use serde_json::Value;

/// Whether a value is of a format.
pub(super) fn fits(format: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => text_fits(format, text),
        Value::Number(number) => match format {
            "int32" => number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
            "int64" => number.as_i64().is_some(),
            _ => true,
        },
        _ => true,
    }
}

fn text_fits(format: &str, text: &str) -> bool {
    match format {
        "date-time" | "datetime" => Millis::parse_rfc3339(text).is_some(),
        "date" => {
            text.len() == 10 && Millis::parse_rfc3339(&alloc::format!("{text}T00:00:00Z")).is_some()
        }
        "duration" => is_duration(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => is_cidr(text),
        "mac" => is_mac(text),
        "uuid" => is_uuid(text, None),
        "uuid3" => is_uuid(text, Some('3')),
        "uuid4" => is_uuid(text, Some('4')),
        "uuid5" => is_uuid(text, Some('5')),
        "hostname" => {
            text.len() <= 255
                && crate::admit::check::names::subdomain(&text.to_lowercase()).is_empty()
        }
        "email" => is_email(text),
        "uri" => is_uri(text),
        "byte" => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.decode(text).is_ok()
        }
        _ => true,
    }
}

/// Numbers with units, as Go reads them (`1h30m`), or a number and a word (`3 days`).
fn is_duration(text: &str) -> bool {
    let mut rest = text.trim_start_matches(['-', '+']);
    if rest == "0" {
        return true;
    }
    let units = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w"];
    let words = ["second", "minute", "hour", "day", "week", "milli", "micro", "nano"];
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        if number == 0 || !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return false;
        }
        rest = rest[number..].trim_start();
        let unit = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let name = &rest[..unit];
        if !units.contains(&name) && !words.iter().any(|w| name.starts_with(w)) {
            return false;
        }
        rest = rest[unit..].trim_start();
    }
    !text.is_empty()
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let max = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
        (Ok(_), _) => 32,
        (_, Ok(_)) => 128,
        _ => return false,
    };
    bits.bytes().all(|b| b.is_ascii_digit()) && bits.parse::<u32>().is_ok_and(|n| n <= max)
}

fn is_mac(text: &str) -> bool {
    let separator = if text.contains('-') { '-' } else { ':' };
    let mut parts = 0;
    text.split(separator).all(|part| {
        parts += 1;
        part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit())
    }) && [6, 8, 20].contains(&parts)
}

fn is_uuid(text: &str, version: Option<char>) -> bool {
    let digits: alloc::string::String = text.chars().filter(|c| *c != '-').collect();
    let dashes = text.len() - digits.len();
    digits.len() == 32
        && [0, 4].contains(&dashes)
        && digits.bytes().all(|b| b.is_ascii_hexdigit())
        && version.is_none_or(|v| digits.chars().nth(12) == Some(v))
}

fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(who, domain)| {
        !who.is_empty()
            && !who.contains(char::is_whitespace)
            && text_fits("hostname", domain.trim_start_matches('[').trim_end_matches(']'))
    })
}

fn is_uri(text: &str) -> bool {
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let scheme = text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    plain && (scheme || text.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_checked() {
        for (format, text, want) in [
            ("date-time", "2026-01-31T12:00:00Z", true),
            ("date-time", "2026-01-31", false),
            ("date", "2026-01-31", true),
            ("date", "2026-13-31", false),
            ("duration", "1h30m", true),
            ("duration", "3 days", true),
            ("duration", "soon", false),
            ("duration", "", false),
            ("ipv4", "10.0.0.1", true),
            ("ipv4", "10.0.0.256", false),
            ("ipv6", "fe80::1", true),
            ("cidr", "10.0.0.0/8", true),
            ("cidr", "10.0.0.0/33", false),
            ("mac", "00:1a:2b:3c:4d:5e", true),
            ("mac", "00:1a:2b", false),
            ("uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", true),
            ("uuid4", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", false),
            ("uuid", "6ba7b810", false),
            ("hostname", "a.example.com", true),
            ("hostname", "-a", false),
            ("email", "a@example.com", true),
            ("email", "a.example.com", false),
            ("uri", "https://example.com/x", true),
            ("uri", "no uri", false),
            ("byte", "aGk=", true),
            ("byte", "hi!", false),
            ("no-such-format", "anything", true),
        ] {
            assert_eq!(text_fits(format, text), want, "{format}: {text}");
        }
        assert!(!fits("int32", &(1i64 << 40).into()) && fits("int32", &5.into()));
    }
}
