//! Text that must not be shown: passwords, tokens, keys.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

/// A secret in memory. It prints as dots, and its bytes are overwritten when it is dropped. It is serialised as plain
/// text only where a response shows a secret once, to the user who created it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::ops::Deref for Secret {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::from("correct horse");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "•••• Some(••••)");
        let read: Secret = serde_json::from_str("\"correct horse\"").unwrap();
        assert_eq!(read, secret);
    }
}
