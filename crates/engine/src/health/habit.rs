//! How often a Page usually gets events, and whether its current silence is unusually long.
//!
//! Learned from the time of each Page's last event, which is stored to the minute. Nothing is counted while a message
//! is processed.

use domain::time::{DAY, HOUR, Micros};
use serde::{Deserialize, Serialize};

/// Only data of this period counts as a habit.
const WEEK: i64 = 7 * DAY;
/// A Page has habits once this many minutes of a week had an event.
const ENOUGH: u32 = 20;
/// A gap counts as a silence if it is this many times the longest usual gap.
const TIMES: i64 = 3;
/// The shortest silence: a Page that gets messages every minute may have a quiet hour.
const LEAST: i64 = 2 * HOUR;

/// The events of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    /// Days since 1970, in UTC.
    day: i64,
    /// The number of minutes with an event.
    came: u32,
    /// The longest gap that ended on it, in microseconds.
    gap: i64,
}

/// The habits of a Page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Habit {
    last: Micros,
    days: Vec<Day>,
}

/// An unusually long silence of a Page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    pub since: Micros,
    /// The longest gap of the week before, in microseconds.
    pub usual: i64,
}

impl Habit {
    /// Records that the last event came at `at`. False if that was already known.
    pub fn saw(&mut self, at: Micros) -> bool {
        if at <= self.last {
            return false;
        }
        let gap = if self.last.0 == 0 { 0 } else { at.since(self.last) };
        self.last = at;
        let day = at.0.div_euclid(DAY);
        match self.days.iter_mut().find(|known| known.day == day) {
            Some(today) => {
                today.came = today.came.saturating_add(1);
                today.gap = today.gap.max(gap);
            }
            None => self.days.push(Day { day, came: 1, gap }),
        }
        self.days.retain(|known| known.day * DAY > at.0 - WEEK - DAY);
        true
    }

    /// Whether the Page has been silent for too long. A night is one of its usual gaps, so it raises no alarm.
    pub fn silence(&self, at: Micros) -> Option<Silence> {
        let first = self.last.0 - WEEK;
        let week = || self.days.iter().filter(|day| (day.day + 1) * DAY > first);
        let came: u32 = week().map(|day| day.came).sum();
        // A habit of one day includes no night yet.
        if came < ENOUGH || week().count() < 2 {
            return None;
        }
        let usual = week().map(|day| day.gap).max().unwrap_or(0);
        let silent = at.since(self.last);
        (silent > (TIMES * usual).max(LEAST)).then_some(Silence { since: self.last, usual })
    }
}

/// A duration as text: `40 minutes`, `5 hours`, `3 days`.
pub fn lasting(micros: i64) -> String {
    let count = |number: i64, word: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {word}{plural}")
    };
    match micros / HOUR {
        0 => count((micros / domain::time::MINUTE).max(1), "minute"),
        hours @ 1..48 => count(hours, "hour"),
        hours => count(hours / 24, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::MINUTE;

    /// An event every ten minutes from 8 to 20 o'clock, for this many days.
    fn busy(days: i64) -> (Habit, Micros) {
        let (mut habit, mut last) = (Habit::default(), Micros(0));
        for day in 1..=days {
            for step in 0..=72 {
                last = Micros(day * DAY + 8 * HOUR + step * 10 * MINUTE);
                assert!(habit.saw(last));
            }
        }
        (habit, last)
    }

    #[test]
    fn a_quiet_night_is_no_alarm_and_a_dead_day_is() {
        let (habit, evening) = busy(5);
        assert_eq!(habit.silence(evening.plus(HOUR)), None);
        assert_eq!(habit.silence(evening.plus(13 * HOUR)), None, "the night");
        assert_eq!(habit.silence(evening.plus(36 * HOUR)), None, "three nights' length");
        let silence = habit.silence(evening.plus(37 * HOUR)).unwrap();
        assert_eq!((silence.since, silence.usual), (evening, 12 * HOUR));
    }

    #[test]
    fn a_page_without_habits_is_never_silent() {
        let mut habit = Habit::default();
        assert_eq!(habit.silence(Micros(100 * DAY)), None);
        for n in 1..20 {
            habit.saw(Micros(n * DAY / 4));
        }
        assert_eq!(habit.silence(Micros(100 * DAY)), None, "too few events");
        let (one_day, evening) = busy(1);
        assert_eq!(one_day.silence(evening.plus(20 * HOUR)), None, "no night was seen yet");
    }

    #[test]
    fn old_days_are_forgotten_and_the_same_minute_is_no_news() {
        let (mut habit, last) = busy(30);
        assert!(habit.days.len() <= 9, "{}", habit.days.len());
        assert!(!habit.saw(last));
        let text = serde_json::to_string(&habit).unwrap();
        assert_eq!(serde_json::from_str::<Habit>(&text).unwrap(), habit);
    }

    #[test]
    fn lengths_are_words() {
        assert_eq!(lasting(5 * MINUTE), "5 minutes");
        assert_eq!(lasting(HOUR), "1 hour");
        assert_eq!(lasting(72 * HOUR), "3 days");
    }
}
