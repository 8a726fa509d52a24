//! What must not be readable with the database alone: App Secrets and tokens are encrypted with a key that is not in
//! it; passwords and session tokens are stored as hashes.

use std::path::Path;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::config::Config;

const NONCE: usize = 24;

/// The key could not be loaded; the sentence explains what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadKey(String);

/// Encrypts and decrypts with the installation's key.
#[derive(Clone)]
pub struct Cipher(XChaCha20Poly1305);

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher")
    }
}

impl Cipher {
    /// The key from the settings; for a SQLite store, one is created in the data folder if there is none.
    pub fn load(config: &Config) -> Result<Self, BadKey> {
        if let Some(text) = &config.secret_key {
            return Self::from_base64(text, "DESKBELL_SECRET_KEY");
        }
        if let Some(path) = &config.secret_key_file {
            let text = std::fs::read_to_string(path)
                .map_err(|error| BadKey(format!("The key file {} cannot be read: {error}", path.display())))?;
            return Self::from_base64(&text, "the file that DESKBELL_SECRET_KEY_FILE names");
        }
        if !config.database_url.starts_with("sqlite:") {
            return Err(BadKey(
                "With PostgreSQL a key must be given, so that every node has the same: set DESKBELL_SECRET_KEY or \
                 DESKBELL_SECRET_KEY_FILE to the base64 of 32 random bytes (openssl rand -base64 32)."
                    .into(),
            ));
        }
        let path = config.data_dir.join("secret.key");
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::from_base64(&text, &path.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let text = STANDARD.encode(random::<32>());
                write_private(&path, &text).map_err(|error| {
                    BadKey(format!("The key file {} cannot be written: {error}", path.display()))
                })?;
                Self::from_base64(&text, &path.display().to_string())
            }
            Err(error) => Err(BadKey(format!("The key file {} cannot be read: {error}", path.display()))),
        }
    }

    fn from_base64(text: &str, whence: &str) -> Result<Self, BadKey> {
        let bytes = STANDARD.decode(text.trim()).unwrap_or_default();
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes);
        cipher.map(Self).map_err(|_| {
            BadKey(format!(
                "The key in {whence} is not the base64 of 32 bytes: make one with openssl rand -base64 32."
            ))
        })
    }

    /// Encrypts `plain`. The result is bound to `purpose`: what was encrypted for one gateway cannot be used for
    /// another.
    pub fn seal(&self, plain: &str, purpose: &str) -> String {
        let nonce = random::<NONCE>();
        let payload = Payload { msg: plain.as_bytes(), aad: purpose.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).expect("encrypting in memory does not fail");
        STANDARD.encode([&nonce[..], &sealed].concat())
    }

    /// Decrypts a result of [`Cipher::seal`] for the same purpose; None if the key differs.
    pub fn open(&self, sealed: &str, purpose: &str) -> Option<String> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, body) = bytes.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let plain = self.0.decrypt(&XNonce::from(nonce), Payload { msg: body, aad: purpose.as_bytes() }).ok()?;
        String::from_utf8(plain).ok()
    }
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A fresh unguessable token: 32 random bytes, URL-safe.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// `length` random lower-case letters and digits.
pub fn letters(length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz2345678";
    (0..length).map(|_| char::from(ALPHABET[usize::from(random::<1>()[0] & 31)])).collect()
}

/// The stored form of a token: its SHA-256, in hex. Tokens are random, so no salt is needed.
pub fn hash(token: &str) -> String {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_key_and_purpose() {
        let cipher = Cipher::from_base64(&STANDARD.encode([7; 32]), "test").unwrap();
        let sealed = cipher.seal("s3cret", "gateway 1");
        assert!(!sealed.contains("s3cret"));
        assert_eq!(cipher.open(&sealed, "gateway 1").as_deref(), Some("s3cret"));
        assert_eq!(cipher.open(&sealed, "gateway 2"), None);
        let other = Cipher::from_base64(&STANDARD.encode([8; 32]), "test").unwrap();
        assert_eq!(other.open(&sealed, "gateway 1"), None);
        assert!(Cipher::from_base64("short", "test").is_err());
    }
}
