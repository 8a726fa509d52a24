//! Instagram Login: accounts without a Facebook Page (meta-platform.md §1.10). Its tokens are exchanged and renewed
//! on separate hosts, where they go into the query, as Meta documents it.

use serde::Deserialize;

use super::{Call, Host, Method, Secret};
use crate::meta::lenient::owned;

/// Reads the Instagram account of a Page (§9.1).
pub const INSTAGRAM_BASIC: &str = "instagram_basic";
/// Sends for an account that is connected through its Page.
pub const INSTAGRAM_MESSAGES: &str = "instagram_manage_messages";
/// Reads an account that is connected by Instagram Login.
pub const INSTAGRAM_LOGIN_BASIC: &str = "instagram_business_basic";
/// Sends for an account that is connected by Instagram Login.
pub const INSTAGRAM_LOGIN_MESSAGES: &str = "instagram_business_manage_messages";

/// Exchanges a code for a token of one hour: an [`InstagramToken`]. Needs no token.
pub fn exchange_instagram_code(app_id: &str, app_secret: &str, redirect_uri: &str, code: &str) -> Call {
    // The browser's address ends in `#_`, which is not part of the code.
    let code = code.strip_suffix("#_").unwrap_or(code);
    Call::new(Method::Post, "POST /oauth/access_token (Instagram)", "oauth/access_token")
        .at(Host::InstagramCodes)
        .form(&[
            ("client_id", app_id),
            ("client_secret", app_secret),
            ("grant_type", "authorization_code"),
            ("redirect_uri", redirect_uri),
            ("code", code),
        ])
}

/// The answer to the exchange; newer versions wrap it in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstagramToken {
    /// The token.
    pub access_token: Secret,
    /// The permissions that were granted; empty if Instagram does not report them.
    pub permissions: Vec<String>,
}

impl<'de> Deserialize<'de> for InstagramToken {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Bare {
            #[serde(deserialize_with = "super::secret")]
            access_token: Secret,
            #[serde(deserialize_with = "permissions")]
            permissions: Vec<String>,
        }
        #[derive(Deserialize)]
        struct Answer {
            #[serde(flatten)]
            bare: Bare,
            #[serde(default, deserialize_with = "owned::objects")]
            data: Vec<Bare>,
        }
        let answer = Answer::deserialize(from)?;
        let bare = answer.data.into_iter().next().unwrap_or(answer.bare);
        Ok(Self { access_token: bare.access_token, permissions: bare.permissions })
    }
}

/// A list, or a comma-separated text.
fn permissions<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let words = match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => text.split(',').map(|word| word.trim().to_owned()).collect(),
        serde_json::Value::Array(words) => {
            words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    Ok(words.into_iter().filter(|word: &String| !word.is_empty()).collect())
}

/// Exchanges a token of one hour for one of 60 days: a [`super::AccessToken`].
pub fn exchange_instagram_long_lived(app_secret: &str, short: &str) -> Call {
    Call::get("GET /access_token (Instagram)", "access_token")
        .at(Host::InstagramTokens)
        .with("grant_type", "ig_exchange_token")
        .with("client_secret", app_secret)
        .with("access_token", short)
}

/// Renews a token for 60 days: a [`super::AccessToken`]. It must be at least a day old and still valid.
pub fn refresh_instagram_token(token: &str) -> Call {
    Call::get("GET /refresh_access_token", "refresh_access_token")
        .at(Host::InstagramTokens)
        .with("grant_type", "ig_refresh_token")
        .with("access_token", token)
}

/// Requests the account of a token: an [`InstagramMe`].
pub fn instagram_me() -> Call {
    Call::get("GET /me (Instagram)", "me")
        .at(Host::Instagram)
        .with("fields", "id,user_id,username,name,profile_picture_url")
        .evidence(INSTAGRAM_LOGIN_BASIC)
}

/// The account of a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct InstagramMe {
    /// Its app-scoped id, which a deauthorize request may contain (§2.7, §8.1).
    #[serde(deserialize_with = "owned::string")]
    pub id: String,
    /// The account's id in events and requests.
    #[serde(deserialize_with = "owned::string")]
    pub user_id: String,
    /// Its user name.
    #[serde(deserialize_with = "owned::text")]
    pub username: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "owned::text")]
    pub name: Option<String>,
    /// Its picture.
    #[serde(deserialize_with = "owned::text")]
    pub profile_picture_url: Option<String>,
}

/// An Instagram account as a field of its Page (§1.7).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct InstagramAccount {
    /// Its id in events.
    #[serde(deserialize_with = "owned::string")]
    pub id: String,
    /// Its user name; a private account has none to read.
    #[serde(deserialize_with = "owned::text")]
    pub username: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "owned::text")]
    pub name: Option<String>,
    /// Its picture.
    #[serde(deserialize_with = "owned::text")]
    pub profile_picture_url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::graph::{Body, read};

    #[test]
    fn a_code_loses_what_the_browser_appended() {
        let call = exchange_instagram_code("900", "s", "https://desk/chat/x", "AQ-b#_");
        assert_eq!((call.host, call.path.as_str()), (Host::InstagramCodes, "oauth/access_token"));
        let Body::Form(fields) = call.body else { panic!("a form") };
        assert!(fields.contains(&("code".into(), "AQ-b".into())), "{fields:?}");
    }

    #[test]
    fn the_token_comes_bare_or_wrapped() {
        let token = |body: &str| read::<InstagramToken>(200, body.as_bytes()).unwrap();
        let bare = token(r#"{"access_token":"IG1","user_id":17841400000000001,"permissions":["a","b"]}"#);
        assert_eq!((&*bare.access_token, bare.permissions.len()), ("IG1", 2));
        let wrapped = token(r#"{"data":[{"access_token":"IG2","user_id":"1","permissions":"a,b"}]}"#);
        assert_eq!((&*wrapped.access_token, wrapped.permissions), ("IG2", vec!["a".to_owned(), "b".to_owned()]));
        assert!(read::<InstagramToken>(400, br#"{"error_type":"OAuthException","code":400}"#).is_err());
    }
}
