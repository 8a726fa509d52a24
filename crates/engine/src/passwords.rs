//! Passwords: hashed with Argon2id, on blocking threads.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use domain::secret::Secret;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::secrets;

/// Hashing is slow on purpose: only one at a time per spare core, so that webhooks never wait for it.
static HASHING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(at_once()));

/// Strangers wait here before they wait for their turn, so that a known user has few of them ahead, however many there are.
static STRANGERS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(at_once()));

fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

/// How many checks may wait at most. A check takes some 30 ms, so that the last of them waits for seconds, not minutes.
const LINE: usize = 256;

/// Places in the line of checks.
static WAITING: Semaphore = Semaphore::const_new(LINE);

/// A hash that no password has: who does not exist is checked as slowly as who does.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(&secrets::token()));

fn hash_now(password: &str) -> String {
    Argon2::default().hash_password(password.as_bytes()).expect("Argon2 hashes any text").to_string()
}

/// The Argon2id hash of a password.
pub async fn hash(password: Secret) -> String {
    let _turn = HASHING.acquire().await;
    tokio::task::spawn_blocking(move || hash_now(&password)).await.unwrap_or_default()
}

/// A place in the line of checks. There are only so many: strangers could fill any line.
#[derive(Debug)]
pub struct Place(Option<SemaphorePermit<'static>>);

impl Place {
    /// A place, or None if too many wait.
    pub fn take() -> Option<Self> {
        WAITING.try_acquire().ok().map(|permit| Self(Some(permit)))
    }

    /// A place beside the line, for those who showed that they are no strangers.
    pub fn beside() -> Self {
        Self(None)
    }
}

/// Whether a password matches a hash. An empty hash matches nothing and takes as long.
pub async fn check(place: Place, password: Secret, hash: Secret) -> bool {
    let _among_strangers = match &place.0 {
        Some(_) => Some(STRANGERS.acquire().await),
        None => None,
    };
    let _turn = HASHING.acquire().await;
    tokio::task::spawn_blocking(move || {
        let nobody = hash.is_empty();
        let hash = if nobody { NOBODY.as_str() } else { &hash };
        let known = PasswordHash::new(hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known && !nobody
    })
    .await
    .unwrap_or(false)
}

/// Whether a password is good enough to be set.
pub fn acceptable(password: &str) -> Result<(), String> {
    match password.chars().count() {
        ..10 => Err("A password has at least 10 characters.".into()),
        201.. => Err("A password has at most 200 characters.".into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn the_line_of_checks_has_an_end() {
        let places: Vec<_> = std::iter::from_fn(Place::take).collect();
        assert_eq!(places.len(), LINE);
        drop(places);
        assert!(Place::take().is_some());
    }

    #[tokio::test]
    async fn a_known_user_does_not_wait_behind_strangers() {
        let (done, number) = (Arc::new(AtomicUsize::new(0)), 3 * at_once() + 5);
        let strangers = (0..number).map(|_| {
            let (done, place) = (Arc::clone(&done), Place::take().unwrap());
            tokio::spawn(async move {
                check(place, Secret("a wrong one".into()), Secret(String::new())).await;
                done.fetch_add(1, Ordering::Relaxed);
            })
        });
        let strangers: Vec<_> = strangers.collect();
        // All of them are in line by now.
        while STRANGERS.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        tokio::task::yield_now().await;
        check(Place::beside(), Secret("a wrong one".into()), Secret(String::new())).await;
        let before = done.load(Ordering::Relaxed);
        assert!(before <= 2 * at_once() + 1, "{before} of {number} strangers came first");
        for stranger in strangers {
            stranger.await.unwrap();
        }
    }
}
