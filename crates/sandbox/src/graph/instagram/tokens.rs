//! Tokens of Instagram Login: the code exchange on its own host, long-lived tokens, refreshing (§1.10).

use crate::crypto::same;
use crate::graph::Outcome;
use crate::graph::auth::{self, Caller};
use crate::graph::error::GraphError;
use crate::graph::request::Call;
use crate::world::{Token, World};
use serde_json::{Value, json};

/// A fresh token lives an hour.
const SHORT_S: i64 = 3_600;
/// A long one 60 days.
const LONG_S: i64 = 5_184_000;
/// A token can be refreshed when it is this old.
const DAY_S: i64 = 86_400;

/// The response of the code exchange: its errors have a different format.
pub fn exchange_code(world: &mut World, form: &[(String, String)]) -> Result<Value, Value> {
    let get = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let refuse = |message: &str| json!({"error_type": "OAuthException", "code": 400, "error_message": message});
    let client = get("client_id").ok_or_else(|| refuse("Missing required field client_id"))?;
    let app = world.apps.values().find(|app| app.settings.instagram_app_id.as_deref() == Some(client));
    let app = app.ok_or_else(|| refuse("Invalid platform app"))?;
    let secret = app.settings.instagram_app_secret.clone().unwrap_or_default();
    let app_id = app.settings.id.clone();
    if !get("client_secret").is_some_and(|given| same(given, &secret)) {
        return Err(refuse("Error validating client secret."));
    }
    if get("grant_type") != Some("authorization_code") {
        return Err(refuse("Invalid grant_type; it must be authorization_code"));
    }
    let redirect_uri = get("redirect_uri").ok_or_else(|| refuse("Missing required field redirect_uri"))?;
    // The browser's address ends in `#_`, which is not part of the code.
    let code = get("code").ok_or_else(|| refuse("Missing required field code"))?;
    let now = world.now_ms() / 1_000;
    let known = world.codes.get_mut(code).filter(|known| known.instagram && known.app_id == app_id);
    let known = known.filter(|known| !known.used && known.expires_at > crate::clock::now_s());
    let known = known.ok_or_else(|| refuse("Matching code was not found or was already used"))?;
    if known.redirect_uri != redirect_uri {
        let message = "Error validating verification code. Please make sure your redirect_uri is identical to the one \
                       you used in the OAuth dialog request";
        return Err(refuse(message));
    }
    known.used = true;
    let account_id = known.person_id.clone();
    let account = world.instagram.get(&account_id).ok_or_else(|| refuse("The account is gone"))?;
    let permissions: Vec<String> = account.grants.get(&app_id).into_iter().flatten().cloned().collect();
    let token = world.issue(Token {
        app_id,
        person_id: account_id.clone(),
        page_id: None,
        instagram_id: Some(account_id.clone()),
        system_user: false,
        long: false,
        issued_at: now,
        expires_at: now + SHORT_S,
        dead: None,
    });
    // The id is a number beyond 2^53 (§12.11).
    let user_id = account_id.parse::<u64>().map_or_else(|_| json!(account_id), |number| json!(number));
    let answer = json!({"access_token": token, "user_id": user_id, "permissions": permissions});
    Ok(if world.settings.instagram_wraps_tokens {
        let mut wrapped = answer;
        wrapped["permissions"] = json!(permissions.join(","));
        json!({"data": [wrapped]})
    } else {
        answer
    })
}

fn own(world: &World, call: &Call) -> Result<(Token, String), GraphError> {
    let text = call.token.clone().ok_or_else(|| GraphError::required("access_token"))?;
    match auth::resolve(world, &text)? {
        Caller::Instagram(token, _) => Ok((token, text)),
        _ => Err(GraphError::dead_token(None)),
    }
}

/// `GET /access_token?grant_type=ig_exchange_token`.
pub fn exchange_long(world: &mut World, call: &Call) -> Outcome {
    check_grant_type(call, "ig_exchange_token")?;
    let (token, _) = own(world, call)?;
    let secret = world.apps.get(&token.app_id).and_then(|app| app.settings.instagram_app_secret.clone());
    let given = call.text("client_secret").ok_or_else(|| GraphError::required("client_secret"))?;
    if !secret.is_some_and(|secret| same(&given, &secret)) {
        return Err(GraphError::new(1, "Error validating client secret."));
    }
    if token.long {
        return Err(GraphError::new(
            452,
            "Session key invalid. This could be because the session key has an incorrect format.",
        ));
    }
    Ok(issue_long(world, token))
}

/// `GET /refresh_access_token?grant_type=ig_refresh_token`: long-lived, at least a day old, not expired.
pub fn refresh(world: &mut World, call: &Call) -> Outcome {
    check_grant_type(call, "ig_refresh_token")?;
    let (token, _) = own(world, call)?;
    if !token.long {
        return Err(GraphError::new(100, "(#100) Only long-lived tokens can be refreshed"));
    }
    if token.issued_at + DAY_S > world.now_ms() / 1_000 {
        return Err(GraphError::new(100, "(#100) The token must be at least 24 hours old to be refreshed"));
    }
    Ok(issue_long(world, token))
}

fn check_grant_type(call: &Call, wanted: &str) -> Result<(), GraphError> {
    match call.text("grant_type").as_deref() {
        Some(given) if given == wanted => Ok(()),
        Some(other) => Err(GraphError::new(100, format!("Invalid grant_type: {other}"))),
        None => Err(GraphError::required("grant_type")),
    }
}

fn issue_long(world: &mut World, token: Token) -> Value {
    let now = world.now_ms() / 1_000;
    let text = world.issue(Token { long: true, issued_at: now, expires_at: now + LONG_S, ..token });
    json!({"access_token": text, "token_type": "bearer", "expires_in": LONG_S})
}
