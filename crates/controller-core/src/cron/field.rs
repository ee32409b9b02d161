//! One field of a schedule: a set of numbers.

use alloc::format;
use alloc::string::String;

/// What numbers a field may have, and names for them.
pub(super) struct Range {
    least: u8,
    most: u8,
    /// Names of the numbers from `least` on.
    names: &'static [&'static str],
}

pub(super) const MINUTES: Range = Range { least: 0, most: 59, names: &[] };
pub(super) const HOURS: Range = Range { least: 0, most: 23, names: &[] };
pub(super) const DAYS: Range = Range { least: 1, most: 31, names: &[] };
pub(super) const MONTHS: Range = Range {
    least: 1,
    most: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
pub(super) const WEEKDAYS: Range =
    Range { least: 0, most: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/// The numbers that fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    bits: u64,
    /// Says nothing at all: `*` or `?`.
    pub(super) any: bool,
}

impl Field {
    pub(super) fn has(&self, number: i8) -> bool {
        u32::try_from(number).is_ok_and(|n| n < 64 && self.bits & (1 << n) != 0)
    }

    /// Ranges apart by commas.
    pub(super) fn parse(text: &str, range: &Range) -> Result<Self, String> {
        let mut all = Self { bits: 0, any: false };
        for part in text.split(',').filter(|p| !p.is_empty()) {
            let one = Self::part(part, range)?;
            all = Self { bits: all.bits | one.bits, any: all.any || one.any };
        }
        if all.bits == 0 {
            return Err(format!("empty field: {text:?}"));
        }
        Ok(all)
    }

    /// `number | number "-" number | "*" | "?"`, and each with `"/" step`.
    fn part(text: &str, range: &Range) -> Result<Self, String> {
        let (span, step) = match text.split_once('/') {
            Some((_, step)) if step.contains('/') => {
                return Err(format!("too many slashes: {text}"));
            }
            Some((span, step)) => (span, Some(number(step, &[], 0)?)),
            None => (text, None),
        };
        let wild = span == "*" || span == "?";
        let (first, last) = match span.split_once('-') {
            _ if wild => (range.least, range.most),
            Some((_, last)) if last.contains('-') => {
                return Err(format!("too many hyphens: {text}"));
            }
            Some((first, last)) => {
                (number(first, range.names, range.least)?, number(last, range.names, range.least)?)
            }
            None => {
                let first = number(span, range.names, range.least)?;
                // With a step it goes on to the end.
                (first, if step.is_some() { range.most } else { first })
            }
        };
        if first < range.least {
            return Err(format!(
                "beginning of range ({first}) below minimum ({}): {text}",
                range.least
            ));
        }
        if last > range.most {
            return Err(format!("end of range ({last}) above maximum ({}): {text}", range.most));
        }
        if first > last {
            return Err(format!(
                "beginning of range ({first}) beyond end of range ({last}): {text}"
            ));
        }
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err(format!("step of range should be a positive number: {text}"));
        }
        let bits =
            (first..=last).step_by(step.into()).fold(0, |bits, number| bits | (1_u64 << number));
        Ok(Self { bits, any: wild && step == 1 })
    }
}

fn number(text: &str, names: &[&str], least: u8) -> Result<u8, String> {
    if let Some(at) = names.iter().position(|name| text.eq_ignore_ascii_case(name)) {
        return Ok(least + u8::try_from(at).unwrap_or(0));
    }
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits => Ok(number),
        // More than any field has; the bounds tell.
        Err(_) if digits => Ok(u8::MAX),
        _ => Err(format!("failed to parse int from {text}")),
    }
}
