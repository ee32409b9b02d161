//! Names that are made, not given. Chance is an argument: the same number gives the same name.

use alloc::string::String;

use model::Hash;
use serde_json::Value;

/// The letters of made names: no vowels and nothing that looks like one, so that no word comes out (Kubernetes' choice).
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// How many letters `generateName` adds.
const SUFFIX_LETTERS: usize = 5;

/// How much of a `generateName` is kept, so that the suffix still fits into 63 characters.
const GENERATE_NAME_CHARS_MAX: usize = 63 - SUFFIX_LETTERS;

fn letters(mut number: u64, count: usize) -> String {
    let mut out = String::with_capacity(count);
    for _ in 0..count {
        out.push(char::from(ALPHABET[usize::try_from(number % 27).unwrap_or(0)]));
        number /= 27;
    }
    out
}

/// Five letters made of a random number.
pub fn suffix(random: u64) -> String {
    letters(random, SUFFIX_LETTERS)
}

/// `generateName` with a suffix.
pub fn generate(base: &str, suffix: &str) -> String {
    let end = base.char_indices().nth(GENERATE_NAME_CHARS_MAX).map_or(base.len(), |(at, _)| at);
    alloc::format!("{}{suffix}", &base[..end])
}

/// A short hash of a pod template, for names and the `pod-template-hash` label. `collisions` makes another one of the
/// same template (Kubernetes' `collisionCount`).
pub fn template_hash(template: &Value, collisions: u32) -> String {
    let bytes = serde_json::to_vec(template).expect("a document can always be written");
    let hash = Hash::of_parts([bytes.as_slice(), &collisions.to_be_bytes()]);
    let number = hash.0[..8].iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
    letters(number, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_made() {
        assert_eq!(suffix(0), "bbbbb");
        assert_eq!(suffix(u64::MAX).len(), 5);
        assert_eq!(generate("web-", "abcde"), "web-abcde");
        let long = "x".repeat(80);
        assert_eq!(generate(&long, "abcde").len(), 63);
    }

    #[test]
    fn hashes_tell_templates_apart() {
        let a = template_hash(&json!({"spec": {"a": 1}}), 0);
        assert_eq!(a, template_hash(&json!({"spec": {"a": 1}}), 0));
        assert_ne!(a, template_hash(&json!({"spec": {"a": 2}}), 0));
        assert_ne!(a, template_hash(&json!({"spec": {"a": 1}}), 1));
        assert_eq!(a.len(), 10);
    }
}
