//! Slows down password guessing without locking users out.
//!
//! Two things are counted by the network of the client (an IPv4 address or a /64 of IPv6):
//! - Failures for one account. After a few, the next attempt has to wait, longer each time. A browser that signed in
//!   to the account before (`known_device`) is counted separately, so strangers behind the same address do not lock
//!   its user out.
//! - Failures for all accounts together. After many, the attempts of this network are checked one after the other
//!   with a pause between them. They are only refused if too many are waiting, because an office may have a hundred
//!   users behind one address.
//!
//! And one thing from all networks together: failures for one account in browsers that never signed in to it. After
//! some, such attempts are checked one after the other with a longer pause, and refused only if too many are waiting.
//! A browser that signed in to the account before is never slowed down by it, so that no one can keep its user out
//! (decision 25).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use domain::time::{MINUTE, Micros, SECOND};
use engine::proxies::Network;

/// The number of failures for one account without a delay.
const FREE_PER_ACCOUNT: u32 = 5;
/// The number of failures of one network, for all accounts together, without a delay.
const FREE_PER_NETWORK: u32 = 30;
/// The pause between two attempts of a network with more failures.
const PAUSE: i64 = SECOND / 5;
/// The number of failures for one account, from all networks together, without a delay.
const FREE_EVERYWHERE: u32 = 20;
/// The pause between two attempts of unknown browsers for an account with more failures.
const PAUSE_EVERYWHERE: i64 = SECOND;
/// The longest that an attempt waits for its turn.
const LONGEST_TURN: i64 = 10 * SECOND;
/// The longest delay of the next attempt for an account.
const LONGEST: i64 = 5 * MINUTE;
/// The maximum number of entries; then the oldest are dropped.
const KEPT: usize = 50_000;

/// An attempt to sign in: the client and the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    network: IpAddr,
    account: String,
    /// The mark of a browser that signed in to this account before.
    device: Option<String>,
}

impl Try {
    pub fn new(address: IpAddr, account: String, device: Option<String>) -> Self {
        Self { network: Network::of_client(address).first(), account, device }
    }

    fn by_account(&self) -> Key {
        match &self.device {
            Some(device) => Key::Device(device.clone(), self.account.clone()),
            None => Key::Account(self.network, self.account.clone()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Account(IpAddr, String),
    Device(String, String),
    Network(IpAddr),
    /// Unknown browsers of all networks.
    Everywhere(String),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Micros,
    /// When the next attempt has its turn, if they are checked one after the other.
    turn: Micros,
}

/// The failed sign-ins of the last minutes.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<Key, Failures>>);

/// The attempt is refused; the client has to wait this many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub u64);

impl Throttle {
    /// Lets an attempt begin, and returns how long it must pause first. It counts as failed until
    /// [`Throttle::succeeded`] reverts that, so simultaneous attempts count one by one.
    pub fn begin(&self, this: &Try, now: Micros) -> Result<Duration, Wait> {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        let key = this.by_account();
        if let Some(failures) = map.get(&key)
            && let Some(over) = failures.count.checked_sub(FREE_PER_ACCOUNT)
        {
            let pause = (SECOND << over.min(9)).min(LONGEST);
            let left = failures.last.plus(pause).since(now);
            if left > 0 {
                return Err(Wait(seconds(left)));
            }
        }
        let mut pause = 0;
        if this.device.is_none() {
            let network = Key::Network(this.network);
            pause = turn(&mut map, &network, FREE_PER_NETWORK, PAUSE, now)?;
            let everywhere = Key::Everywhere(this.account.clone());
            pause = pause.max(turn(&mut map, &everywhere, FREE_EVERYWHERE, PAUSE_EVERYWHERE, now)?);
        }
        count(&mut map, key, now);
        Ok(Duration::from_micros(u64::try_from(pause).unwrap_or(0)))
    }

    /// The password of an attempt was wrong.
    pub fn failed(&self, this: &Try, now: Micros) {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        count(&mut map, Key::Network(this.network), now);
        if this.device.is_none() {
            count(&mut map, Key::Everywhere(this.account.clone()), now);
        }
    }

    /// The password was right: earlier failures were typos.
    pub fn succeeded(&self, this: &Try) {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        map.remove(&this.by_account());
        map.remove(&Key::Account(this.network, this.account.clone()));
    }

    /// An attempt ended without a result.
    pub fn gave_up(&self, this: &Try) {
        let mut map = self.0.lock().expect("nothing panics while it is held");
        if let Some(failures) = map.get_mut(&this.by_account()) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

/// How long an attempt has to wait until it has its turn, after more than `free` failures.
fn turn(map: &mut HashMap<Key, Failures>, key: &Key, free: u32, pause: i64, now: Micros) -> Result<i64, Wait> {
    let Some(failures) = map.get_mut(key) else { return Ok(0) };
    if failures.count < free || now.since(failures.last) >= LONGEST {
        return Ok(0);
    }
    let turn = failures.turn.max(now);
    let left = turn.since(now);
    if left > LONGEST_TURN {
        return Err(Wait(seconds(left)));
    }
    failures.turn = turn.plus(pause);
    Ok(left)
}

fn count(map: &mut HashMap<Key, Failures>, key: Key, now: Micros) {
    if map.len() >= KEPT && !map.contains_key(&key) {
        make_room(map, now);
    }
    let failures = map.entry(key).or_insert(Failures { count: 0, last: now, turn: now });
    if now.since(failures.last) > 2 * LONGEST {
        failures.count = 0;
    }
    *failures = Failures { count: failures.count.saturating_add(1), last: now, ..*failures };
}

/// Drops entries that no longer count, and if that is not enough, the oldest tenth.
fn make_room(map: &mut HashMap<Key, Failures>, now: Micros) {
    map.retain(|_, failures| now.since(failures.last) < LONGEST);
    if map.len() >= KEPT {
        let mut times: Vec<_> = map.values().map(|failures| failures.last).collect();
        let (_, oldest, _) = times.select_nth_unstable(KEPT / 10);
        let oldest = *oldest;
        map.retain(|_, failures| failures.last > oldest);
    }
}

/// Whole seconds, rounded up.
fn seconds(left: i64) -> u64 {
    u64::try_from(left / SECOND + 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Micros = Micros(1_000 * SECOND);

    fn by(address: &str, account: &str) -> Try {
        Try::new(address.parse().unwrap(), account.into(), None)
    }

    fn fails(throttle: &Throttle, this: &Try, times: usize) {
        for _ in 0..times {
            if throttle.begin(this, NOW).is_ok() {
                throttle.failed(this, NOW);
            }
        }
    }

    #[test]
    fn guessing_is_slowed_down_and_others_are_not() {
        let throttle = Throttle::default();
        let here = by("10.0.0.1", "ann");
        fails(&throttle, &here, 9);
        assert_eq!(throttle.begin(&here, NOW), Err(Wait(2)));
        assert_eq!(throttle.begin(&by("10.0.0.1", "bob"), NOW), Ok(Duration::ZERO));
        assert_eq!(throttle.begin(&by("10.0.0.2", "ann"), NOW), Ok(Duration::ZERO));
        assert_eq!(throttle.begin(&here, NOW.plus(LONGEST)), Ok(Duration::ZERO));
        throttle.succeeded(&here);
        assert_eq!(throttle.begin(&here, NOW), Ok(Duration::ZERO));
    }

    #[test]
    fn a_64_of_ipv6_is_one_client() {
        let throttle = Throttle::default();
        for n in 0..FREE_PER_ACCOUNT {
            fails(&throttle, &by(&format!("2001:db8:1:2::{n}"), "ann"), 1);
        }
        assert!(throttle.begin(&by("2001:db8:1:2:ffff::9", "ann"), NOW).is_err());
        assert!(throttle.begin(&by("2001:db8:1:3::9", "ann"), NOW).is_ok());
    }

    #[test]
    fn strangers_at_the_same_address_cost_a_pause_and_not_the_sign_in() {
        let throttle = Throttle::default();
        for n in 0..40 {
            fails(&throttle, &by("10.0.0.1", &format!("stranger {n}")), 1);
        }
        let pause = throttle.begin(&by("10.0.0.1", "ann"), NOW).unwrap();
        assert!(pause > Duration::ZERO && pause <= Duration::from_secs(10), "{pause:?}");
        // A client with very many attempts waits for its turn, and is finally refused.
        let refused = (0..200).filter(|n| throttle.begin(&by("10.0.0.1", &format!("{n}")), NOW).is_err()).count();
        assert!(refused > 100, "{refused}");
    }

    #[test]
    fn a_browser_that_signed_in_before_is_not_locked_out_by_others() {
        let throttle = Throttle::default();
        fails(&throttle, &by("10.0.0.1", "ann"), 20);
        let known = Try { device: Some("her laptop".into()), ..by("10.0.0.1", "ann") };
        assert_eq!(throttle.begin(&known, NOW), Ok(Duration::ZERO));
        // But it cannot guess forever either.
        fails(&throttle, &known, 20);
        assert!(throttle.begin(&known, NOW).is_err());
    }

    #[test]
    fn many_networks_guess_one_account_one_after_the_other_and_its_user_is_not_kept_out() {
        let throttle = Throttle::default();
        for n in 0..FREE_EVERYWHERE {
            fails(&throttle, &by(&format!("10.0.{n}.1"), "ann"), 1);
        }
        let pauses: Vec<_> = (0..20).map(|n| throttle.begin(&by(&format!("10.1.{n}.1"), "ann"), NOW)).collect();
        assert_eq!(pauses[..2], [Ok(Duration::ZERO), Ok(Duration::from_secs(1))]);
        assert_eq!(pauses.iter().filter(|pause| pause.is_ok()).count(), 11, "the others try later: {pauses:?}");
        assert_eq!(throttle.begin(&by("10.2.0.1", "bob"), NOW), Ok(Duration::ZERO), "other accounts");
        let known = Try { device: Some("her laptop".into()), ..by("10.3.0.1", "ann") };
        assert_eq!(throttle.begin(&known, NOW), Ok(Duration::ZERO), "she is at once where she was before");
        // The right password in a new browser does not give the strangers new attempts.
        throttle.succeeded(&by("10.4.0.1", "ann"));
        assert!(throttle.begin(&by("10.5.0.1", "ann"), NOW).is_err());
        assert_eq!(throttle.begin(&by("10.5.0.1", "ann"), NOW.plus(LONGEST)), Ok(Duration::ZERO), "it is over");
    }

    #[test]
    fn a_flood_of_addresses_takes_no_more_room() {
        let throttle = Throttle::default();
        for n in 0..u32::try_from(KEPT).unwrap() + 10 {
            let this = Try::new(IpAddr::V4(n.into()), "ann".into(), None);
            throttle.begin(&this, NOW.plus(i64::from(n))).unwrap();
        }
        assert!(throttle.0.lock().unwrap().len() <= KEPT);
        let last = Try::new(IpAddr::V4(u32::try_from(KEPT).unwrap().into()), "ann".into(), None);
        assert!(throttle.0.lock().unwrap().contains_key(&last.by_account()), "the newest are kept");
    }
}
