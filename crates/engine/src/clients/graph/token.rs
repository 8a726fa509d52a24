//! An account's token, and the cache of recently found ones.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::channel::Login;
use domain::id::GatewayId;
use domain::time::{Micros, SECOND};

use domain::secret::Secret;

/// How long a token is believed without looking: another node may have learned that it died.
const FRESH: i64 = 5 * SECOND;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountToken {
    pub secret: Secret,
    pub gateway: GatewayId,
    pub account_id: String,
    /// The node of the Graph API that the account's requests go to.
    pub node: String,
    /// Whose host they go to.
    pub login: Login,
    /// The row of the person that it came through.
    pub connection: i64,
}

/// Tokens in memory. They are forgotten whenever something about gateways changes.
#[derive(Debug, Default)]
pub struct TokenCache(Mutex<Cached>);

#[derive(Debug, Default)]
struct Cached {
    round: u64,
    tokens: HashMap<(GatewayId, String), (Option<AccountToken>, Micros)>,
}

impl TokenCache {
    /// What was found for an account in this round of the configuration: None if that is not known, or too old.
    pub fn get(&self, round: u64, gateway: GatewayId, account: &str, at: Micros) -> Option<Option<AccountToken>> {
        let mut cached = self.0.lock().expect("nothing panics while it is held");
        if cached.round != round {
            *cached = Cached { round, ..Cached::default() };
        }
        let (token, since) = cached.tokens.get(&(gateway, account.to_owned()))?;
        (at.since(*since) < FRESH).then(|| token.clone())
    }

    /// Remembers what was found, unless the configuration has changed since.
    pub fn put(&self, round: u64, gateway: GatewayId, account: &str, token: Option<AccountToken>, at: Micros) {
        let mut cached = self.0.lock().expect("nothing panics while it is held");
        if cached.round == round {
            cached.tokens.insert((gateway, account.to_owned()), (token, at));
        }
    }
}
