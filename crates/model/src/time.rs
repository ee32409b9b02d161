//! Points in time, as numbers that somebody else's clock gave.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z (wall clock), or since any fixed point where only differences matter.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// This point, `ms` milliseconds later; stops at the end of time.
    #[must_use]
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// How long after `earlier` this is, in milliseconds; zero if it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// As Kubernetes writes times (`metav1.Time`): RFC 3339, UTC, whole seconds.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let c = Civil::from(self);
        alloc::format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            c.year,
            c.month,
            c.day,
            c.hour,
            c.minute,
            c.second
        )
    }

    /// As Kubernetes writes precise times (`metav1.MicroTime`): RFC 3339 with six decimals.
    #[must_use]
    pub fn to_rfc3339_micro(self) -> String {
        let c = Civil::from(self);
        alloc::format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}000Z",
            c.year,
            c.month,
            c.day,
            c.hour,
            c.minute,
            c.second,
            self.0 % 1000
        )
    }

    /// Reads an RFC 3339 time with any offset and any number of decimals. `None` if it is not one, or lies before 1970.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        let digits = |from: usize, to: usize| -> Option<i64> {
            let part = b.get(from..to)?;
            part.iter()
                .try_fold(0i64, |n, c| c.is_ascii_digit().then(|| n * 10 + i64::from(c - b'0')))
        };
        let is = |at: usize, any: &[u8]| b.get(at).is_some_and(|c| any.contains(c));
        if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":")) {
            return None;
        }
        let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
        let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
        if !(1..=12).contains(&month)
            || !(1..=31).contains(&day)
            || hour > 23
            || minute > 59
            || second > 60
        {
            return None;
        }
        let mut at = 19;
        let mut ms = 0i64;
        if is(at, b".") {
            at += 1;
            let mut scale = 100;
            while let Some(c) = b.get(at).filter(|c| c.is_ascii_digit()) {
                ms += i64::from(c - b'0') * scale;
                scale /= 10;
                at += 1;
            }
        }
        let offset_s = match b.get(at)? {
            b'Z' | b'z' if b.len() == at + 1 => 0,
            sign @ (b'+' | b'-') if b.len() == at + 6 && is(at + 3, b":") => {
                let s = digits(at + 1, at + 3)? * 3600 + digits(at + 4, at + 6)? * 60;
                if *sign == b'-' { -s } else { s }
            }
            _ => return None,
        };
        let s = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
            - offset_s;
        u64::try_from(s * 1000 + ms).ok().map(Self)
    }
}

impl fmt::Debug for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: u64,
    minute: u64,
    second: u64,
}

/// Days since 1970-01-01 of a proleptic Gregorian date, by counting in eras of 400 years that begin in March,
/// so that the leap day is the last of its year.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl From<Millis> for Civil {
    fn from(at: Millis) -> Self {
        let seconds = at.0 / 1000;
        let z = i64::try_from(seconds / 86_400).unwrap_or(i64::MAX) + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let second_of_day = seconds % 86_400;
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: second_of_day / 3600,
            minute: second_of_day % 3600 / 60,
            second: second_of_day % 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_795_438_079_000, "2026-11-23T12:47:59Z"),
            (4_102_444_799_000, "2099-12-31T23:59:59Z"),
        ] {
            assert_eq!(Millis(ms).to_rfc3339(), text);
            assert_eq!(Millis::parse_rfc3339(text), Some(Millis(ms)), "{text}");
        }
        assert_eq!(
            Millis::parse_rfc3339("2026-11-23T14:47:59.25+02:00"),
            Some(Millis(1_795_438_079_250))
        );
        for bad in [
            "",
            "2026-11-23",
            "2026-13-01T00:00:00Z",
            "2026-11-23T12:47:59",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(Millis::parse_rfc3339(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(s in 0u64..253_402_300_799) {
            let at = Millis(s * 1000);
            proptest::prop_assert_eq!(Millis::parse_rfc3339(&at.to_rfc3339()), Some(at));
        }
    }
}
