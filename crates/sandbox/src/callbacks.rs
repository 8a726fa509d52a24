//! Calls from "Meta" to an app that are not events: verification, deauthorize, data deletion (§2.1, §8).

use crate::clock::now_s;
use crate::crypto::{random_string, signed_request};
use crate::shared::Shared;
use reqwest::Url;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Returns why the sandbox does not call this address, if it does not: only loopback, unless a setting allows others.
pub fn check_target(url: &str, allow_external: bool) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|error| format!("{url:?} is not an absolute URL: {error}."))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("{url} is neither http nor https."));
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if loopback || allow_external {
        Ok(url)
    } else {
        Err(format!("The sandbox calls loopback addresses only; {host} is elsewhere (setting allow_external)."))
    }
}

/// A transport error in curl's terms, as Meta reports it.
pub fn describe(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "curl_errno = 28; curl_error = Operation timed out; HTTP Status Code = 0".to_owned()
    } else if error.is_connect() {
        "curl_errno = 7; curl_error = Failed to connect; HTTP Status Code = 0".to_owned()
    } else {
        "curl_errno = 52; curl_error = Empty or broken reply; HTTP Status Code = 0".to_owned()
    }
}

/// The verification GET (§2.1): `Ok` if the callback answered 200 with exactly the challenge.
pub async fn verify(shared: &Shared, callback_url: &str, verify_token: &str) -> Result<(), String> {
    let external = shared.world().settings.allow_external;
    let mut url = check_target(callback_url, external)?;
    let number = random_string(10).bytes().fold(0_u64, |sum, byte| sum * 7 + u64::from(byte)) % 2_000_000_000;
    let challenge = (1_000_000_000 + number).to_string();
    url.query_pairs_mut()
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", &challenge)
        .append_pair("hub.verify_token", verify_token);
    let started = Instant::now();
    let request =
        shared.http.get(url).header("user-agent", "facebookplatform/1.0 (+http://developers.facebook.com)");
    let outcome = match request.timeout(Duration::from_secs(5)).send().await {
        Err(error) => Err(describe(&error)),
        Ok(answer) if answer.status() != 200 => {
            let status = answer.status();
            let reason = status.canonical_reason().unwrap_or("Unknown");
            Err(format!("HTTP Status Code = {}; HTTP Message = {reason}", status.as_u16()))
        }
        Ok(answer) => match answer.text().await {
            Ok(text) if text == challenge => Ok(()),
            Ok(text) => {
                let text: String = text.chars().take(100).collect();
                Err(format!(
                    "The response does not match the challenge, expected value=\"{challenge}\", received=\"{text}\""
                ))
            }
            Err(error) => Err(describe(&error)),
        },
    };
    shared.world().log_delivery(json!({
        "kind": "verification", "url": callback_url, "ms": started.elapsed().as_millis() as u64,
        "status": if outcome.is_ok() { json!(200) } else { Value::Null }, "error": outcome.as_ref().err(),
    }));
    outcome
}

/// What became of a signed callback.
pub struct Answer {
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    pub body: String,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// Posts a `signed_request` to an app's callback (§8.1) and logs the outcome.
pub async fn post_signed_request(
    shared: &Shared,
    kind: &str,
    url: &str,
    secret: &str,
    mut payload: Value,
) -> Answer {
    payload["algorithm"] = json!("HMAC-SHA256");
    payload["issued_at"] = json!(now_s());
    let external = shared.world().settings.allow_external;
    let started = Instant::now();
    let mut answer = Answer { status: None, body: String::new(), error: None };
    match check_target(url, external) {
        Err(error) => answer.error = Some(error),
        Ok(target) => {
            let form = [("signed_request", signed_request(secret, &payload))];
            match shared.http.post(target).form(&form).timeout(Duration::from_secs(10)).send().await {
                Err(error) => answer.error = Some(describe(&error)),
                Ok(response) => {
                    answer.status = Some(response.status().as_u16());
                    answer.body = response.text().await.unwrap_or_default().chars().take(10_000).collect();
                }
            }
        }
    }
    shared.world().log_delivery(json!({
        "kind": kind, "url": url, "ms": started.elapsed().as_millis() as u64,
        "status": answer.status, "error": answer.error, "body": payload,
    }));
    answer
}

/// Fires the deauthorize callback of an app in the background, if it has one (§8.1).
pub fn deauthorize(shared: &Shared, app_id: &str, payload: Value) {
    let target = shared
        .world()
        .apps
        .get(app_id)
        .and_then(|app| Some((app.settings.deauthorize_callback_url.clone()?, app.settings.secret.clone())));
    if let Some((url, secret)) = target {
        let shared = shared.clone();
        tokio::spawn(async move {
            post_signed_request(&shared, "deauthorize", &url, &secret, payload).await;
        });
    }
}

/// Posts JSON without any signature: what a stranger would send.
pub async fn post_unsigned(shared: &Shared, url: &str, body: Vec<u8>) -> Result<u16, String> {
    let external = shared.world().settings.allow_external;
    let target = check_target(url, external)?;
    let request =
        shared.http.post(target).header("content-type", "application/json").timeout(Duration::from_secs(5));
    let answer = request.body(body).send().await.map_err(|error| describe(&error))?;
    Ok(answer.status().as_u16())
}
