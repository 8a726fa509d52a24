//! The Graph API as data: requests and their answers.
//!
//! Nothing here contains a host, a version or a token: the code that makes the [`Call`] puts its host and
//! `/{version}/` before its path, the token into `Authorization: Bearer`, and `appsecret_proof` into the query. The
//! docs of each builder state which token it needs.

mod app;
mod conversations;
mod instagram;
mod login;
mod page;
mod whatsapp;

use std::fmt;

use domain::channel::Login;
use domain::id::MediumId;
pub use domain::secret::Secret;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use self::app::*;
pub use self::conversations::*;
pub use self::instagram::*;
pub use self::login::*;
use self::page::paged;
pub use self::page::*;
pub use self::whatsapp::*;
use super::error::GraphError;
use super::lenient::{Maybe, owned};

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Write.
    Post,
    /// Remove.
    Delete,
}

/// Where a request goes (meta-platform.md §1.10). The addresses are settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Host {
    /// `graph.facebook.com`, under a version.
    #[default]
    Facebook,
    /// `graph.instagram.com`, under a version.
    Instagram,
    /// `graph.instagram.com` without a version: tokens of Instagram Login.
    InstagramTokens,
    /// `api.instagram.com` without a version: codes of Instagram Login.
    InstagramCodes,
}

impl From<Login> for Host {
    fn from(login: Login) -> Self {
        match login {
            Login::Facebook => Host::Facebook,
            Login::Instagram => Host::Instagram,
        }
    }
}

/// One request to the Graph API. Its `Debug` form hides secrets and message texts.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Where it goes. A call on behalf of an account goes to the host of the account's own login, regardless of this.
    pub host: Host,
    /// The path, without host and version and without a slash before it.
    pub path: String,
    /// The query, not yet encoded.
    pub query: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// The permissions and features that a successful answer is evidence for (App Review asks for one call within 30
    /// days, meta-platform.md §9.3).
    pub permissions: Vec<&'static str>,
    /// The endpoint by name, for evidence, logs and metrics.
    pub endpoint: &'static str,
}

/// The body of a request.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// None.
    None,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// `application/json`.
    Json(String),
    /// `multipart/form-data`; the file's bytes, name and type are added by the caller.
    Multipart {
        /// The fields before the file.
        fields: Vec<(String, String)>,
        /// The name of the file's field.
        file_field: &'static str,
        /// Which file.
        medium: MediumId,
    },
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let names: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        let mut out = f.debug_struct("Call");
        out.field("endpoint", &self.endpoint).field("path", &self.path).field("query", &names);
        out.field("body", &self.body).finish()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Body::None => f.write_str("None"),
            Body::Form(fields) => write!(f, "Form of {} fields", fields.len()),
            Body::Json(text) => write!(f, "Json of {} bytes", text.len()),
            Body::Multipart { medium, .. } => write!(f, "Multipart with medium {medium}"),
        }
    }
}

impl Call {
    /// A request with this method.
    pub fn new(method: Method, endpoint: &'static str, path: impl Into<String>) -> Self {
        let (query, body, permissions) = (Vec::new(), Body::None, Vec::new());
        Self { method, host: Host::Facebook, path: path.into(), query, body, permissions, endpoint }
    }

    /// A request that reads.
    pub fn get(endpoint: &'static str, path: impl Into<String>) -> Self {
        Self::new(Method::Get, endpoint, path)
    }

    /// A request that writes.
    pub fn post(endpoint: &'static str, path: impl Into<String>) -> Self {
        Self::new(Method::Post, endpoint, path)
    }

    /// Adds this to its query.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets these fields as its body.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.body = Body::Form(fields.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect());
        self
    }

    /// Sets this body as JSON.
    #[must_use]
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = Body::Json(body.to_string());
        self
    }

    /// Sets a body of any form.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Marks a successful answer as evidence for this permission or feature.
    #[must_use]
    pub fn evidence(mut self, permission: &'static str) -> Self {
        self.permissions.push(permission);
        self
    }

    /// Makes the call for an account that this login connected: to its host, and as evidence for its permissions.
    #[must_use]
    pub fn through(mut self, login: Login) -> Self {
        self.host = Host::from(login);
        if login == Login::Instagram {
            self.permissions.retain(|permission| !permission.starts_with("pages_"));
            for permission in &mut self.permissions {
                if *permission == INSTAGRAM_MESSAGES {
                    *permission = INSTAGRAM_LOGIN_MESSAGES;
                }
            }
        }
        self
    }

    /// Sends it to this host.
    #[must_use]
    pub fn at(mut self, host: Host) -> Self {
        self.host = host;
        self
    }
}

/// A token as Meta returns it, in any form.
fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    owned::string(from).map(Secret)
}

/// The token of the app itself (meta-platform.md §1.5).
pub fn app_token(app_id: &str, app_secret: &str) -> Secret {
    Secret(format!("{app_id}|{app_secret}"))
}

/// Reads an answer. An `error` object is an error with any status; so is anything that is not a JSON object. A 2xx
/// that can't be read is [`super::error::Class::Uncertain`].
pub fn read<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, GraphError> {
    if let Some(error) = GraphError::within(status, body) {
        return Err(error);
    }
    let unreadable = || GraphError { status, ..GraphError::default() };
    if !(200..300).contains(&status) {
        return Err(unreadable());
    }
    let answer: Maybe<T> = serde_json::from_slice(body).map_err(|_| unreadable())?;
    answer.0.ok_or_else(unreadable)
}

/// Whether an answer is evidence that the call's permissions are held and used. An error is not, with any status; and
/// without Business Asset User Profile Access, a profile is empty with status 200 (§4.1).
pub fn is_evidence(call: &Call, status: u16, body: &[u8]) -> bool {
    if call.permissions.contains(&PROFILE_ACCESS) {
        return read::<Profile>(status, body).is_ok_and(|profile| !profile.is_empty());
    }
    read::<Sent>(status, body).is_ok()
}

/// `{"success":true}`; older samples write `"true"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct Done {
    /// Whether it was done.
    #[serde(deserialize_with = "owned::flag")]
    pub success: bool,
}

/// The answer to [`super::send::encode`]'s calls (meta-platform.md §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct Sent {
    /// The message's id; None for a sender action.
    #[serde(deserialize_with = "owned::text")]
    pub message_id: Option<String>,
    /// The customer.
    #[serde(deserialize_with = "owned::text")]
    pub recipient_id: Option<String>,
}

/// The answer to [`super::send::upload`]'s call (§3.3).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct Uploaded {
    /// Meta's id of the file.
    #[serde(deserialize_with = "owned::text")]
    pub attachment_id: Option<String>,
}

/// Cursors of a list. `next` contains the token: it is never followed and never stored (§1.7).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Paging {
    #[serde(deserialize_with = "owned::object")]
    cursors: Option<Cursors>,
    #[serde(deserialize_with = "owned::text")]
    next: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Cursors {
    #[serde(deserialize_with = "owned::text")]
    after: Option<String>,
}

impl Paging {
    /// The cursor of the next part of the list; None at its end.
    fn after(self) -> Option<String> {
        self.next?;
        self.cursors?.after
    }
}

/// A list in an answer, one part of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "WireList<T>", bound(deserialize = "T: Deserialize<'de>"))]
pub struct Listed<T> {
    /// The elements.
    pub items: Vec<T>,
    /// The cursor that asks for the next part; None at the end.
    pub after: Option<String>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct WireList<T> {
    #[serde(default = "Vec::new", deserialize_with = "owned::objects")]
    data: Vec<T>,
    #[serde(default, deserialize_with = "owned::object")]
    paging: Option<Paging>,
}

impl<T> From<WireList<T>> for Listed<T> {
    fn from(wire: WireList<T>) -> Self {
        Self { items: wire.data, after: wire.paging.and_then(Paging::after) }
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
