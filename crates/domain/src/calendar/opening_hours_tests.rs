//! Spans of open time, also over nights, holidays and changes of the clocks.

use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;

use super::super::{Day, Hours};
use super::*;
use crate::time::{DAY, HOUR, MINUTE};

fn at(text: &str) -> Micros {
    Micros(text.parse::<Timestamp>().unwrap().as_microsecond())
}

fn kyiv() -> TimeZone {
    TimeZoneDatabase::bundled().get("Europe/Kyiv").unwrap()
}

fn hours(days: &[Day], from: &str, to: &str) -> Hours {
    Hours { days: days.to_vec(), from: from.parse().unwrap(), to: to.parse().unwrap() }
}

fn office() -> OpeningHours {
    let days = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];
    let calendar = Calendar { hours: vec![hours(&days, "09:00", "18:00")], exceptions: vec![] };
    OpeningHours::new(calendar, kyiv())
}

#[test]
fn a_span_runs_only_while_it_is_open() {
    let office = office();
    // Friday, half an hour before the end; Kyiv is two hours ahead of UTC in winter.
    let friday = at("2026-11-27T15:30:00Z");
    assert_eq!(office.after(friday, 30 * MINUTE), Some(at("2026-11-27T16:00:00Z")));
    assert_eq!(office.after(friday, 31 * MINUTE), Some(at("2026-11-30T07:01:00Z")));
    // On Saturday nothing runs.
    assert_eq!(office.after(at("2026-11-28T10:00:00Z"), MINUTE), Some(at("2026-11-30T07:01:00Z")));
}

#[test]
fn the_clocks_may_change_within_a_span() {
    // On 29 March 2026 Kyiv's clocks go from 3:00 to 4:00: that night has an hour less.
    let night = Calendar { hours: vec![hours(&Day::ALL, "22:00", "06:00")], exceptions: vec![] };
    let night = OpeningHours::new(night, kyiv());
    let evening = at("2026-03-28T20:00:00Z");
    assert_eq!(night.after(evening, 7 * HOUR), Some(at("2026-03-29T03:00:00Z")));
    assert_eq!(night.after(evening, 7 * HOUR + MINUTE), Some(at("2026-03-29T19:01:00Z")));
    // On 25 October it has one more.
    let evening = at("2026-10-24T19:00:00Z");
    assert_eq!(night.after(evening, 9 * HOUR), Some(at("2026-10-25T04:00:00Z")));
}

#[test]
fn what_is_never_open_has_no_end_and_what_always_is_has_the_plain_one() {
    let never = OpeningHours::new(Calendar::default(), kyiv());
    assert_eq!(never.after(at("2026-11-27T15:30:00Z"), MINUTE), None);
    let always = Calendar { hours: vec![hours(&Day::ALL, "00:00", "24:00")], exceptions: vec![] };
    let start = at("2026-03-28T20:00:00Z");
    assert_eq!(OpeningHours::new(always, kyiv()).after(start, 40 * DAY), Some(start.plus(40 * DAY)));
}

/// The open minutes between two moments, counted one by one.
fn counted(hours: &OpeningHours, from: Micros, to: Micros) -> i64 {
    let minutes = to.since(from) / MINUTE;
    (0..minutes).filter(|minute| hours.is_open(from.plus(minute * MINUTE))).count().try_into().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Around both changes of the clocks, in zones that change at different moments and by different amounts: the open time up to
    /// the end of a span, counted minute by minute, is the span.
    #[test]
    fn the_open_time_up_to_the_end_is_the_span(
        zone in prop::sample::select(vec!["Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "UTC"]),
        start in prop::sample::select(vec!["2026-03-07T00:00:00Z", "2026-03-27T00:00:00Z", "2026-04-03T00:00:00Z",
            "2026-10-02T00:00:00Z", "2026-10-24T00:00:00Z", "2026-10-31T00:00:00Z"]),
        offset in 0..3 * 24 * 60_i64,
        from in 0..24_u8,
        length in 1..24_u8,
        span in 1..30 * 60_i64,
    ) {
        let to = (from + length) % 24;
        let usual = hours(&Day::ALL, &format!("{from:02}:00"), &format!("{to:02}:00"));
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
        let hours = OpeningHours::new(Calendar { hours: vec![usual], exceptions: vec![] }, zone);
        let since = at(start).plus(offset * MINUTE);
        let end = hours.after(since, span * MINUTE).unwrap();
        prop_assert_eq!(counted(&hours, since, end), span);
        prop_assert!(hours.is_open(end.plus(-1)), "it ends while it is open");
    }
}
