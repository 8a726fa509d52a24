//! Login dialogs under way, the codes that they yield, and access tokens (§1.3, §1.5).

use super::{Grant, Person, World};
use crate::clock::now_s;
use crate::crypto::random_string;
use crate::seed::{LoginConfig, PersonSeed, SystemUserSeed, TokenType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many tokens may exist; old ones make room.
const TOKEN_LIMIT: usize = 50_000;

/// One login dialog in progress.
#[derive(Clone)]
pub struct Session {
    /// The app that requests the login.
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
    /// Include the granted scopes in the redirect.
    pub tell_scopes: bool,
    /// Who logs in.
    pub person_id: Option<String>,
    /// Ticked Pages; `None` is all, present and future.
    pub pages: Option<BTreeSet<String>>,
    /// Ticked WhatsApp business accounts.
    pub whatsapp: Option<BTreeSet<String>>,
    /// Instagram Login: the account that was chosen is `person_id` (§1.10).
    pub instagram: bool,
    /// Seconds since 1970.
    pub created_at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    /// The app it was issued to.
    pub app_id: String,
    /// The person whose login it is.
    pub person_id: String,
    /// Set on Page tokens.
    pub page_id: Option<String>,
    /// Set on tokens of Instagram Login; `person_id` is the same account.
    #[serde(default)]
    pub instagram_id: Option<String>,
    /// A system user's token of Facebook Login for Business.
    pub system_user: bool,
    /// Long-lived tokens yield Page tokens without an end.
    pub long: bool,
    /// Seconds since 1970.
    pub issued_at: i64,
    /// Seconds since 1970; 0 is never.
    pub expires_at: i64,
    /// Subcode of code 190 once the token is invalid (§6.2).
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
    /// Of Instagram Login; `person_id` is the account.
    pub instagram: bool,
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
        let start = match &token {
            Token { instagram_id: Some(_), .. } => "IGAAB",
            Token { page_id: Some(_), .. } => "EAAP",
            _ => "EAAB",
        };
        let text = format!("{start}{}", random_string(92));
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

    /// A system user of a seed, with its token and what is assigned to it (§1.5).
    pub fn add_system_user(&mut self, user: SystemUserSeed) {
        let grant = Grant {
            permissions: user.permissions.into_iter().map(|name| (name, true)).collect(),
            pages: Some(BTreeSet::new()),
            whatsapp: user.whatsapp.map(|accounts| accounts.into_iter().collect()),
        };
        let seed = PersonSeed { id: user.id.clone(), name: user.name, system_user: true };
        self.people.insert(user.id.clone(), Person { seed, grants: [(user.app_id.clone(), grant)].into() });
        let token = Token {
            app_id: user.app_id,
            person_id: user.id,
            page_id: None,
            instagram_id: None,
            system_user: true,
            long: true,
            issued_at: now_s(),
            expires_at: 0,
            dead: None,
        };
        self.tokens.insert(user.token, token);
    }

    /// Kills every token that can write for the account: of its Page, of Instagram Login, of those who share the number.
    pub fn kill_tokens_of(&mut self, account_id: &str, subcode: i64) -> usize {
        let page = self.instagram.get(account_id).and_then(|account| account.seed.page_id.clone());
        let waba = self.waba_of(account_id).map(|waba| waba.seed.id.clone());
        let shares = |person: &Person, app: &str| {
            let grant = person.grants.get(app);
            waba.as_ref().is_some_and(|id| {
                grant.is_some_and(|grant| grant.has("whatsapp_business_messaging") && grant.covers_waba(id))
            })
        };
        let people: BTreeSet<(String, String)> = self
            .people
            .values()
            .flat_map(|person| person.grants.keys().map(move |app| (person, app)))
            .filter(|(person, app)| shares(person, app))
            .map(|(person, app)| (person.seed.id.clone(), app.clone()))
            .collect();
        self.kill_tokens(
            |token| {
                let own = token.page_id.as_deref().or(token.instagram_id.as_deref());
                match own {
                    Some(own) => own == account_id || Some(own) == page.as_deref(),
                    None => people.contains(&(token.person_id.clone(), token.app_id.clone())),
                }
            },
            subcode,
        )
    }

    /// Kills every token of the person in the app with a subcode of 190; returns how many.
    pub fn kill_tokens(&mut self, wanted: impl Fn(&Token) -> bool, subcode: i64) -> usize {
        let tokens = self.tokens.values_mut().filter(|token| token.dead.is_none() && wanted(token));
        tokens.map(|token| token.dead = Some(subcode)).count()
    }
}
