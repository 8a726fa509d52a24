//! Responses of the Graph API with their headers, and the log of calls (§6.1, §7.1).

use super::Outcome;
use super::auth::Caller;
use super::request::Call;
use crate::ascii;
use crate::clock::now_ms;
use crate::shared::Shared;
use crate::world::Fault;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, header};
use serde_json::{Value, json};
use std::time::Instant;

/// The answer of a call, or its error in the envelope.
pub fn respond(shared: &Shared, call: Option<&Call>, caller: Option<&Caller>, outcome: Outcome) -> Response<Body> {
    let (status, body, error) = match outcome {
        Ok(mut value) => {
            if let Some(location) = value.get_mut("__redirect").map(Value::take) {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = axum::http::StatusCode::FOUND;
                set(&mut response, "location", location.as_str().unwrap_or_default());
                return response;
            }
            (200, ascii::to_bytes(&value), None)
        }
        Err(error) => match &error.raw {
            Some(raw) => (error.status, raw.as_bytes().to_vec(), Some(error)),
            None => (error.status, ascii::to_bytes(&error.envelope()), Some(error)),
        },
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        axum::http::StatusCode::from_u16(status).unwrap_or(axum::http::StatusCode::BAD_REQUEST);
    let raw = error.as_ref().is_some_and(|error| error.raw.is_some());
    set(
        &mut response,
        header::CONTENT_TYPE.as_str(),
        if raw { "text/html" } else { "application/json; charset=UTF-8" },
    );
    set(&mut response, "cache-control", "no-store");
    set(&mut response, "x-fb-rev", "1030000001");
    set(&mut response, "x-fb-trace-id", &crate::crypto::random_string(11));
    let alive = |version: &&str| (21..=26).any(|major| **version == format!("v{major}.0"));
    let version = call.and_then(|call| call.version.as_deref()).filter(alive).unwrap_or("v21.0");
    set(&mut response, "facebook-api-version", version);
    if let Some(word) = error.as_ref().and_then(|error| error.authenticate) {
        let text = format!("OAuth \"Facebook Platform\" \"{word}\" \"See the body\"");
        set(&mut response, header::WWW_AUTHENTICATE.as_str(), &text);
    }
    let (percent, ahead) = {
        let world = shared.world();
        (world.settings.app_usage_percent, world.settings.clock_ahead_seconds)
    };
    if ahead != 0 {
        set(&mut response, "date", &crate::clock::http_date(crate::clock::now_ms() + ahead.saturating_mul(1_000)));
    }
    let usage = json!({"call_count": percent, "total_time": percent, "total_cputime": percent}).to_string();
    match caller {
        Some(Caller::App(_) | Caller::Person(_)) => set(&mut response, "x-app-usage", &usage),
        Some(Caller::Page(_, page_id) | Caller::Instagram(_, page_id)) => {
            set(&mut response, "x-app-usage", &usage);
            let usage = json!({page_id: [{
                "type": if matches!(caller, Some(Caller::Page(..))) { "messenger" } else { "instagram" }, "call_count": percent, "total_cputime": percent, "total_time": percent,
                "estimated_time_to_regain_access": 0,
            }]});
            set(&mut response, "x-business-use-case-usage", &usage.to_string());
        }
        None => {}
    }
    response
}

/// Sets a header, unless its value cannot be one.
pub fn set(response: &mut Response<Body>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        response.headers_mut().insert(name, value);
    }
}

/// Writes a call into the log, its secrets cut short.
pub fn log(
    shared: &Shared,
    call: &Call,
    caller: Option<&Caller>,
    outcome: &Outcome,
    started: Instant,
    fault: Option<&Fault>,
) {
    let mut params = call.params.clone();
    for secret in ["access_token", "client_secret", "appsecret_proof", "fb_exchange_token", "input_token", "code"]
    {
        if let Some(Value::String(text)) = params.get_mut(secret) {
            *text = format!("{}…", text.chars().take(6).collect::<String>());
        }
    }
    let mut world = shared.world();
    let app_id = caller.map(|caller| caller.app_id().to_owned()).or_else(|| call.text("client_id"));
    if let Some(app) = app_id.as_ref().and_then(|id| world.apps.get_mut(id)) {
        app.calls += 1;
    }
    let number = world.next();
    world.log_call(json!({
        "id": number,
        "at_ms": now_ms(),
        "method": call.method,
        "path": call.path(),
        "version": call.version,
        "host": if call.instagram { "instagram" } else { "facebook" },
        "params": params,
        "app_id": app_id,
        "token": caller.map(Caller::kind),
        "proof": call.params.contains_key("appsecret_proof"),
        "status": outcome.as_ref().map_or_else(|error| error.status, |_| 200),
        "error": outcome.as_ref().err().map(|error| json!({
            "code": error.code, "subcode": error.subcode, "message": error.message,
        })),
        "ms": started.elapsed().as_millis() as u64,
        "fault": fault.map(|fault| if fault.id == 0 { json!("chaos") } else { json!(fault.id) }),
    }));
}
