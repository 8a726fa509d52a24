//! An account's token, and the cache of recently found ones.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::channel::Login;
use domain::id::GatewayId;
use domain::time::{Micros, SECOND};

use domain::secret::Secret;

/// How long a cached token is used without a check: another process may have found that it is invalid.
const FRESH: i64 = 5 * SECOND;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountToken {
    pub secret: Secret,
    /// The same as it is stored, encrypted: whether the account still has this one.
    pub stored: Secret,
    pub gateway: GatewayId,
    pub account_id: String,
    /// The node of the Graph API that the account's requests go to.
    pub node: String,
    /// The login whose host they go to.
    pub login: Login,
    /// The id of the connection that it belongs to.
    pub connection: i64,
}

/// Tokens in memory. They are dropped whenever a gateway changes.
#[derive(Debug, Default)]
pub struct TokenCache(Mutex<Cached>);

#[derive(Debug, Default)]
struct Cached {
    round: u64,
    tokens: HashMap<(GatewayId, String), (Option<AccountToken>, Micros)>,
}

impl TokenCache {
    /// The cached token of an account for this version of the configuration: None if it is not cached, or too old.
    pub fn get(&self, round: u64, gateway: GatewayId, account: &str, at: Micros) -> Option<Option<AccountToken>> {
        let mut cached = self.0.lock().expect("nothing panics while it is held");
        if cached.round != round {
            *cached = Cached { round, ..Cached::default() };
        }
        let (token, since) = cached.tokens.get(&(gateway, account.to_owned()))?;
        (at.since(*since) < FRESH).then(|| token.clone())
    }

    /// Caches a token, unless the configuration has changed since.
    pub fn put(&self, round: u64, gateway: GatewayId, account: &str, token: Option<AccountToken>, at: Micros) {
        let mut cached = self.0.lock().expect("nothing panics while it is held");
        if cached.round == round {
            cached.tokens.insert((gateway, account.to_owned()), (token, at));
        }
    }
}
