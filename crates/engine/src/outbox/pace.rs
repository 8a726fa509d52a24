//! How fast an account may send: the channel's limits per second, and Meta's hints that a quota is running out
//! (meta-platform.md §7). Pure: time is an argument.

use std::collections::HashMap;

use channels::meta::limits::Usage;
use domain::capabilities::Rates;
use domain::channel::Account;
use domain::time::{MINUTE, Micros, SECOND};

/// The percentage of a quota from which we slow down.
const SLOW: u32 = 80;
/// The percentage of a quota from which we wait.
const FULL: u32 = 95;
/// With a full quota, one call a minute checks whether there is room again: throttled calls count too.
const PAUSE: i64 = MINUTE;
/// How long a header's figures are trusted.
const FRESH: i64 = 5 * MINUTE;
/// One call in the bucket's unit: at a rate of one call a second, one unit is added per microsecond.
const CALL: i64 = 1_000_000;

/// The kind of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// Texts, pictures, files, marks.
    Light,
    /// Audio and video, which have a far lower limit.
    Media,
}

/// A call has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Every call of the account waits until then.
    Account(Micros),
    /// Audio and video wait until then.
    Media(Micros),
}

/// The speed of every account.
#[derive(Debug, Default)]
pub struct Pace {
    accounts: HashMap<Account, Buckets>,
}

#[derive(Debug, Default)]
struct Buckets {
    all: Bucket,
    media: Bucket,
}

/// A token bucket. A fifth of a second's calls may be made at once and the rest is spread out, so that no second
/// exceeds the rate, wherever it begins.
#[derive(Debug, Default)]
struct Bucket {
    level: i64,
    at: Option<Micros>,
}

impl Bucket {
    /// Fills up to now; returns when it contains a whole call, at `rate` calls a second.
    fn ready(&mut self, rate: i64, now: Micros) -> Micros {
        let burst = (rate / 5).max(1);
        let trickle = (rate - burst).max(1);
        let passed = self.at.map_or(SECOND, |at| now.since(at).clamp(0, SECOND));
        self.level = (self.level + passed * trickle).min(burst * CALL);
        // Also if the clock was set back: from here on it moves forward.
        self.at = Some(now);
        let missing = (CALL - self.level).max(0);
        now.plus((missing + trickle - 1) / trickle)
    }

    fn take(&mut self) {
        self.level -= CALL;
    }
}

impl Pace {
    /// Takes one call of an account now, at no more than `rate` calls a second in total. `usage` is what Meta's
    /// headers last reported, and when.
    pub fn take(
        &mut self,
        account: &Account,
        load: Load,
        rate: i64,
        limits: &Rates,
        usage: Option<(Usage, Micros)>,
        now: Micros,
    ) -> Result<(), Wait> {
        let rate = speed(rate.clamp(1, i64::from(limits.per_second)), usage, now).map_err(Wait::Account)?;
        if !self.accounts.contains_key(account) {
            self.accounts.insert(account.clone(), Buckets::default());
        }
        let Some(known) = self.accounts.get_mut(account) else { return Ok(()) };
        let at = known.all.ready(rate, now);
        if at > now {
            return Err(Wait::Account(at));
        }
        if load == Load::Media {
            let at = known.media.ready(i64::from(limits.media_per_second).min(rate), now);
            if at > now {
                return Err(Wait::Media(at));
            }
            known.media.take();
        }
        known.all.take();
        Ok(())
    }
}

/// The remaining part of `rate` according to Meta's headers, or until when nothing may be sent.
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
        // Linear, from the full rate at 80 % to a tenth at 95 %.
        high if high > SLOW => Ok((rate * (100 - i64::from(high - SLOW) * 6) / 100).max(1)),
        _ => Ok(rate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(pace: &mut Pace, page: &str, load: Load, rate: i64, now: Micros) -> Result<(), Wait> {
        pace.take(&Account::page(page), load, rate, &channels::messenger::MESSENGER.rates, None, now)
    }

    const START: Micros = Micros(1_700_000_000_000_000);

    /// Sends as fast as it may for some seconds; returns when each call was made.
    fn rush(pace: &mut Pace, load: Load, rate: i64, seconds: i64) -> Vec<Micros> {
        let (mut now, mut left) = (START, Vec::new());
        while now < START.plus(seconds * SECOND) {
            match take(pace, "200", load, rate, now) {
                Ok(()) => left.push(now),
                Err(Wait::Account(at) | Wait::Media(at)) => {
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
        while take(&mut pace, "200", Load::Media, 300, START).is_ok() {}
        assert!(matches!(take(&mut pace, "200", Load::Media, 300, START), Err(Wait::Media(_))));
        assert_eq!(take(&mut pace, "200", Load::Light, 300, START), Ok(()));
        while take(&mut pace, "200", Load::Light, 300, START).is_ok() {}
        assert!(matches!(take(&mut pace, "200", Load::Light, 300, START), Err(Wait::Account(_))));
        assert_eq!(take(&mut pace, "201", Load::Light, 300, START), Ok(()));
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
        while take(&mut pace, "200", Load::Light, 40, START).is_ok() {}
        let back = START.plus(-3_600 * SECOND);
        let Err(Wait::Account(at)) = take(&mut pace, "200", Load::Light, 40, back) else { panic!("it is empty") };
        assert!(at.since(back) <= SECOND);
        assert_eq!(take(&mut pace, "200", Load::Light, 40, at), Ok(()));
    }
}
