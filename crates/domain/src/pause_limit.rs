//! How long agents may be on a break for one cause in a day.

use serde::{Deserialize, Serialize};

use crate::time::{Day, MINUTE, Micros};

/// A daily limit of a pause cause, for each agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseLimit {
    /// Minutes of a day of the installation's time zone.
    pub minutes: i64,
    /// Whether agents cannot begin a break once the limit is used up. Otherwise it is only shown.
    pub refuses: bool,
}

/// How much of today lies in these spans, up to now.
pub fn used(spans: &[(Micros, Micros)], today: Day) -> i64 {
    spans.iter().map(|(from, to)| (*to).min(today.end).since((*from).max(today.start)).max(0)).sum()
}

impl PauseLimit {
    /// How much is left of it, in microseconds.
    pub fn left(self, used: i64) -> i64 {
        (self.minutes * MINUTE - used).max(0)
    }

    /// When it is used up by a break that begins now. One that lasts past midnight has the next day's minutes too.
    pub fn ends_at(self, used: i64, now: Micros, today: Day) -> Micros {
        let end = now.plus(self.left(used));
        if end <= today.end { end } else { today.end.plus(self.minutes * MINUTE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    const TODAY: Day = Day { start: Micros(0), end: Micros(24 * HOUR) };
    const LUNCH: PauseLimit = PauseLimit { minutes: 45, refuses: true };

    fn minutes(count: i64) -> Micros {
        Micros(count * MINUTE)
    }

    #[test]
    fn only_what_lies_in_today_counts() {
        let spans = [(minutes(-30), minutes(10)), (minutes(60), minutes(75))];
        assert_eq!(used(&spans, TODAY), 25 * MINUTE);
        assert_eq!(used(&[(minutes(-30), minutes(-10))], TODAY), 0);
    }

    #[test]
    fn what_is_left_is_never_less_than_nothing() {
        assert_eq!((LUNCH.left(0), LUNCH.left(30 * MINUTE), LUNCH.left(HOUR)), (45 * MINUTE, 15 * MINUTE, 0));
    }

    #[test]
    fn a_break_over_midnight_has_the_minutes_of_both_days() {
        let noon = minutes(12 * 60);
        assert_eq!(LUNCH.ends_at(30 * MINUTE, noon, TODAY), noon.plus(15 * MINUTE));
        assert_eq!(LUNCH.ends_at(HOUR, noon, TODAY), noon, "over from the start");
        let late = TODAY.end.plus(-10 * MINUTE);
        assert_eq!(LUNCH.ends_at(0, late, TODAY), TODAY.end.plus(45 * MINUTE));
        assert_eq!(LUNCH.ends_at(40 * MINUTE, late, TODAY), late.plus(5 * MINUTE));
    }
}
