//! Tokens: code exchange, long-lived tokens, app tokens, `debug_token` (§1.3–§1.6).

use super::Outcome;
use super::auth::{self, Caller};
use super::error::GraphError;
use super::request::Call;
use crate::clock::now_s;
use crate::crypto::same;
use crate::seed::TokenType;
use crate::world::{Token, World};
use serde_json::{Value, json};

/// Lifetime of a fresh user token; Meta says one to two hours.
const SHORT_S: i64 = 5_100;
/// Lifetime of a long-lived user token: about 60 days.
const LONG_S: i64 = 5_184_000;
/// Data access lapses after about 90 days (§1.4).
const DATA_ACCESS_S: i64 = 7_776_000;

/// `/oauth/access_token`, with every grant type.
pub fn access_token(world: &mut World, call: &Call) -> Outcome {
    let app_id = call.text("client_id").ok_or_else(|| GraphError::new(101, "Missing client_id parameter."))?;
    let secret = match world.apps.get(&app_id) {
        Some(app) => app.settings.secret.clone(),
        None => {
            return Err(GraphError::new(
                101,
                "Error validating application. Cannot get application info due to a system error.",
            ));
        }
    };
    if !call.text("client_secret").is_some_and(|given| same(&given, &secret)) {
        return Err(GraphError::new(1, "Error validating client secret."));
    }
    match call.text("grant_type").as_deref() {
        Some("client_credentials") => {
            Ok(json!({"access_token": format!("{app_id}|{secret}"), "token_type": "bearer"}))
        }
        Some("fb_exchange_token") => exchange_long(world, call, &app_id),
        None | Some("" | "authorization_code") => exchange_code(world, call, &app_id),
        Some(other) => Err(GraphError::new(100, format!("Invalid grant_type: {other}"))),
    }
}

/// The code exchange: single use, ten minutes, the same redirect URI (§1.3).
fn exchange_code(world: &mut World, call: &Call, app_id: &str) -> Outcome {
    let refuse = |message: &str| GraphError::new(100, message).authenticate("invalid_code");
    let code = call.text("code").ok_or_else(|| GraphError::new(100, "Missing authorization code"))?;
    let redirect_uri =
        call.text("redirect_uri").ok_or_else(|| GraphError::new(191, "Missing redirect_uri parameter."))?;
    let known = world.codes.get_mut(&code).filter(|known| known.app_id == app_id && !known.instagram);
    let known = known.ok_or_else(|| refuse("Invalid verification code format."))?;
    if known.used {
        return Err(refuse("This authorization code has been used.").subcode(36009));
    }
    if known.expires_at <= now_s() {
        return Err(refuse("This authorization code has expired.").subcode(36007));
    }
    if known.redirect_uri != redirect_uri {
        let message = "Error validating verification code. Please make sure your redirect_uri is identical to the one \
                       you used in the OAuth dialog request";
        return Err(refuse(message).subcode(36008));
    }
    known.used = true;
    let (person_id, token_type) = (known.person_id.clone(), known.token_type);
    let now = now_s();
    let system_user = token_type == TokenType::SystemUser;
    let token = world.issue(Token {
        app_id: app_id.to_owned(),
        person_id,
        page_id: None,
        instagram_id: None,
        system_user,
        long: system_user,
        issued_at: now,
        expires_at: if system_user { 0 } else { now + SHORT_S },
        dead: None,
    });
    let mut answer = json!({"access_token": token, "token_type": "bearer"});
    if !system_user {
        answer["expires_in"] = json!(SHORT_S);
    }
    Ok(answer)
}

/// A long-lived token for a living one; an expired token cannot be exchanged (§1.4).
fn exchange_long(world: &mut World, call: &Call, app_id: &str) -> Outcome {
    let text = call
        .text("fb_exchange_token")
        .ok_or_else(|| GraphError::new(100, "fb_exchange_token parameter not specified"))?;
    let token = match auth::resolve(world, &text)? {
        Caller::Person(token) if token.app_id == app_id => token,
        _ => {
            return Err(GraphError::new(
                190,
                "The access token does not belong to application or is not a user token.",
            ));
        }
    };
    let now = now_s();
    let expires_at = if token.system_user && token.expires_at == 0 { 0 } else { now + LONG_S };
    let long = world.issue(Token { long: true, issued_at: now, expires_at, ..token });
    let mut answer = json!({"access_token": long, "token_type": "bearer"});
    if expires_at != 0 {
        answer["expires_in"] = json!(LONG_S);
    }
    Ok(answer)
}

/// `/debug_token`: for an invalid token the response is still 200, with `is_valid:false` (§1.6).
pub fn debug_token(world: &World, call: &Call) -> Outcome {
    let caller = auth::caller(world, call)?;
    let input = call.text("input_token").ok_or_else(|| GraphError::required("input_token"))?;
    if let Caller::Person(token) | Caller::Page(token, _) = &caller {
        let roles = world.apps.get(&token.app_id).map(|app| &app.settings.roles);
        if !roles.is_some_and(|roles| roles.contains(&token.person_id)) && call.token.as_deref() != Some(&input) {
            return Err(GraphError::parameter(
                "You must provide an app access token, or a user access token that is an owner or developer of the app",
            ));
        }
    }
    if let Some((app_id, _)) = input.split_once('|') {
        let Some(app) = world.apps.get(app_id).filter(|_| auth::resolve(world, &input).is_ok()) else {
            return Ok(invalid("Invalid OAuth access token signature.", None, None));
        };
        return Ok(json!({"data": {
            "app_id": app_id, "type": "APP", "application": app.settings.name, "is_valid": true, "scopes": [],
        }}));
    }
    let Some(token) = world.tokens.get(&input) else {
        return Ok(invalid("Invalid OAuth access token - Cannot parse access token", None, None));
    };
    if token.app_id != caller.app_id() {
        return Err(GraphError::parameter("The App_id in the input_token did not match the Viewing App"));
    }
    if let Some(subcode) = auth::death(world, token) {
        let message = GraphError::dead_token(Some(subcode)).message;
        return Ok(invalid(&message, Some(subcode), Some(token)));
    }
    Ok(json!({"data": describe(world, token)}))
}

fn invalid(message: &str, subcode: Option<i64>, token: Option<&Token>) -> Value {
    let mut error = json!({"code": 190, "message": message});
    if let Some(subcode) = subcode {
        error["subcode"] = json!(subcode);
    }
    let mut data = json!({"error": error, "is_valid": false, "scopes": []});
    if let Some(token) = token {
        data["app_id"] = json!(token.app_id);
        data["user_id"] = json!(token.person_id);
    }
    json!({ "data": data })
}

fn describe(world: &World, token: &Token) -> Value {
    let mut data = json!({
        "app_id": token.app_id,
        "type": match token { Token { page_id: Some(_), .. } => "PAGE", Token { system_user: true, .. } => "SYSTEM_USER", _ => "USER" },
        "application": world.apps.get(&token.app_id).map(|app| app.settings.name.clone()),
        "user_id": token.person_id,
        "is_valid": true,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "data_access_expires_at": token.issued_at + DATA_ACCESS_S,
    });
    if let Some(page_id) = &token.page_id {
        data["profile_id"] = json!(page_id);
    }
    let Some(grant) = world.grant(&token.app_id, &token.person_id) else {
        return data;
    };
    let granted = || grant.permissions.iter().filter(|(_, granted)| **granted).map(|(name, _)| name);
    data["scopes"] = granted().map(|name| json!(name)).collect();
    // Without target_ids the permission holds for all assets.
    let scope = |name: &str, targets: Option<Vec<&String>>| match targets {
        None => json!({"scope": name}),
        Some(targets) => json!({"scope": name, "target_ids": targets}),
    };
    data["granular_scopes"] = granted()
        .filter_map(|name| {
            let pages = grant.pages.as_ref();
            match name.split('_').next() {
                Some("pages") => Some(scope(name, pages.map(|pages| pages.iter().collect()))),
                Some("instagram") => {
                    let accounts = pages.map(|pages| {
                        let linked = pages.iter().filter_map(|id| world.instagram_of_page(id));
                        linked.map(|account| &account.seed.id).collect()
                    });
                    Some(scope(name, accounts))
                }
                Some("whatsapp") => {
                    Some(scope(name, grant.whatsapp.as_ref().map(|accounts| accounts.iter().collect())))
                }
                _ => None,
            }
        })
        .collect();
    data
}
