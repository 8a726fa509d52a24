//! How long a customer who joins a queue will probably wait: what a flow says to those who wait.

use crate::time::MINUTE;

/// Fewer recent waits than this say nothing about the next one.
const FEWEST: usize = 3;

/// The expected wait, calculated from recent waits until an agent came, and from the time that the first waiting
/// customer has waited so far. None if there are too few recent waits.
///
/// Half of them waited no longer than this. A stalled queue shows first in the customers who wait now: a customer who
/// joins after them will not be faster.
pub fn expected_wait(recent: &[i64], longest_now: Option<i64>) -> Option<i64> {
    if recent.len() < FEWEST {
        return None;
    }
    let mut waits = recent.to_vec();
    waits.sort_unstable();
    Some(waits[waits.len() / 2].max(longest_now.unwrap_or(0)).max(0))
}

/// A wait in whole minutes, as shown to customers: rounded up, and at least one.
pub fn minutes(wait: i64) -> i64 {
    (wait.max(0) + MINUTE - 1).div_euclid(MINUTE).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_middle_of_the_recent_waits_and_one_outlier_changes_nothing() {
        let waits = [2 * MINUTE, MINUTE, 40 * MINUTE, 3 * MINUTE, 2 * MINUTE];
        assert_eq!(expected_wait(&waits, None), Some(2 * MINUTE));
        assert_eq!(expected_wait(&waits, Some(MINUTE)), Some(2 * MINUTE));
    }

    #[test]
    fn a_queue_that_has_come_to_a_halt_is_not_promised_to_be_quick() {
        assert_eq!(expected_wait(&[MINUTE; 9], Some(25 * MINUTE)), Some(25 * MINUTE));
    }

    #[test]
    fn too_few_waits_say_nothing() {
        assert_eq!(expected_wait(&[], Some(MINUTE)), None);
        assert_eq!(expected_wait(&[MINUTE, MINUTE], None), None);
        assert!(expected_wait(&[MINUTE, MINUTE, MINUTE], None).is_some());
    }

    #[test]
    fn minutes_are_rounded_up() {
        assert_eq!([0, 1, MINUTE, MINUTE + 1, 10 * MINUTE].map(minutes), [1, 1, 1, 2, 10]);
    }
}
