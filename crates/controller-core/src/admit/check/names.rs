//! What names, keys and values may look like, and Kubernetes' sentences about those that do not
//! (k8s.io/apimachinery `util/validation`). Each function answers with what is wrong; nothing: all is well.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENV_NAME: &str = "a valid environment variable name must consist only of printable ASCII characters other than '='";

/// The longest RFC 1123 label, label value and name part.
const LABEL_CHARS_MAX: usize = 63;
/// The longest RFC 1123 subdomain and config key.
const SUBDOMAIN_CHARS_MAX: usize = 253;
/// The longest name of a port (RFC 6335).
const PORT_NAME_CHARS_MAX: usize = 15;

fn too_long(text: &str, max: usize) -> Option<String> {
    (text.len() > max).then(|| format!("must be no more than {max} characters"))
}

fn is_word(text: &str, inside: impl Fn(u8) -> bool, ends: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    matches!((bytes.first(), bytes.last()), (Some(&a), Some(&z)) if ends(a) && ends(z))
        && bytes.iter().all(|&b| inside(b) || ends(b))
}

fn is_label(text: &str) -> bool {
    is_word(text, |b| b == b'-', |b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_name_part(text: &str) -> bool {
    is_word(text, |b| b"-_.".contains(&b), |b| b.is_ascii_alphanumeric())
}

/// An RFC 1123 subdomain: most objects' names.
pub fn subdomain(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, SUBDOMAIN_CHARS_MAX).into_iter().collect();
    if !text.split('.').all(is_label) {
        wrong.push(SUBDOMAIN.into());
    }
    wrong
}

/// An RFC 1123 label: names of namespaces, containers, volumes.
pub fn label(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, LABEL_CHARS_MAX).into_iter().collect();
    if !is_label(text) {
        wrong.push(LABEL.into());
    }
    wrong
}

/// An RFC 1035 label: names that become parts of paths, and of code.
pub fn dns1035(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, LABEL_CHARS_MAX).into_iter().collect();
    if !is_label(text) || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        wrong.push(DNS1035.into());
    }
    wrong
}

/// A part of a path: names of roles and bindings.
pub fn path_segment(text: &str) -> Vec<String> {
    if matches!(text, "." | "..") {
        return alloc::vec![format!("may not be '{text}'")];
    }
    let within = ['/', '%'].into_iter().filter(|c| text.contains(*c));
    within.map(|c| format!("may not contain '{c}'")).collect()
}

/// A key of a label, an annotation, a taint, a resource: a name part with an optional prefix.
pub fn qualified_name(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            return alloc::vec![format!(
                "a qualified name {NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
        Some(("", name)) => {
            wrong.push("prefix part must be non-empty".into());
            name
        }
        Some((prefix, name)) => {
            wrong.extend(subdomain(prefix).into_iter().map(|w| format!("prefix part {w}")));
            name
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".into());
    } else if let Some(long) = too_long(name, LABEL_CHARS_MAX) {
        wrong.push(format!("name part {long}"));
    }
    if !is_name_part(name) {
        wrong.push(format!("name part {NAME_PART}"));
    }
    wrong
}

/// A label's value.
pub fn label_value(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, LABEL_CHARS_MAX).into_iter().collect();
    if !text.is_empty() && !is_name_part(text) {
        wrong.push(LABEL_VALUE.into());
    }
    wrong
}

/// A key in a config map or secret: it becomes the name of a file.
pub fn config_key(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, SUBDOMAIN_CHARS_MAX).into_iter().collect();
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    if text.is_empty() || !text.bytes().all(fits) {
        wrong.push(CONFIG_KEY.into());
    }
    match text {
        "." => wrong.push("must not be '.'".into()),
        ".." => wrong.push("must not be '..'".into()),
        text if text.starts_with("..") => wrong.push("must not start with '..'".into()),
        _ => {}
    }
    wrong
}

/// The name of an environment variable.
pub fn env_name(text: &str) -> Vec<String> {
    let fits = |b: u8| (b' '..=b'~').contains(&b) && b != b'=';
    if text.is_empty() || !text.bytes().all(fits) {
        return alloc::vec![ENV_NAME.into()];
    }
    Vec::new()
}

/// The name of a port (RFC 6335).
pub fn port_name(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, PORT_NAME_CHARS_MAX).into_iter().collect();
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !text.bytes().all(fits) {
        wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".into());
    }
    if !text.bytes().any(|b| b.is_ascii_lowercase()) {
        wrong.push("must contain at least one letter (a-z)".into());
    }
    if text.contains("--") {
        wrong.push("must not contain consecutive hyphens".into());
    }
    if text.starts_with('-') || text.ends_with('-') {
        wrong.push("must not begin or end with a hyphen".into());
    }
    wrong
}

/// A path within a volume: relative, and never above it.
pub fn path_within(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.starts_with('/') {
        wrong.push("must be a relative path".into());
    }
    if text.split('/').any(|part| part == "..") {
        wrong.push("must not contain '..'".into());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged() {
        type Rule = fn(&str) -> Vec<String>;
        let check = |rule: Rule, good: &[&str], bad: &[&str]| {
            for text in good {
                assert_eq!(rule(text), Vec::<String>::new(), "{text}");
            }
            for text in bad {
                assert!(!rule(text).is_empty(), "{text:?} passed");
            }
        };
        let long64 = "a".repeat(64);
        check(
            subdomain,
            &["a", "a.b-c.9", &"a".repeat(253)],
            &["", "A", "a_b", "a.", "-a", "a..b"],
        );
        check(label, &["a", "9-a"], &["", "a.b", "a-", &long64]);
        check(
            qualified_name,
            &["a", "app.kubernetes.io/name", "A_b.c"],
            &["", "/a", "a/", "a/b/c", "-a", "A.io/x", &long64],
        );
        check(label_value, &["", "a", "A_b.c-9"], &["-", "a b", "a/b", &long64]);
        check(config_key, &["a", ".a", "A_b-c.d"], &["", ".", "..", "..a", "a/b", "a b"]);
        check(env_name, &["A", "a.b", "9", "a b"], &["", "a=b", "ä", "a\n"]);
        check(port_name, &["http", "a-1"], &["", "HTTP", "1", "-a", "a--b", "a-very-long-port"]);
        check(path_within, &["a", "a/b", "..a"], &["/a", "..", "a/../b"]);
    }
}
