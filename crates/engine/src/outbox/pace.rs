//! How fast a Page may send: Meta's limits for each second, and its hints that a quota is running out
//! (meta-platform.md §7). Pure: time is an argument.

use std::collections::HashMap;

use channels::meta::limits::{MEDIA_SENDS_PER_SECOND, SENDS_PER_SECOND, Usage};
use domain::time::{MINUTE, Micros, SECOND};

/// From this percentage of a quota on we slow down …
const SLOW: u32 = 80;
/// … and from this one on we wait.
const FULL: u32 = 95;
/// With a full quota Meta is asked once a minute whether it has room again: throttled calls count too.
const PAUSE: i64 = MINUTE;
/// How long a header's figures are trusted.
const FRESH: i64 = 5 * MINUTE;
/// One call, in the bucket's unit: a rate of one call a second fills in one of these each microsecond.
const CALL: i64 = 1_000_000;

/// What kind of call leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// Words, pictures, files, marks.
    Light,
    /// Audio and video, which Meta limits far lower.
    Media,
}

/// A call has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Every call of the Page, until then.
    Page(Micros),
    /// Audio and video, until then.
    Media(Micros),
}

/// The speed of every Page.
#[derive(Debug, Default)]
pub struct Pace {
    pages: HashMap<String, Page>,
}

#[derive(Debug, Default)]
struct Page {
    all: Bucket,
    media: Bucket,
}

/// A token bucket. A fifth of a second's calls may leave at once and the rest trickles in, so that no second,
/// wherever it begins, sees more than the rate.
#[derive(Debug, Default)]
struct Bucket {
    level: i64,
    at: Option<Micros>,
}

impl Bucket {
    /// Fills up to now; answers when there is a whole call in it, at `rate` calls a second.
    fn ready(&mut self, rate: i64, now: Micros) -> Micros {
        let burst = (rate / 5).max(1);
        let trickle = (rate - burst).max(1);
        let passed = self.at.map_or(SECOND, |at| now.since(at).clamp(0, SECOND));
        self.level = (self.level + passed * trickle).min(burst * CALL);
        // Also where the clock was set back: from here on it goes forward.
        self.at = Some(now);
        let missing = (CALL - self.level).max(0);
        now.plus((missing + trickle - 1) / trickle)
    }

    fn take(&mut self) {
        self.level -= CALL;
    }
}

impl Pace {
    /// Takes one call for a Page now, at no more than `rate` calls a second in total. `usage` is what Meta's headers
    /// reported last, and when.
    pub fn take(
        &mut self,
        page: &str,
        load: Load,
        rate: i64,
        usage: Option<(Usage, Micros)>,
        now: Micros,
    ) -> Result<(), Wait> {
        let rate = speed(rate.clamp(1, i64::from(SENDS_PER_SECOND)), usage, now).map_err(Wait::Page)?;
        if !self.pages.contains_key(page) {
            self.pages.insert(page.to_owned(), Page::default());
        }
        let Some(known) = self.pages.get_mut(page) else { return Ok(()) };
        let at = known.all.ready(rate, now);
        if at > now {
            return Err(Wait::Page(at));
        }
        if load == Load::Media {
            let at = known.media.ready(i64::from(MEDIA_SENDS_PER_SECOND).min(rate), now);
            if at > now {
                return Err(Wait::Media(at));
            }
            known.media.take();
        }
        known.all.take();
        Ok(())
    }
}

/// The rate that Meta's headers leave of `rate`, or until when nothing may leave.
fn speed(rate: i64, usage: Option<(Usage, Micros)>, now: Micros) -> Result<i64, Micros> {
    let Some((usage, at)) = usage else { return Ok(rate) };
    let wait = usage.wait_seconds().map(|seconds| at.plus(i64::from(seconds) * SECOND));
    if let Some(until) = wait.filter(|until| *until > now) {
        return Err(until);
    }
    let age = now.since(at);
    if age > FRESH {
        return Ok(rate);
    }
    match usage.percent {
        full if full >= FULL && age < PAUSE => Err(at.plus(PAUSE)),
        full if full >= FULL => Ok(1),
        // In a straight line from all of it at 80 % to a tenth at 95 %.
        high if high > SLOW => Ok((rate * (100 - i64::from(high - SLOW) * 6) / 100).max(1)),
        _ => Ok(rate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Micros = Micros(1_700_000_000_000_000);

    /// Sends as fast as it may for some seconds; answers when each call left.
    fn rush(pace: &mut Pace, load: Load, rate: i64, seconds: i64) -> Vec<Micros> {
        let (mut now, mut left) = (START, Vec::new());
        while now < START.plus(seconds * SECOND) {
            match pace.take("200", load, rate, None, now) {
                Ok(()) => left.push(now),
                Err(Wait::Page(at) | Wait::Media(at)) => {
                    assert!(at > now, "whoever waits, waits for something");
                    now = at;
                }
            }
        }
        left
    }

    fn most_in_a_second(left: &[Micros]) -> usize {
        (0..left.len())
            .map(|i| left[i..].iter().take_while(|at| at.since(left[i]) < SECOND).count())
            .max()
            .unwrap()
    }

    #[test]
    fn no_second_sees_more_than_the_rate_and_little_is_wasted() {
        for (load, rate, most) in [
            (Load::Light, 40, 40),
            (Load::Light, 1, 1),
            (Load::Light, 3, 3),
            (Load::Light, 9_000, 300),
            (Load::Media, 300, 10),
            (Load::Media, 2, 2),
        ] {
            let left = rush(&mut Pace::default(), load, rate, 10);
            assert!(most_in_a_second(&left) <= most, "{load:?} at {rate}: {}", most_in_a_second(&left));
            assert!(left.len() * 2 >= most * 10, "{load:?} at {rate}: only {}", left.len());
        }
    }

    #[test]
    fn films_wait_without_holding_words_and_pages_do_not_wait_for_each_other() {
        let mut pace = Pace::default();
        while pace.take("200", Load::Media, 300, None, START).is_ok() {}
        assert!(matches!(pace.take("200", Load::Media, 300, None, START), Err(Wait::Media(_))));
        assert_eq!(pace.take("200", Load::Light, 300, None, START), Ok(()));
        while pace.take("200", Load::Light, 300, None, START).is_ok() {}
        assert!(matches!(pace.take("200", Load::Light, 300, None, START), Err(Wait::Page(_))));
        assert_eq!(pace.take("201", Load::Light, 300, None, START), Ok(()));
    }

    #[test]
    fn a_quota_that_runs_out_slows_down_and_a_full_one_waits() {
        let usage = |percent, regain_minutes| Some((Usage { percent, regain_minutes, ..Usage::default() }, START));
        let after = |seconds| START.plus(seconds * SECOND);
        for (usage, seconds, expected) in [
            (None, 0, Ok(40)),
            (usage(28, None), 0, Ok(40)),
            (usage(80, None), 0, Ok(40)),
            (usage(88, None), 0, Ok(20)),
            (usage(94, None), 0, Ok(6)),
            (usage(94, None), 301, Ok(40)),
            (usage(95, None), 0, Err(after(60))),
            (usage(120, None), 59, Err(after(60))),
            (usage(120, None), 60, Ok(1)),
            (usage(100, Some(10)), 61, Err(after(600))),
            (usage(100, Some(10)), 600, Ok(40)),
            (usage(20, Some(1)), 0, Err(after(60))),
        ] {
            assert_eq!(speed(40, usage, after(seconds)), expected, "{usage:?} after {seconds} s");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_neither_blocks_nor_floods() {
        let mut pace = Pace::default();
        while pace.take("200", Load::Light, 40, None, START).is_ok() {}
        let back = START.plus(-3_600 * SECOND);
        let Err(Wait::Page(at)) = pace.take("200", Load::Light, 40, None, back) else { panic!("it is empty") };
        assert!(at.since(back) <= SECOND);
        assert_eq!(pace.take("200", Load::Light, 40, None, at), Ok(()));
    }
}
