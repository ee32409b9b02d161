//! The names of managers.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// As in Kubernetes.
const BYTES_MAX: usize = 128;

/// What is wrong with a manager's name that a client gives, in Kubernetes' words.
pub fn check_name(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > BYTES_MAX {
        errors.push(format!("Too long: may not be more than {BYTES_MAX} bytes"));
    }
    for (at, c) in name.char_indices().filter(|(_, c)| !is_printable(*c)) {
        errors.push(format!(
            "Invalid value: {name:?}: invalid character U+{:04X} (at position {at})",
            u32::from(c)
        ));
    }
    errors
}

/// The name of a manager that gives none: the first word of its program's name.
pub fn from_user_agent(agent: &str) -> String {
    let mut name = String::new();
    let word = agent.split('/').next().unwrap_or_default();
    for c in word.chars().filter(|c| is_printable(*c)) {
        if name.len() + c.len_utf8() > BYTES_MAX {
            break;
        }
        name.push(c);
    }
    name
}

fn is_printable(c: char) -> bool {
    // Rust escapes what cannot be shown, and quotes.
    c == ' '
        || (!c.is_whitespace() && (matches!(c, '\\' | '"' | '\'') || c.escape_debug().len() == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_can_be_shown() {
        let check = |name: &str, want: &[&str]| assert_eq!(check_name(name), want, "{name}");
        check("kubectl", &[]);
        check("Ünïcödé \"tool\" 日本", &[]);
        check(&"x".repeat(128), &[]);
        check(&"x".repeat(129), &["Too long: may not be more than 128 bytes"]);
        check("a\n", &["Invalid value: \"a\\n\": invalid character U+000A (at position 1)"]);
    }

    #[test]
    fn programs_are_named_by_their_first_word() {
        for (agent, want) in [
            ("kubectl/v1.20.2 (linux/amd64) kubernetes/faecb19", "kubectl"),
            ("curl", "curl"),
            ("", ""),
            ("a\tb/1", "ab"),
        ] {
            assert_eq!(from_user_agent(agent), want, "{agent}");
        }
        assert_eq!(from_user_agent(&"é".repeat(100)).len(), 128);
    }
}
