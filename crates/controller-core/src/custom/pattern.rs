//! Patterns, as Go's `regexp` reads them, on an engine that takes linear time: no pattern can make a request hang.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

use regex::{Regex, RegexBuilder};

/// A pattern is tried with so much memory, one after the other; what needs more than the last is refused.
const COMPILED_BYTES: [usize; 5] = [2 << 10, 8 << 10, 32 << 10, 128 << 10, 512 << 10];
/// About so many bytes a state of a pattern takes.
const STATE_BYTES: u64 = 32;
/// Groups within groups.
const NESTING_MAX: u32 = 64;

/// A pattern, ready for use.
#[derive(Debug)]
pub(super) struct Pattern {
    /// As it was given, for messages.
    pub(super) text: String,
    ready: Regex,
    /// About so many states it has.
    states: u64,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let here = as_here(text);
        let mut too_big = String::new();
        for bytes in COMPILED_BYTES {
            let made = RegexBuilder::new(&here).size_limit(bytes).nest_limit(NESTING_MAX).build();
            match made {
                Ok(ready) => {
                    let states = bytes as u64 / STATE_BYTES;
                    return Ok(Self { text: text.to_owned(), ready, states });
                }
                Err(regex::Error::CompiledTooBig(max)) => {
                    too_big = alloc::format!("the pattern needs more than {max} bytes of memory");
                }
                // The last line says what is wrong; those before draw where.
                Err(other) => {
                    let said = other.to_string();
                    return Err(said.lines().last().unwrap_or_default().trim().to_owned());
                }
            }
        }
        Err(too_big)
    }

    /// How many steps a look at a text takes at most, about.
    pub(super) fn steps(&self, text: &str) -> u64 {
        self.states.saturating_mul(text.len() as u64)
    }

    /// Whether it is found anywhere in a text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.ready.is_match(text)
    }
}

/// The pattern in the words of the engine here. To Go, `\d`, `\w`, `\s` and `\b` know ASCII only, and within brackets
/// `[`, `&&`, `--` and `~~` have no meaning of their own.
fn as_here(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    let mut inside = false;
    let mut at_start = false;
    while let Some(c) = chars.next() {
        let first = core::mem::take(&mut at_start);
        match c {
            '\\' => match chars.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str("[0-9A-Za-z_]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') => out.push_str("[\\t\\n\\f\\r ]"),
                Some('S') => out.push_str("[^\\t\\n\\f\\r ]"),
                Some(b @ ('b' | 'B')) if !inside => {
                    out.push_str("(?-u:\\");
                    out.push(b);
                    out.push(')');
                }
                // To Go they are themselves, here they would be ends of words.
                Some(plain @ ('<' | '>')) => out.push(plain),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '[' if !inside => {
                (inside, at_start) = (true, true);
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            '[' if chars.peek() == Some(&':') => {
                // A named class, `[:alpha:]`, up to its end.
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' => out.push_str("\\["),
            ']' if inside && first => out.push_str("\\]"),
            ']' => {
                inside = false;
                out.push(']');
            }
            '&' | '~' if inside => out.extend(['\\', c]),
            '-' if inside && (first || matches!(chars.peek(), Some('-' | ']'))) => {
                out.push_str("\\-");
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_go_means() {
        for (pattern, text, want) in [
            (r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$", "* * * * */5", true),
            (r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$", "* * * *", false),
            (r"^\d$", "٣", false),
            (r"^\w+$", "straße", false),
            (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a-b", true),
            (r"^[a-z-]+$", "a-b", true),
            (r"^[[\]]$", "[", true),
            (r"^[]a]+$", "]a", true),
            (r"^[^]]$", "]", false),
            (r"^[a&&b~~]+$", "&~", true),
            (r"^[[:alpha:]_]+$", "ab_", true),
            (r"^[\w.-]+$", "a.b-c", true),
            (r"^\<[/\_%]\>$", "<%>", true),
            (r"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:]|[%][0-9a-fA-F]{2})+$", "/a%20b", true),
            (
                r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
                "1.5Gi",
                true,
            ),
            (r"\bfoo\b", "a foo b", true),
            ("b", "abc", true),
            (r"^.{0,2}$", "äö", true),
            (r"^\p{Lu}\p{Greek}$", "Äα", true),
        ] {
            let made = Pattern::read(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
            assert_eq!(made.is_in(text), want, "{pattern} in {text}");
        }
    }

    #[test]
    fn hostile_patterns_are_refused_or_harmless() {
        for bad in ["(", "a{100000}", "((((a{100}){100}){100}){100})", "[", "\\", "(?<n>"] {
            assert!(Pattern::read(bad).is_err(), "{bad}");
        }
        assert!(Pattern::read(&"(".repeat(100_000)).is_err());
        let slow_elsewhere = Pattern::read("^(a+)+$").expect("it is a pattern");
        assert!(!slow_elsewhere.is_in(&("a".repeat(50_000) + "b")));
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_is_answered(text in "[\\[\\]a\\\\^:&~d\\-(){}*+?|.]{0,24}") {
            if let Ok(pattern) = Pattern::read(&text) {
                let _ = pattern.is_in("a[b]");
            }
        }
    }
}
