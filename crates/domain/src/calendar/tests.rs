//! Calendars in Kyiv's time: hours past midnight, holidays, and both changes of the clocks.

use super::*;

/// Kyiv: the clocks go from 03:00 to 04:00 on 29 March 2026, and from 04:00 back to 03:00 on 25 October 2026.
fn kyiv() -> TimeZone {
    TimeZone::posix("EET-2EEST,M3.5.0/3,M10.5.0/4").unwrap()
}

fn at(text: &str) -> Micros {
    micros(text.parse().unwrap())
}

fn time(text: &str) -> TimeOfDay {
    text.parse().unwrap()
}

fn hours(days: &[Day], from: &str, to: &str) -> Hours {
    Hours { days: days.to_vec(), from: time(from), to: time(to) }
}

fn exception(date: &str, span: Option<(&str, &str)>) -> Exception {
    let (from, to) = (span.map(|span| time(span.0)), span.map(|span| time(span.1)));
    Exception { date: date.parse().unwrap(), from, to, name: "Holiday".into() }
}

/// Open, opens, closes.
fn standing(calendar: &Calendar, moment: &str) -> (bool, Option<Micros>, Option<Micros>) {
    let it = calendar.standing(at(moment), &kyiv());
    assert_eq!(it.open, calendar.is_open(at(moment), &kyiv()), "{moment}");
    (it.open, it.opens_at, it.closes_at)
}

fn closed_until(moment: &str) -> (bool, Option<Micros>, Option<Micros>) {
    (false, Some(at(moment)), None)
}

fn open_until(moment: &str) -> (bool, Option<Micros>, Option<Micros>) {
    (true, None, Some(at(moment)))
}

const WORKDAYS: [Day; 5] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];

#[test]
fn it_opens_and_closes_on_the_minute() {
    let office = Calendar { hours: vec![hours(&WORKDAYS, "09:00", "18:00")], exceptions: vec![] };
    // 8 June 2026 is a Monday; Kyiv is three hours ahead of UTC.
    assert_eq!(standing(&office, "2026-06-08T05:59:59Z"), closed_until("2026-06-08T06:00:00Z"));
    assert_eq!(standing(&office, "2026-06-08T06:00:00Z"), open_until("2026-06-08T15:00:00Z"));
    assert_eq!(standing(&office, "2026-06-08T15:00:00Z"), closed_until("2026-06-09T06:00:00Z"));
    assert_eq!(standing(&office, "2026-06-12T20:00:00Z"), closed_until("2026-06-15T06:00:00Z"), "the weekend");
}

#[test]
fn hours_past_midnight_belong_to_the_day_they_begin_on() {
    let night = Calendar { hours: vec![hours(&[Day::Fri], "22:00", "06:00")], exceptions: vec![] };
    assert_eq!(standing(&night, "2026-06-13T02:59:00Z"), open_until("2026-06-13T03:00:00Z"), "Saturday, 05:59");
    assert_eq!(standing(&night, "2026-06-13T03:00:00Z"), closed_until("2026-06-19T19:00:00Z"));
    assert_eq!(standing(&night, "2026-06-12T02:00:00Z"), closed_until("2026-06-12T19:00:00Z"), "Friday, 05:00");
}

#[test]
fn hours_that_touch_or_overlap_are_one_and_a_lunch_break_is_two() {
    let days = [
        hours(&Day::ALL, "08:00", "24:00"),
        hours(&[Day::Mon], "07:00", "09:00"),
        hours(&Day::ALL, "00:00", "02:00"),
    ];
    let long = Calendar { hours: days.to_vec(), exceptions: vec![] };
    assert_eq!(standing(&long, "2026-06-08T04:30:00Z"), open_until("2026-06-08T23:00:00Z"), "until 02:00");
    let lunch = vec![hours(&[Day::Mon], "09:00", "12:00"), hours(&[Day::Mon], "13:00", "18:00")];
    let lunch = Calendar { hours: lunch, exceptions: vec![] };
    assert_eq!(standing(&lunch, "2026-06-08T09:30:00Z"), closed_until("2026-06-08T10:00:00Z"));
}

#[test]
fn a_holiday_has_its_own_hours_or_none_and_ends_the_night_before() {
    let calendar = Calendar {
        hours: vec![hours(&WORKDAYS, "22:00", "06:00")],
        exceptions: vec![exception("2026-06-09", None), exception("2026-06-10", Some(("10:00", "12:00")))],
    };
    assert_eq!(standing(&calendar, "2026-06-08T20:00:00Z"), open_until("2026-06-08T21:00:00Z"), "midnight");
    assert_eq!(standing(&calendar, "2026-06-08T22:00:00Z"), closed_until("2026-06-10T07:00:00Z"));
    assert_eq!(standing(&calendar, "2026-06-10T07:00:00Z"), open_until("2026-06-10T09:00:00Z"));
}

#[test]
fn a_time_that_the_clocks_leave_out_is_the_moment_they_are_put_forward() {
    let dawn = Calendar { hours: vec![hours(&[Day::Sun], "03:30", "05:00")], exceptions: vec![] };
    assert_eq!(standing(&dawn, "2026-03-29T00:59:59Z"), closed_until("2026-03-29T01:00:00Z"));
    assert_eq!(standing(&dawn, "2026-03-29T01:00:00Z"), open_until("2026-03-29T02:00:00Z"), "04:00 to 05:00");
    let gone = Calendar { hours: vec![hours(&[Day::Sun], "03:10", "03:50")], exceptions: vec![] };
    assert_eq!(standing(&gone, "2026-03-29T00:30:00Z"), closed_until("2026-04-05T00:10:00Z"), "no such time");
}

#[test]
fn a_time_that_comes_twice_begins_at_the_first_and_ends_at_the_second() {
    let begins = Calendar { hours: vec![hours(&[Day::Sun], "03:30", "06:00")], exceptions: vec![] };
    assert_eq!(standing(&begins, "2026-10-25T00:00:00Z"), closed_until("2026-10-25T00:30:00Z"));
    let ends = Calendar { hours: vec![hours(&[Day::Sun], "00:00", "03:30")], exceptions: vec![] };
    assert_eq!(standing(&ends, "2026-10-25T00:45:00Z"), open_until("2026-10-25T01:30:00Z"));
}

#[test]
fn what_never_opens_or_never_closes_says_no_time() {
    let never = Calendar::default();
    assert_eq!(standing(&never, "2026-06-08T06:00:00Z"), (false, None, None));
    let always = Calendar { hours: vec![hours(&Day::ALL, "00:00", "24:00")], exceptions: vec![] };
    assert_eq!(standing(&always, "2026-06-08T06:00:00Z"), (true, None, None));
    let year = Calendar { hours: vec![], exceptions: vec![exception("2027-01-05", Some(("00:00", "00:00")))] };
    assert_eq!(standing(&year, "2026-06-08T06:00:00Z"), closed_until("2027-01-04T22:00:00Z"));
    assert_eq!(standing(&year, "2027-01-05T06:00:00Z"), open_until("2027-01-05T22:00:00Z"), "a whole day");
}

#[test]
fn times_and_dates_are_read_strictly() {
    for good in ["00:00", "09:05", "23:59", "24:00"] {
        assert_eq!(time(good).to_string(), good);
    }
    for bad in ["", "9:00", "09:60", "24:01", "25:00", "+9:00", "09:00:00", "09-00", "aa:bb"] {
        assert_eq!(bad.parse::<TimeOfDay>(), Err(NoTimeOfDay), "{bad}");
    }
    assert_eq!("2028-02-29".parse::<CalendarDate>().unwrap().to_string(), "2028-02-29");
    for bad in ["", "2026-02-29", "2026-2-1", "2026-02-01T00:00", "20260201", "01.02.2026"] {
        assert_eq!(bad.parse::<CalendarDate>(), Err(NoDate), "{bad}");
    }
}
