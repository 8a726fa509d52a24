//! Working hours: when a queue is open, in the time zone of the people who work there. The zone's rules come from the
//! caller, so nothing here reads a file or a clock.
//!
//! A day's hours may run past midnight. A day with an exception has only the exception's hours, and hours that began
//! the day before end at its midnight.

mod opening_hours;

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::{DAY, Micros};
use crate::words::words;

pub use opening_hours::OpeningHours;

/// How many days ahead the next change is looked for: a calendar may contain nothing but an opening day next year.
const LOOKED_AHEAD: i32 = 400;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

words!(Day { Mon = "mon", Tue = "tue", Wed = "wed", Thu = "thu", Fri = "fri", Sat = "sat", Sun = "sun" });

impl Day {
    fn of(date: Date) -> Self {
        match date.weekday() {
            Weekday::Monday => Day::Mon,
            Weekday::Tuesday => Day::Tue,
            Weekday::Wednesday => Day::Wed,
            Weekday::Thursday => Day::Thu,
            Weekday::Friday => Day::Fri,
            Weekday::Saturday => Day::Sat,
            Weekday::Sunday => Day::Sun,
        }
    }
}

/// A time of day: minutes since midnight, up to the next midnight (`24:00`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

/// Midnight at the end of a day.
const MIDNIGHT: u16 = 24 * 60;

/// A text is not a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("times are written as 09:00, from 00:00 to 24:00")]
pub struct NoTimeOfDay;

impl FromStr for TimeOfDay {
    type Err = NoTimeOfDay;

    fn from_str(text: &str) -> Result<Self, NoTimeOfDay> {
        let two = |text: &str| text.parse::<u16>().ok().filter(|_| text.len() == 2 && !text.starts_with('+'));
        let (hour, minute) = text.split_once(':').ok_or(NoTimeOfDay)?;
        let (hour, minute) = (two(hour).ok_or(NoTimeOfDay)?, two(minute).ok_or(NoTimeOfDay)?);
        let time = hour * 60 + minute;
        if minute < 60 && time <= MIDNIGHT { Ok(Self(time)) } else { Err(NoTimeOfDay) }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl TimeOfDay {
    /// This time on a date, in local time; None at the end of time.
    fn on(self, date: Date) -> Option<jiff::civil::DateTime> {
        if self.0 == MIDNIGHT {
            return Some(date.tomorrow().ok()?.to_datetime(Time::midnight()));
        }
        let (hour, minute) = (i8::try_from(self.0 / 60).ok()?, i8::try_from(self.0 % 60).ok()?);
        Some(date.at(hour, minute, 0, 0))
    }
}

/// A date, written as `2026-12-25`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarDate(Date);

/// A text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("dates are written as 2026-12-25")]
pub struct NoDate;

impl FromStr for CalendarDate {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<Self, NoDate> {
        let date = text.parse().ok().filter(|date: &Date| date.to_string() == text);
        date.map(Self).ok_or(NoDate)
    }
}

impl fmt::Display for CalendarDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
as_text! { TimeOfDay CalendarDate }

/// Hours on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The days on which they begin.
    pub days: Vec<Day>,
    /// When they begin.
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "09:00"))]
    pub from: TimeOfDay,
    /// When they end: before or at `from` it is on the next day. `24:00` is midnight.
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "18:00"))]
    pub to: TimeOfDay,
}

/// A date with different hours, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = CalendarException))]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The date.
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "2026-12-25"))]
    pub date: CalendarDate,
    /// When the hours begin; null if it is closed all day.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub from: Option<TimeOfDay>,
    /// When they end, as for usual days.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub to: Option<TimeOfDay>,
    /// What it is called.
    pub name: String,
}

/// When a place is open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Calendar {
    /// The usual hours; they may overlap.
    pub hours: Vec<Hours>,
    /// The dates that differ.
    pub exceptions: Vec<Exception>,
}

/// Whether a calendar is open at a moment, and when that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is open.
    pub open: bool,
    /// When it opens next; None while it is open, and if it does not open within a year.
    pub opens_at: Option<Micros>,
    /// When it closes; None while it is closed, and if it does not close within a year.
    pub closes_at: Option<Micros>,
}

impl Calendar {
    /// Whether it is open at a moment.
    pub fn is_open(&self, at: Micros, zone: &TimeZone) -> bool {
        let Some((at, today)) = local(at, zone) else { return false };
        // Hours that began yesterday may last until today.
        let days = [today.yesterday().ok(), Some(today)].into_iter().flatten();
        days.flat_map(|date| self.spans(date, zone)).any(|(from, to)| from <= at && at < to)
    }

    /// Whether it is open at a moment, and when that changes.
    pub fn standing(&self, at: Micros, zone: &TimeZone) -> Standing {
        let closed = Standing { open: false, opens_at: None, closes_at: None };
        let Some((at, today)) = local(at, zone) else { return closed };
        let days = (-1..LOOKED_AHEAD).filter_map(|day| today.checked_add(Span::new().days(day)).ok());
        let mut until: Option<Timestamp> = None;
        for date in days {
            let mut spans = self.spans(date, zone);
            spans.sort();
            for (from, to) in spans.into_iter().filter(|(_, to)| *to > at) {
                match until {
                    None if from > at => return Standing { opens_at: Some(micros(from)), ..closed },
                    // Adjacent hours count as one span.
                    Some(end) if from > end => return open_until(Some(end)),
                    _ => until = until.max(Some(to)),
                }
            }
        }
        // If it is open until the end of the range that was searched, it counts as never closing.
        let last = micros(at).plus(i64::from(LOOKED_AHEAD - 2) * DAY);
        if until.is_some() { open_until(until.filter(|end| micros(*end) < last)) } else { closed }
    }

    /// The hours that begin on a date, as moments.
    fn spans(&self, date: Date, zone: &TimeZone) -> Vec<(Timestamp, Timestamp)> {
        let is_exceptional = |date: Date| self.exceptions.iter().any(|it| it.date.0 == date);
        let hours: Vec<(TimeOfDay, TimeOfDay)> = if is_exceptional(date) {
            let of_date = self.exceptions.iter().filter(|it| it.date.0 == date);
            of_date.filter_map(|it| it.from.zip(it.to)).collect()
        } else {
            let day = Day::of(date);
            self.hours.iter().filter(|it| it.days.contains(&day)).map(|it| (it.from, it.to)).collect()
        };
        let span = |(from, to): (TimeOfDay, TimeOfDay)| {
            let tomorrow = date.tomorrow().ok()?;
            let end = match to > from {
                true => to.on(date)?,
                false if is_exceptional(tomorrow) => TimeOfDay(MIDNIGHT).on(date)?,
                false => to.on(tomorrow)?,
            };
            Some((moment(from.on(date)?, zone, Side::Begin)?, moment(end, zone, Side::End)?))
        };
        hours.into_iter().filter_map(span).filter(|(from, to)| from < to).collect()
    }
}

fn open_until(end: Option<Timestamp>) -> Standing {
    Standing { open: true, opens_at: None, closes_at: end.map(micros) }
}

fn micros(at: Timestamp) -> Micros {
    Micros(at.as_microsecond())
}

fn local(at: Micros, zone: &TimeZone) -> Option<(Timestamp, Date)> {
    let at = Timestamp::from_microsecond(at.0).ok()?;
    Some((at, zone.to_datetime(at).date()))
}

/// Which end of a span a moment is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Begin,
    End,
}

/// The moment of a local time. A time that occurs twice, because clocks go back, is the first for a beginning and the
/// second for an end. A time that is skipped is the moment at which the clocks go forward.
fn moment(wall: jiff::civil::DateTime, zone: &TimeZone, side: Side) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ambiguous.compatible().ok(),
        AmbiguousOffset::Fold { .. } if side == Side::Begin => ambiguous.earlier().ok(),
        AmbiguousOffset::Fold { .. } => ambiguous.later().ok(),
        AmbiguousOffset::Gap { .. } => {
            let before = ambiguous.earlier().ok()?;
            zone.following(before).next().map(|change| change.timestamp())
        }
    }
}

#[cfg(test)]
#[path = "calendar/tests.rs"]
mod tests;
