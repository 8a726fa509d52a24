//! Which thread something belongs to. Events of one thread are applied in order, different threads in parallel.

use std::fmt;

/// One customer of one account. Its text is the `key` of an inbox row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadKey {
    /// The channel's id of the account: for Messenger the Page.
    pub account: String,
    /// The account's id for the customer: for Messenger the PSID.
    pub user: String,
}

impl ThreadKey {
    /// The thread of `user` at `account`.
    pub fn new(account: impl Into<String>, user: impl Into<String>) -> Self {
        Self { account: account.into(), user: user.into() }
    }
}

impl fmt::Display for ThreadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.account, self.user)
    }
}

impl From<&str> for ThreadKey {
    /// Reads the text back. An account's id holds no space.
    fn from(text: &str) -> Self {
        let (account, user) = text.split_once(' ').unwrap_or((text, ""));
        Self::new(account, user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_account_and_user_and_can_be_read_back() {
        for (key, text) in [(ThreadKey::new("200", "7001"), "200 7001"), (ThreadKey::new("200", ""), "200 ")] {
            assert_eq!(key.to_string(), text);
            assert_eq!(ThreadKey::from(text), key);
        }
    }
}
