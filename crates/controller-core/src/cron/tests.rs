use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Millis {
    Millis::parse_rfc3339(text).expect("a time")
}

/// The next times of a schedule in a zone, from a time on.
fn next(schedule: &str, name: &str, from: &str, count: usize) -> Vec<String> {
    let (schedule, zone) =
        (Schedule::parse(schedule).expect("a schedule"), zone(name).expect("known"));
    let mut time = at(from);
    (0..count)
        .map_while(|_| {
            time = schedule.after(time, &zone)?;
            Some(shown(time, &zone))
        })
        .collect()
}

#[test]
fn the_times_that_a_schedule_names() {
    for (schedule, from, want) in [
        ("* * * * *", "2026-11-23T10:00:00Z", ["2026-11-23T10:01:00Z", "2026-11-23T10:02:00Z"]),
        ("*/15 * * * *", "2026-11-23T10:46:01Z", ["2026-11-23T11:00:00Z", "2026-11-23T11:15:00Z"]),
        ("50/5 3 * * *", "2026-11-23T10:00:00Z", ["2026-11-24T03:50:00Z", "2026-11-24T03:55:00Z"]),
        ("@hourly", "2026-12-31T23:00:00Z", ["2027-01-01T00:00:00Z", "2027-01-01T01:00:00Z"]),
        ("@yearly", "2026-11-23T10:00:00Z", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]),
        ("0 0 29 2 *", "2026-11-23T10:00:00Z", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
        // Either of the days will do; with a `*`, both must.
        ("0 0 13 * FRI", "2026-11-10T00:00:00Z", ["2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"]),
        (
            "0 0 */13 * fri",
            "2026-11-01T00:00:00Z",
            ["2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z"],
        ),
        (
            "0 0 * jan,Mar mon-tue",
            "2026-11-23T00:00:00Z",
            ["2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z"],
        ),
        ("@every 1h30m", "2026-11-23T10:00:00Z", ["2026-11-23T11:30:00Z", "2026-11-23T13:00:00Z"]),
        ("@every 10ms", "2026-11-23T10:00:00Z", ["2026-11-23T10:00:01Z", "2026-11-23T10:00:02Z"]),
    ] {
        assert_eq!(next(schedule, "", from, 2), want, "{schedule}");
    }
    assert!(next("0 0 30 2 *", "", "2026-01-01T00:00:00Z", 1).is_empty());
}

/// What a zone's hour that is left out, or comes twice, does to schedules: what Kubernetes' library does.
#[test]
fn summer_time_comes_and_goes() {
    let zone = "America/New_York";
    // Left out: 02:00 to 03:00 on the 8th of March.
    assert_eq!(next("30 2 * * *", zone, "2026-03-07T12:00:00Z", 1), ["2026-03-09T02:30:00-04:00"]);
    assert_eq!(
        next("0 * * * *", zone, "2026-03-08T06:00:00Z", 2),
        ["2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00"]
    );
    // Twice: 01:00 to 02:00 on the 1st of November.
    assert_eq!(
        next("30 1 * * *", zone, "2026-11-01T04:00:00Z", 3),
        ["2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-05:00"]
    );
    assert_eq!(
        next("0 9 * * *", "Asia/Kolkata", "2026-11-23T00:00:00Z", 1),
        ["2026-11-23T09:00:00+05:30"]
    );
}

#[test]
fn what_is_wrong_is_told() {
    for (text, want) in [
        ("", "empty spec string"),
        ("* * * *", "expected exactly 5 fields, found 4: [\"*\", \"*\", \"*\", \"*\"]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("* * * * 7", "end of range (7) above maximum (6): 7"),
        ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("*/2/3 * * * *", "too many slashes: */2/3"),
        ("x * * * *", "failed to parse int from x"),
        ("-1 * * * *", "failed to parse int from "),
        ("@sometimes", "unrecognized descriptor: @sometimes"),
        ("@every now", "failed to parse duration @every now"),
    ] {
        assert_eq!(Schedule::parse(text).expect_err(text), want);
    }
    assert_eq!(zone("Mars/Base").expect_err("unknown"), "unknown time zone Mars/Base");
    assert!(zone("local").expect_err("refused").starts_with("timeZone must be an explicit"));
}

#[test]
fn the_latest_of_many_is_found() {
    let zone = TimeZone::UTC;
    let latest = |schedule: &str, from: &str, now: &str| {
        let schedule = Schedule::parse(schedule).expect("a schedule");
        schedule.latest(at(from), at(now), &zone, 100).map(|(t, n)| (t.to_rfc3339(), n))
    };
    let (from, now) = ("2026-11-01T00:00:00Z", "2026-11-23T10:00:30Z");
    let want = |t: &str, n| Some((t.into(), n));
    assert_eq!(latest("* * * * *", from, now), want("2026-11-23T10:00:00Z", 100));
    assert_eq!(latest("*/7 1 * * *", from, now), want("2026-11-23T01:56:00Z", 100));
    assert_eq!(latest("0 12 * * *", from, now), want("2026-11-22T12:00:00Z", 22));
    assert_eq!(latest("@every 1h", from, now), want("2026-11-23T10:00:00Z", 100));
    assert_eq!(latest("0 12 1 1 *", from, now), None);
    assert_eq!(latest("* * * * *", now, from), None);
}

proptest! {
    /// Every time that is named comes after the one before, is a whole minute, and none between them fits.
    #[test]
    fn no_time_is_left_out(
        minute in "(\\*|\\*/[1-9]|[1-5]?[0-9])", hour in "(\\*|\\*/[1-5]|1?[0-9])",
        day in "(\\*|[12][0-8])", weekday in "(\\*|[0-6])",
        from in 1_700_000_000_000_u64..1_900_000_000_000,
        name in prop::sample::select(&["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo"]),
    ) {
        let text = format!("{minute} {hour} {day} * {weekday}");
        let Schedule::At(fields) = Schedule::parse(&text).expect("a schedule") else { unreachable!() };
        let zone = zone(name).expect("known");
        let fits = |ms: u64| {
            let at = local(ms, &zone).expect("in range");
            fields.minute.has(at.minute()) && fields.hour.has(at.hour()) && fields.month.has(at.month()) && fields.on_day(at)
        };
        let found = fields.after(Millis(from), &zone).expect("soon").0;
        prop_assert!(found > from && found % 60_000 == 0 && fits(found));
        let first = (from / 60_000 + 1) * 60_000;
        let between = (first..found).step_by(60_000).take(5000);
        prop_assert!(between.clone().all(|ms| !fits(ms)), "{text} in {name}");
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,40}", name in "\\PC{0,20}") {
        let _ = (Schedule::parse(&text), zone(&name));
    }
}
