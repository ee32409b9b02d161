//! Sets of completion indexes, and how they are written: `0,2-5`.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// So many indexes a job has at most, as Kubernetes limits them.
const INDEXES_MAX: i64 = 100_000;

/// The indexes below a bound that a text names; what does not read as one is left out.
pub(crate) fn parse(text: &str, bound: i64) -> BTreeSet<i64> {
    let bound = bound.min(INDEXES_MAX);
    let mut out = BTreeSet::new();
    for part in text.split(',').filter(|p| !p.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Ok(first), Ok(last)) = (first.trim().parse::<i64>(), last.trim().parse::<i64>())
        else {
            continue;
        };
        out.extend(first.max(0)..last.saturating_add(1).min(bound));
    }
    out
}

/// Whether a text is a list of indexes below a bound, in order and without overlaps.
pub(crate) fn in_order(text: &str, bound: i64) -> Result<i64, String> {
    let mut count = 0;
    let mut last_of_all = -1;
    if text.is_empty() {
        return Ok(0);
    }
    for part in text.split(',') {
        let number = |text: &str| {
            text.parse::<i64>()
                .map_err(|_| format!("cannot convert string to integer for index: {text:?}"))
        };
        let bounds: Vec<&str> = part.split('-').collect();
        let (first, last) = match bounds.as_slice() {
            [one] => (number(one)?, number(one)?),
            [first, last] => (number(first)?, number(last)?),
            _ => {
                return Err(format!(
                    "the fragment {part:?} violates the requirement that an index interval can have at most two parts separated by '-'"
                ));
            }
        };
        for n in [first, last] {
            if n >= bound {
                return Err(format!("too large index: {:?}", format!("{n}")));
            }
        }
        if first <= last_of_all {
            return Err(format!("non-increasing order, previous: {last_of_all}, current: {first}"));
        }
        if bounds.len() == 2 && first >= last {
            return Err(format!("non-increasing order, previous: {first}, current: {last}"));
        }
        count += last - first + 1;
        last_of_all = last;
    }
    Ok(count)
}

/// A set as text; two neighbours stay apart by a comma, more become a range, as Kubernetes writes them.
pub(crate) fn text(set: &BTreeSet<i64>) -> String {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for &n in set {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == n => *last = n,
            _ => runs.push((n, n)),
        }
    }
    let parts: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| match last - first {
            0 => format!("{first}"),
            1 => format!("{first},{last}"),
            _ => format!("{first}-{last}"),
        })
        .collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_read_and_written() {
        for (written, bound, want) in [
            ("", 9, ""),
            ("0", 9, "0"),
            ("0,1", 9, "0,1"),
            ("0,1,2,4", 9, "0-2,4"),
            ("3-5,7", 9, "3-5,7"),
            ("3-5,7", 5, "3,4"),
            ("x,2,-", 9, "2"),
            ("0-99999999999", 3, "0-2"),
        ] {
            assert_eq!(text(&parse(written, bound)), want, "{written}");
        }
    }

    #[test]
    fn lists_in_order_are_told_from_others() {
        for (list, want) in [
            ("", Ok(0)),
            ("0,2-4", Ok(4)),
            ("2,1", Err("non-increasing order, previous: 2, current: 1")),
            ("4-2", Err("non-increasing order, previous: 4, current: 2")),
            (
                "1-2-3",
                Err(
                    "the fragment \"1-2-3\" violates the requirement that an index interval can have at most two parts separated by '-'",
                ),
            ),
            ("x", Err("cannot convert string to integer for index: \"x\"")),
            ("9", Err("too large index: \"9\"")),
        ] {
            assert_eq!(in_order(list, 9), want.map_err(String::from), "{list}");
        }
    }
}
