//! The sender's identity for pushes: a key pair of this installation, whose public key push services and browsers
//! know (VAPID, RFC 8292). It is created at the first start and stored like other secrets.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::time::{HOUR, Micros, SECOND};
use serde_json::json;
use store::table::{push_subscription, setting};
use store::{Batch, CommitError, Store};

use crate::secrets::Cipher;

const KEY: &str = "vapid";
const PURPOSE: &str = "vapid key pair";
/// How long a token is valid; push services accept at most a day.
const VALID: i64 = 12 * HOUR;

/// The key pair.
pub struct Vapid {
    pair: EcdsaKeyPair,
    /// The public key in the format of browsers.
    pub public_key: String,
}

impl std::fmt::Debug for Vapid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vapid").field("public_key", &self.public_key).finish_non_exhaustive()
    }
}

impl Vapid {
    /// The key pair of this store. If it can no longer be decrypted, it is replaced, and its subscriptions are
    /// deleted.
    pub async fn load(store: &Store, cipher: &Cipher) -> Result<Self, CommitError> {
        loop {
            let before = setting::get(store, KEY).await?;
            if let Some(found) = before.as_deref().and_then(|sealed| Self::read(&cipher.open(sealed, PURPOSE)?)) {
                return Ok(found);
            }
            let mut batch = Batch::new();
            if before.is_some() {
                tracing::warn!(
                    "the key of push notifications was encrypted with another key: browsers subscribe again"
                );
                push_subscription::delete_all(&mut batch);
            }
            setting::replace(&mut batch, KEY, before.as_deref(), &cipher.seal(&new_pair(), PURPOSE));
            match store.commit(batch).await {
                // Another process was faster: its pair counts.
                Ok(_) | Err(CommitError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn read(text: &str) -> Option<Self> {
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &STANDARD.decode(text).ok()?).ok()?;
        let public_key = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        Some(Self { pair, public_key })
    }

    /// The value of `Authorization` for a push service, given by its origin. `contact` is the address for its
    /// operator.
    pub fn authorization(&self, service: &str, contact: &str, at: Micros) -> String {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "typ": "JWT", "alg": "ES256" }));
        let body = part(json!({ "aud": service, "exp": at.plus(VALID).0 / SECOND, "sub": contact }));
        let signed = format!("{head}.{body}");
        let signature =
            self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("signing in memory does not fail");
        let signature = URL_SAFE_NO_PAD.encode(signature.as_ref());
        format!("vapid t={signed}.{signature}, k={}", self.public_key)
    }
}

fn new_pair() -> String {
    let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    STANDARD.encode(pair.expect("the operating system gives random bytes").as_ref())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_push_service_can_check_who_sends() {
        let vapid = Vapid::read(&new_pair()).unwrap();
        let header = vapid.authorization("https://push.example", "https://desk.example", Micros(5 * SECOND));
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decoded(key));
        key.verify(signed.as_bytes(), &decoded(signature)).unwrap();
        let claims: serde_json::Value =
            serde_json::from_slice(&decoded(signed.split_once('.').unwrap().1)).unwrap();
        assert_eq!(claims["aud"], "https://push.example");
        assert_eq!(claims["exp"], 5 + 12 * 3600);
    }
}
