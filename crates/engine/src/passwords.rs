//! Passwords: hashed with Argon2id, on blocking threads.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use domain::secret::Secret;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::secrets;

/// Hashing is slow on purpose: only one at a time per spare core, so that webhooks never wait for it.
static HASHING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(at_once()));

/// Unknown clients wait here first, so that only a few of them are ever ahead of a known user.
static STRANGERS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(at_once()));

fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

/// The maximum number of waiting checks. A check takes about 30 ms, so the last one waits for seconds, not minutes.
const LINE: usize = 256;

/// The places in the queue of checks.
static WAITING: Semaphore = Semaphore::const_new(LINE);

/// A hash that no password matches, so that unknown users are checked as slowly as known ones.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(&secrets::token()));

fn hash_now(password: &str) -> String {
    Argon2::default().hash_password(password.as_bytes()).expect("Argon2 hashes any text").to_string()
}

/// The Argon2id hash of a password.
pub async fn hash(password: Secret) -> String {
    let _turn = HASHING.acquire().await;
    tokio::task::spawn_blocking(move || hash_now(&password)).await.unwrap_or_default()
}

/// A place in the queue of checks. Their number is limited, because unknown clients could fill any queue.
#[derive(Debug)]
pub struct Place(Option<SemaphorePermit<'static>>);

impl Place {
    /// A place, or None if too many wait.
    pub fn take() -> Option<Self> {
        WAITING.try_acquire().ok().map(|permit| Self(Some(permit)))
    }

    /// A place outside the queue, for clients that are already known.
    pub fn beside() -> Self {
        Self(None)
    }
}

/// Whether a password matches a hash. An empty hash matches nothing, but takes just as long.
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

/// Whether a password may be set.
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
        // Waits until all of them are in the queue.
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
