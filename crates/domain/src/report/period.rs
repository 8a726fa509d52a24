//! Hours, days and weeks of a time zone.

use std::ops::Range;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

use super::{Dimension, Level};
use crate::time::{HOUR, Micros};
use crate::words::words;

/// What a report has a row for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Each hour.
    Hour,
    /// Each day.
    Day,
    /// Each week, from Monday.
    Week,
    /// Each queue.
    Queue,
    /// Each agent.
    Agent,
    /// Each account.
    Account,
    /// Each label.
    Label,
    /// Each channel.
    Channel,
}

words!(Grouping {
    Hour = "hour",
    Day = "day",
    Week = "week",
    Queue = "queue",
    Agent = "agent",
    Account = "account",
    Label = "label",
    Channel = "channel",
});

impl Grouping {
    /// The buckets that its rows are made of.
    pub fn dimension(self) -> Dimension {
        match self {
            Grouping::Hour | Grouping::Day | Grouping::Week => Dimension::All,
            Grouping::Queue => Dimension::Queue,
            Grouping::Agent => Dimension::Agent,
            Grouping::Account => Dimension::Account,
            Grouping::Label => Dimension::Label,
            Grouping::Channel => Dimension::Channel,
        }
    }

    /// Whether its rows are periods of time.
    pub fn is_time(self) -> bool {
        self.dimension() == Dimension::All
    }
}

/// An hour, day or week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// `2026-11-30T14:00+02:00`, `2026-11-30`, or `2026-W49`.
    pub key: String,
    /// From when to when.
    pub range: Range<Micros>,
}

fn zoned(at: Micros, zone: &TimeZone) -> Zoned {
    Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(zone.clone())
}

fn micros(at: &Zoned) -> Micros {
    Micros(at.timestamp().as_microsecond())
}

/// The periods that a range touches, at most `most` + 1; the first and last are complete.
pub fn periods(by: Grouping, range: &Range<Micros>, zone: &TimeZone, most: usize) -> Vec<Period> {
    let mut all = Vec::new();
    let mut start = beginning(by, range.start, zone);
    while start < range.end && all.len() <= most {
        let end = next(by, start, zone).max(start.plus(HOUR / 4));
        all.push(Period { key: key(by, start, zone), range: start..end });
        start = end;
    }
    all
}

/// The index of the period that contains the bucket beginning at a moment.
pub fn period_of(all: &[Period], at: Micros) -> Option<usize> {
    let place = all.partition_point(|period| period.range.start <= at).checked_sub(1)?;
    all.get(place).filter(|period| at < period.range.end).map(|_| place)
}

/// The beginning of the period that contains a moment.
fn beginning(by: Grouping, at: Micros, zone: &TimeZone) -> Micros {
    let local = zoned(at, zone);
    match by {
        // In local time, also in zones that are half an hour off.
        Grouping::Hour => Micros(
            at.0 - (i64::from(local.minute()) * 60 + i64::from(local.second())) * 1_000_000
                - at.0.rem_euclid(1_000_000),
        ),
        Grouping::Week => {
            let days = i64::from(local.weekday().to_monday_zero_offset());
            local
                .start_of_day()
                .and_then(|day| day.checked_sub(days.days()))
                .and_then(|day| day.start_of_day())
                .map_or_else(|_| Level::Day.start(at), |day| micros(&day))
        }
        _ => local.start_of_day().map_or_else(|_| Level::Day.start(at), |day| micros(&day)),
    }
}

fn next(by: Grouping, start: Micros, zone: &TimeZone) -> Micros {
    let local = zoned(start, zone);
    let next = match by {
        Grouping::Hour => return start.plus(HOUR),
        Grouping::Week => local.checked_add(7.days()),
        _ => local.checked_add(1.day()),
    };
    next.and_then(|next| next.start_of_day()).map_or(Micros(i64::MAX), |next| micros(&next))
}

fn key(by: Grouping, start: Micros, zone: &TimeZone) -> String {
    let local = zoned(start, zone);
    match by {
        Grouping::Hour => local.strftime("%Y-%m-%dT%H:%M%:z").to_string(),
        Grouping::Week => {
            let week = local.date().iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        _ => local.date().to_string(),
    }
}
