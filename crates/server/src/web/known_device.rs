//! A cookie that marks a browser in which a user has signed in before. Sign-ins from it are counted separately, so
//! that strangers who guess passwords behind the same address do not lock its users out. It proves nothing else and
//! opens no session.

use axum::http::HeaderMap;
use cookie::{Cookie, SameSite};
use domain::time::{DAY, SECOND};
use engine::secrets;

use crate::app::App;
use crate::web::auth::{self, cookie_name};
use crate::web::client::Client;

/// The purpose for which the cookie is encrypted.
const PURPOSE: &str = "known device";
/// How long a browser is remembered after the last sign-in.
const KNOWN: i64 = 180 * DAY;
/// The maximum number of users who may share a browser; the last ones count.
const MOST: usize = 8;

/// A browser, and the accounts that were signed in to in it, as hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Device {
    id: String,
    accounts: Vec<String>,
}

impl Device {
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ').map(str::to_owned);
        Some(Self { id: words.next()?, accounts: words.collect() })
    }

    fn write(&self) -> String {
        format!("{} {}", self.id, self.accounts.join(" "))
    }

    fn knows(&self, account: &str) -> bool {
        self.accounts.contains(&fingerprint(account))
    }

    /// The same browser after a sign-in to this account.
    fn after(mut self, account: &str) -> Self {
        let account = fingerprint(account);
        self.accounts.retain(|known| *known != account);
        self.accounts.push(account);
        self.accounts.drain(..self.accounts.len().saturating_sub(MOST));
        self
    }
}

/// Enough of a hash to distinguish accounts, so that the cookie stays short.
fn fingerprint(account: &str) -> String {
    secrets::hash(account).chars().take(16).collect()
}

/// The id of a browser that has signed in to this account before.
pub fn find(app: &App, headers: &HeaderMap, account: &str) -> Option<String> {
    device(app, headers).filter(|device| device.knows(account)).map(|device| device.id)
}

/// The cookie that marks a browser after a sign-in.
pub fn cookie(app: &App, headers: &HeaderMap, client: Client, account: &str) -> String {
    let new = || Device { id: secrets::letters(16), accounts: Vec::new() };
    let device = device(app, headers).unwrap_or_else(new).after(account);
    Cookie::build((name(app), app.cipher.seal(&device.write(), PURPOSE)))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::seconds(KNOWN / SECOND))
        .secure(app.config.is_https() || client.https == Some(true))
        .to_string()
}

fn device(app: &App, headers: &HeaderMap) -> Option<Device> {
    let sealed = auth::cookie(headers, &name(app))?;
    Device::read(&app.cipher.open(&sealed, PURPOSE)?)
}

fn name(app: &App) -> String {
    cookie_name(app, "-device")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_knows_the_last_people_who_signed_in() {
        let mut device = Device { id: "a".into(), accounts: Vec::new() };
        for account in ["ann", "bob", "ann"] {
            device = device.after(account);
        }
        assert_eq!(device.accounts.len(), 2);
        assert!(device.knows("ann") && device.knows("bob") && !device.knows("cora"));
        assert_eq!(Device::read(&device.write()), Some(device.clone()));
        for n in 0..MOST {
            device = device.after(&format!("user {n}"));
        }
        assert!(!device.knows("ann") && device.accounts.len() == MOST);
    }
}
