//! The caller: the access token, whether it is still valid, and `appsecret_proof` (§1.5, §1.8).

use super::error::GraphError;
use super::request::Call;
use crate::clock::now_s;
use crate::crypto::{hmac_sha256_hex, same};
use crate::world::{Grant, Page, Token, World};

/// The owner of the access token of a call.
#[derive(Debug, Clone)]
pub enum Caller {
    /// `{app_id}|{app_secret}`.
    App(String),
    /// A person or a system user.
    Person(Token),
    /// A Page, through a person.
    Page(Token, String),
    /// An Instagram account, through Instagram Login (§1.10).
    Instagram(Token, String),
}

impl Caller {
    /// The app that the token was issued to.
    pub fn app_id(&self) -> &str {
        match self {
            Self::App(id) => id,
            Self::Person(token) | Self::Page(token, _) | Self::Instagram(token, _) => &token.app_id,
        }
    }

    /// The node that `me` means.
    pub fn me(&self) -> Option<&str> {
        match self {
            Self::App(_) => None,
            Self::Person(token) => Some(&token.person_id),
            Self::Page(_, id) | Self::Instagram(_, id) => Some(id),
        }
    }

    /// The Page of a Page token, or the account of an Instagram token.
    pub fn page_id(&self) -> Option<&str> {
        match self {
            Self::Page(_, id) | Self::Instagram(_, id) => Some(id),
            Self::App(_) | Self::Person(_) => None,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::App(_) => "app",
            Self::Person(token) if token.system_user => "system user",
            Self::Person(_) => "user",
            Self::Page(..) => "page",
            Self::Instagram(..) => "instagram",
        }
    }
}

/// Resolves the token of a call. Each host takes its own tokens only (§1.10).
pub fn caller(world: &World, call: &Call) -> Result<Caller, GraphError> {
    let Some(token) = call.token.as_deref().filter(|token| !token.is_empty()) else {
        return Err(GraphError::new(
            2500,
            "An active access token must be used to query information about the current user.",
        ));
    };
    let caller = resolve(world, token)?;
    if call.instagram != matches!(caller, Caller::Instagram(..)) {
        return Err(GraphError::dead_token(None));
    }
    check_proof(world, &caller, call, token)?;
    Ok(caller)
}

/// Resolves a token without asking for a proof.
pub fn resolve(world: &World, token: &str) -> Result<Caller, GraphError> {
    if let Some((app_id, secret)) = token.split_once('|') {
        return match world.apps.get(app_id) {
            Some(app) if same(&app.settings.secret, secret) => Ok(Caller::App(app_id.to_owned())),
            _ => Err(GraphError::new(190, "Invalid OAuth access token signature.").authenticate("invalid_token")),
        };
    }
    let known = world.tokens.get(token).ok_or_else(|| GraphError::dead_token(None))?;
    if let Some(subcode) = death(world, known) {
        return Err(GraphError::dead_token(Some(subcode)));
    }
    Ok(match (&known.page_id, &known.instagram_id) {
        (Some(page_id), _) => Caller::Page(known.clone(), page_id.clone()),
        (None, Some(account_id)) => Caller::Instagram(known.clone(), account_id.clone()),
        (None, None) => Caller::Person(known.clone()),
    })
}

/// The subcode of error 190 for this token, if it is invalid (§6.2).
pub fn death(world: &World, token: &Token) -> Option<i64> {
    if token.dead.is_some() {
        return token.dead;
    }
    if let Some(account_id) = &token.instagram_id {
        let account = world.instagram.get(account_id);
        return match account.is_some_and(|account| account.grants.contains_key(&token.app_id)) {
            _ if token.expires_at <= world.now_ms() / 1_000 => Some(463),
            true => None,
            false => Some(458),
        };
    }
    if token.expires_at != 0 && token.expires_at <= now_s() {
        return Some(463);
    }
    if world.grant(&token.app_id, &token.person_id).is_none() {
        return Some(458);
    }
    match &token.page_id {
        Some(page_id) if world.pages.get(page_id).is_none_or(|page| page.tasks(&token.person_id).is_empty()) => {
            Some(492)
        }
        _ => None,
    }
}

fn check_proof(world: &World, caller: &Caller, call: &Call, token: &str) -> Result<(), GraphError> {
    let Some(app) = world.apps.get(caller.app_id()) else {
        return Ok(());
    };
    let refuse = |message: &str| {
        let mut error = GraphError::new(100, message);
        error.kind = "GraphMethodException";
        Err(error)
    };
    let (secret, required) = match &caller {
        Caller::Instagram(..) => (app.settings.instagram_app_secret.clone().unwrap_or_default(), false),
        // An app token holds the secret itself; a proof sent with it is checked but not required.
        Caller::App(_) => (app.settings.secret.clone(), false),
        _ => (app.settings.secret.clone(), app.settings.require_app_secret),
    };
    match call.text("appsecret_proof") {
        Some(proof) => {
            let message = match call.text("appsecret_time") {
                Some(time) => format!("{token}|{time}"),
                None => token.to_owned(),
            };
            if same(&proof, &hmac_sha256_hex(&secret, message.as_bytes())) {
                Ok(())
            } else {
                refuse("Invalid appsecret_proof provided in the API argument")
            }
        }
        None if required => refuse("API calls from the server require an appsecret_proof argument"),
        None => Ok(()),
    }
}

/// The grant behind a person's or Page's token; an invalid one never gets here.
pub fn grant<'w>(world: &'w World, token: &Token) -> Result<&'w Grant, GraphError> {
    world.grant(&token.app_id, &token.person_id).ok_or_else(|| GraphError::dead_token(Some(458)))
}

/// Requires a Page token of exactly this Page, with a permission and a task of its person.
pub fn page_with<'w>(
    world: &'w World,
    caller: &Caller,
    page_id: &str,
    method: &str,
    permission: &str,
    task: &str,
) -> Result<(&'w Page, Token), GraphError> {
    let Caller::Page(token, own) = caller else {
        return Err(
            GraphError::new(210, "(#210) A page access token is required to request this resource.").status(403)
        );
    };
    let page = world.pages.get(page_id).filter(|_| own == page_id);
    let page = page.ok_or_else(|| GraphError::unknown_object(method, page_id))?;
    let grant = grant(world, token)?;
    if !grant.has(permission) || !grant.covers(page_id) {
        return Err(GraphError::not_granted(permission));
    }
    if !page.has_task(&token.person_id, task) {
        return Err(GraphError::permission(format_args!(
            "The person behind this token does not have the task {task} on the Page {page_id}"
        )));
    }
    Ok((page, token.clone()))
}
