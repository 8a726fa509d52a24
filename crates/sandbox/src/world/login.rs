//! Login dialogs under way, the codes that they yield, and access tokens (§1.3, §1.5).

use super::World;
use crate::clock::now_s;
use crate::crypto::random_string;
use crate::seed::{LoginConfig, TokenType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many tokens may exist; old ones make room.
const TOKEN_LIMIT: usize = 50_000;

/// One login dialog in progress.
#[derive(Clone)]
pub struct Session {
    /// The app that asks.
    pub app_id: String,
    /// Where the browser goes afterwards.
    pub redirect_uri: String,
    /// Returned unchanged.
    pub state: String,
    /// The requested scopes.
    pub scopes: Vec<String>,
    /// Set for Facebook Login for Business: all or nothing.
    pub config: Option<LoginConfig>,
    /// Ask again for what was declined.
    pub rerequest: bool,
    /// Tell the granted scopes in the redirect.
    pub tell_scopes: bool,
    /// Who logs in.
    pub person_id: Option<String>,
    /// Ticked Pages; `None` is all, present and future.
    pub pages: Option<BTreeSet<String>>,
    /// Seconds since 1970.
    pub created_at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    /// The app it was issued to.
    pub app_id: String,
    /// The person behind it.
    pub person_id: String,
    /// Set on Page tokens.
    pub page_id: Option<String>,
    /// A system user's token of Facebook Login for Business.
    pub system_user: bool,
    /// Long-lived tokens yield Page tokens without an end.
    pub long: bool,
    /// Seconds since 1970.
    pub issued_at: i64,
    /// Seconds since 1970; 0 is never.
    pub expires_at: i64,
    /// Subcode of code 190 once the token is dead (§6.2).
    pub dead: Option<i64>,
}

/// An authorization code (§1.3).
pub struct Code {
    pub app_id: String,
    /// The person who logged in.
    pub person_id: String,
    /// Must be repeated byte for byte at the exchange.
    pub redirect_uri: String,
    /// Kind of token that it yields.
    pub token_type: TokenType,
    /// Seconds since 1970.
    pub expires_at: i64,
    /// Codes work once.
    pub used: bool,
}

impl World {
    /// Issues a token and remembers it.
    pub fn issue(&mut self, token: Token) -> String {
        if self.tokens.len() >= TOKEN_LIMIT {
            let now = now_s();
            self.tokens.retain(|_, old| old.dead.is_none() && (old.expires_at == 0 || old.expires_at > now));
        }
        if self.tokens.len() >= TOKEN_LIMIT {
            self.tokens.clear();
        }
        let text = format!("EAA{}{}", if token.page_id.is_some() { "P" } else { "B" }, random_string(92));
        self.tokens.insert(text.clone(), token);
        text
    }

    /// The Page token of a person, derived from their own token; the same as before while that is valid (§1.5).
    pub fn page_token(&mut self, parent: &Token, page_id: &str) -> String {
        let known = self.tokens.iter().find(|(_, token)| {
            token.page_id.as_deref() == Some(page_id)
                && token.app_id == parent.app_id
                && token.person_id == parent.person_id
                && token.long == parent.long
                && token.dead.is_none()
                && (parent.long || token.expires_at == parent.expires_at)
        });
        if let Some((text, _)) = known {
            return text.clone();
        }
        self.issue(Token {
            page_id: Some(page_id.to_owned()),
            issued_at: now_s(),
            expires_at: if parent.long { 0 } else { parent.expires_at },
            ..parent.clone()
        })
    }

    /// Kills every token of the person in the app with a subcode of 190; returns how many.
    pub fn kill_tokens(&mut self, wanted: impl Fn(&Token) -> bool, subcode: i64) -> usize {
        let tokens = self.tokens.values_mut().filter(|token| token.dead.is_none() && wanted(token));
        tokens.map(|token| token.dead = Some(subcode)).count()
    }
}
