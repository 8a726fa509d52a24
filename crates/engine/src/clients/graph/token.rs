//! A Page's token, and the cache of recently found ones.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::id::GatewayId;
use domain::time::{Micros, SECOND};

use domain::secret::Secret;

/// How long a token is believed without looking: another node may have learned that it died.
const FRESH: i64 = 5 * SECOND;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageToken {
    pub secret: Secret,
    pub gateway: GatewayId,
    pub page: String,
    /// The row of the account that it came through.
    pub connection: i64,
}

/// Tokens in memory. They are forgotten whenever something about gateways changes.
#[derive(Debug, Default)]
pub struct TokenCache(Mutex<Cached>);

#[derive(Debug, Default)]
struct Cached {
    round: u64,
    tokens: HashMap<(GatewayId, String), (Option<PageToken>, Micros)>,
}

impl TokenCache {
    /// What was found for a page in this round of the configuration: None if that is not known, or too old.
    pub fn get(&self, round: u64, gateway: GatewayId, page: &str, at: Micros) -> Option<Option<PageToken>> {
        let mut cached = self.0.lock().expect("nothing panics while it is held");
        if cached.round != round {
            *cached = Cached { round, ..Cached::default() };
        }
        let (token, since) = cached.tokens.get(&(gateway, page.to_owned()))?;
        (at.since(*since) < FRESH).then(|| token.clone())
    }

    /// Remembers what was found, unless the configuration has changed since.
    pub fn put(&self, round: u64, gateway: GatewayId, page: &str, token: Option<PageToken>, at: Micros) {
        let mut cached = self.0.lock().expect("nothing panics while it is held");
        if cached.round == round {
            cached.tokens.insert((gateway, page.to_owned()), (token, at));
        }
    }
}
