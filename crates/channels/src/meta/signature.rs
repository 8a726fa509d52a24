//! Whether a request really comes from Meta, and proof that a call is ours: everything computed with the App Secret.
//! All comparisons are constant-time.

use std::fmt::Write;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::lenient::{Number, Text};

/// Why a webhook's signature is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No header at all.
    #[error("the header X-Hub-Signature-256 is missing: this request does not come from Meta")]
    Missing,
    /// Not `sha256=` and 64 hexadecimal digits.
    #[error("the header X-Hub-Signature-256 is not of the form sha256=<64 hexadecimal digits>")]
    Malformed,
    /// Well-formed, but made with another secret or over another body.
    #[error("the signature does not match: check that the App Secret here is the one of this Meta app")]
    Wrong,
}

/// Checks `X-Hub-Signature-256` over the raw body (meta-platform.md §2.2). Only if that fails and the body contains
/// unescaped characters, the escaped form is tried, which Meta's reference mentions.
pub fn verify(secret: &str, body: &[u8], header: Option<&str>) -> Result<(), SignatureError> {
    let header = header.ok_or(SignatureError::Missing)?.trim();
    let (name, hex) = header.split_once('=').ok_or(SignatureError::Malformed)?;
    if !name.eq_ignore_ascii_case("sha256") {
        return Err(SignatureError::Malformed);
    }
    let tag = from_hex(hex).ok_or(SignatureError::Malformed)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    if hmac::verify(&key, body, &tag).is_ok() {
        return Ok(());
    }
    let escaped = if body.is_ascii() { None } else { escaped(body) };
    match escaped.map(|escaped| hmac::verify(&key, escaped.as_bytes(), &tag)) {
        Some(Ok(())) => Ok(()),
        _ => Err(SignatureError::Wrong),
    }
}

/// The body with every character beyond ASCII written as `\uXXXX`, lower case.
fn escaped(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let mut units = [0; 2];
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut units) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    Some(out)
}

fn from_hex(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(bytes)
}

/// The `appsecret_proof` for a token (meta-platform.md §1.8): always send it.
pub fn appsecret_proof(secret: &str, token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, token.as_bytes());
    tag.as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The content of a deauthorize or data deletion request (meta-platform.md §8.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The person (app-scoped id) who removed the app or asks for deletion.
    pub user_id: Option<String>,
    /// The Page that was detached.
    pub profile_id: Option<String>,
    /// When it was created, in seconds since 1970; 0 if it does not say.
    pub issued_at: i64,
}

/// Why a signed request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignedRequestError {
    /// Not two parts of base64url with a dot between.
    #[error("signed_request is not of the form <signature>.<payload>")]
    Malformed,
    /// Signed with another secret.
    #[error(
        "the signature of signed_request does not match: check that the App Secret here is the one of this Meta app"
    )]
    Wrong,
    /// Correctly signed, but not the expected JSON object.
    #[error("the payload of signed_request can't be read")]
    Unreadable,
    /// Correctly signed, but it claims another algorithm.
    #[error("signed_request names another algorithm than HMAC-SHA256")]
    Algorithm,
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Payload<'a> {
    #[serde(borrow)]
    algorithm: Text<'a>,
    #[serde(borrow)]
    user_id: Text<'a>,
    #[serde(borrow)]
    profile_id: Text<'a>,
    issued_at: Number,
}

/// Checks and reads the form field `signed_request` (meta-platform.md §8.1). Nothing in it may be trusted before the
/// signature over the *encoded* payload has been verified.
pub fn signed_request(secret: &str, field: &str) -> Result<SignedRequest, SignedRequestError> {
    let (signature, payload) = field.trim().split_once('.').ok_or(SignedRequestError::Malformed)?;
    let tag = BASE64.decode(signature).map_err(|_| SignedRequestError::Malformed)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, payload.as_bytes(), &tag).map_err(|_| SignedRequestError::Wrong)?;
    let json = BASE64.decode(payload).map_err(|_| SignedRequestError::Unreadable)?;
    let payload: Payload = serde_json::from_slice(&json).map_err(|_| SignedRequestError::Unreadable)?;
    let algorithm = payload.algorithm.get().unwrap_or_default();
    if !algorithm.eq_ignore_ascii_case("HMAC-SHA256") {
        return Err(SignedRequestError::Algorithm);
    }
    Ok(SignedRequest {
        user_id: payload.user_id.own(),
        profile_id: payload.profile_id.own(),
        issued_at: payload.issued_at.0.unwrap_or_default(),
    })
}

/// How to answer a GET on the webhook address (meta-platform.md §2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Answer 200 `text/plain` with this text and nothing else.
    Challenge(String),
    /// Answer 403: the verify token is wrong, or the challenge is missing or longer than
    /// [`CHALLENGE_MAX`].
    Refused,
    /// Not a verification: there is no `hub.mode`.
    NotOne,
}

/// The longest challenge that is answered, in characters.
pub const CHALLENGE_MAX: usize = 512;

/// Reads the query of a GET on the webhook address.
pub fn verification<K: AsRef<str>, V: AsRef<str>>(query: &[(K, V)], verify_token: &str) -> Verification {
    let value = |name: &str| {
        let found = query.iter().find(|(key, _)| key.as_ref() == name);
        found.map(|(_, value)| value.as_ref())
    };
    let Some(mode) = value("hub.mode") else {
        return Verification::NotOne;
    };
    let token = value("hub.verify_token").unwrap_or_default();
    let right = bool::from(token.as_bytes().ct_eq(verify_token.as_bytes()));
    match value("hub.challenge") {
        Some(challenge)
            if mode == "subscribe"
                && right
                && !verify_token.is_empty()
                && challenge.chars().count() <= CHALLENGE_MAX =>
        {
            Verification::Challenge(challenge.to_owned())
        }
        _ => Verification::Refused,
    }
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
