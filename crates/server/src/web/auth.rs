//! Authentication and authorisation: the one place where access to every route is decided.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use cookie::{Cookie, SameSite};
use domain::conversation::Conversation;
use domain::id::ContactId;
use domain::role::{Permission, Role};
use domain::time::MINUTE;
use domain::turn::Actor;
use domain::visibility::{Viewer, Visibility};
use reqwest::Url;
use store::table::conversation;
use store::table::user::User;
use store::table::{session, token};

use crate::app::App;
use crate::web::client::{self, Client};
use crate::web::finish::is_change;
use crate::web::problem::{Answer, Problem};
use engine::secrets;
use engine::sessions::{self, IDLE, LONGEST};
use engine::users::By;

/// How a user authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// By cookie; the hash of the session.
    Session(String),
    /// By API token; its id.
    Token(i64),
}

impl std::fmt::Display for Via {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Session(hash) => f.write_str(hash),
            Self::Token(id) => write!(f, "{id}"),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Principal {
    pub user: User,
    /// How they authenticated.
    pub via: Via,
}

impl Principal {
    /// The user for the domain's visibility rules.
    pub fn viewer(&self, app: &App) -> Viewer {
        let User { id, role, agent, .. } = self.user;
        let roster = app.roster();
        // An agent who was created just now is not in the roster yet.
        let with = roster.get(id).map(|agent| agent.qualifications.clone()).unwrap_or_default();
        let queues = if agent { app.directory().served_by(id, role, &with) } else { Vec::new() };
        Viewer { user: id, role, queues }
    }

    /// The user in the domain's terms.
    pub fn actor(&self) -> Actor<'_> {
        Actor { user: self.user.id, name: &self.user.name, supervises: self.user.role.may(Permission::Supervise) }
    }

    /// The user in the form that use cases record.
    pub fn by(&self) -> By<'_> {
        let (session, token) = match &self.via {
            Via::Session(hash) => (Some(hash.as_str()), None),
            Via::Token(id) => (None, Some(*id)),
        };
        By { user: self.user.id, session, token }
    }

    /// 403 unless their role has this permission.
    pub fn must(&self, permission: Permission) -> Answer<()> {
        if self.user.role.may(permission) {
            return Ok(());
        }
        Err(Problem::not_for(permission))
    }

    /// The contacts whose whole history they may see, because they hold a conversation with them.
    pub async fn held_contacts(&self, app: &App) -> Result<Vec<ContactId>, store::Error> {
        if Visibility::of(self.user.role) != Visibility::Agent {
            return Ok(Vec::new());
        }
        conversation::held_contacts(&app.store, self.user.id).await
    }

    /// Whether they may see a conversation.
    pub async fn sees(&self, app: &App, it: &Conversation) -> Result<bool, store::Error> {
        let viewer = self.viewer(app);
        if viewer.sees(it, false) {
            return Ok(true);
        }
        let held = self.held_contacts(app).await?;
        Ok(viewer.sees(it, held.contains(&it.contact)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Principal>().cloned().ok_or_else(Problem::sign_in)
    }
}

/// The guard of every route of the API: authenticates the user, checks that the request comes from our own page, and
/// checks the permission.
pub async fn guard(
    State((app, act)): State<(App, Permission)>,
    mut request: Request,
    next: Next,
) -> Answer<Response> {
    let who = identify(&app, request.headers()).await?;
    if matches!(who.via, Via::Session(_)) && is_change(request.method()) {
        own_origin(&app, request.headers(), client::find(request.extensions()))?;
    }
    who.must(act)?;
    request.extensions_mut().insert(who);
    Ok(next.run(request).await)
}

/// Further guard of what everyone has for themselves who works here, whatever their role: guests do not.
pub async fn own(who: Principal, request: Request, next: Next) -> Answer<Response> {
    if who.user.role == Role::Guest {
        return Err(Problem::not_for(Permission::Answer));
    }
    Ok(next.run(request).await)
}

/// Further guard of comments.
pub async fn comments(State(app): State<App>, who: Principal, request: Request, next: Next) -> Answer<Response> {
    if !who.viewer(&app).sees_comments() {
        return Err(Problem::not_for(Permission::Answer));
    }
    Ok(next.run(request).await)
}

/// The token of `Authorization: Bearer`. Other schemes are ignored, such as those of a proxy with its own password.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Identifies the user by `Authorization: Bearer` or by cookie.
pub async fn identify(app: &App, headers: &HeaderMap) -> Answer<Principal> {
    let at = app.clock.now();
    if let Some(token) = bearer(headers) {
        let bearer = token::by_hash(&app.store, &secrets::hash(token)).await?;
        let bearer = bearer.ok_or_else(Problem::sign_in)?;
        let id = bearer.token;
        if bearer.used_at.is_none_or(|used| at.since(used) > MINUTE) {
            sessions::touch_token(app, id);
        }
        return active(app, bearer.user).map(|user| Principal { user, via: Via::Token(id) });
    }
    let token = cookie(headers, &cookie_name(app, "")).ok_or_else(Problem::sign_in)?;
    let hash = secrets::hash(&token);
    let session = session::by_hash(&app.store, &hash).await?.ok_or_else(Problem::sign_in)?;
    if at.since(session.seen_at) > IDLE || at.since(session.created_at) > LONGEST {
        return Err(Problem::sign_in());
    }
    if at.since(session.seen_at) > 5 * MINUTE {
        sessions::touch(app, &hash);
    }
    active(app, session.user).map(|user| Principal { user, via: Via::Session(hash) })
}

fn active(app: &App, user: User) -> Answer<User> {
    if may_enter(app, &user) { Ok(user) } else { Err(Problem::sign_in()) }
}

/// Whether a user may be signed in: an account expires to the second.
pub fn may_enter(app: &App, user: &User) -> bool {
    user.may_enter(app.clock.now())
}

/// The name of a cookie: bound to the host on https, and separate for each base path of an installation.
///
/// Cookies have the path `/` although the public URL may have one of its own: browsers accept the prefix `__Host-` with no other.
/// The prefix is worth more than a path. It keeps pages of sibling domains, and http pages of this host, from planting a session,
/// while a path is no boundary: pages of one host can read each other whatever the paths of their cookies. What another
/// program on the host must not mix up, the name keeps apart.
pub fn cookie_name(app: &App, what: &str) -> String {
    let host = if app.config.is_https() { "__Host-" } else { "" };
    let path = app.urls.base().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    format!("{host}deskbell{path}{what}")
}

/// A cookie of a request.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = sent.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// With a cookie, requests that change something must come from our own pages.
pub fn own_origin(app: &App, headers: &HeaderMap, client: Option<Client>) -> Answer<()> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let Some(origin) = text(header::ORIGIN) else {
        if text(header::HeaderName::from_static("sec-fetch-site")) == Some("same-origin") {
            return Ok(());
        }
        return Err(Problem::forbidden(format!(
            "This request does not say which page it comes from: send an Origin header of {} (or of the host {host}), or use an API token.",
            app.config.public_url
        )));
    };
    if is_own(&app.config.public_url, host, client.and_then(|client| client.https), origin) {
        return Ok(());
    }
    Err(Problem::forbidden(format!(
        "This request comes from {origin}, but this installation is {}: open it there, or set DESKBELL_PUBLIC_URL.",
        app.config.public_url
    )))
}

/// Whether an `Origin` is that of the public URL, or of the requested host. `https`: how a trusted proxy was reached.
fn is_own(public_url: &str, host: &str, https: Option<bool>, origin: &str) -> bool {
    let (Ok(origin), Ok(public)) = (Url::parse(origin), Url::parse(public_url)) else { return false };
    if origin.origin() == public.origin() {
        return true;
    }
    // A header that contains more than host and port gives a different address.
    let asked = Url::parse(&format!("{}://{host}", origin.scheme()));
    let asked_here = asked.is_ok_and(|asked| {
        let host_only = asked.path() == "/" && asked.query().is_none() && asked.username().is_empty();
        host_only && asked.origin().is_tuple() && asked.origin() == origin.origin()
    });
    // An http page may be forged on the way: it may not act for an installation on https.
    let downgraded = origin.scheme() == "http"
        && (https == Some(true) || (public.scheme() == "https" && public.host() == origin.host()));
    asked_here && !downgraded
}

/// Opens a session and returns its cookie.
pub async fn open_session(app: &App, user: &User, client: Client) -> Answer<String> {
    let token = sessions::open(app, user, client.address).await?;
    Ok(session_cookie(app, client, token, LONGEST / domain::time::SECOND))
}

/// The cookie that ends a session in the browser.
pub fn closing_cookie(app: &App, client: Client) -> String {
    session_cookie(app, client, String::new(), 0)
}

fn session_cookie(app: &App, client: Client, token: String, seconds: i64) -> String {
    Cookie::build((cookie_name(app, ""), token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::seconds(seconds))
        .secure(app.config.is_https() || client.https == Some(true))
        .to_string()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn an_origin_is_compared_as_scheme_host_and_port() {
        let public = "https://Firm.Example:443/desk";
        for (host, https, origin, own) in [
            ("127.0.0.1:8080", None, "https://firm.example", true),
            ("127.0.0.1:8080", None, "https://firm.example:443", true),
            ("127.0.0.1:8080", None, "http://firm.example", false),
            ("127.0.0.1:8080", None, "https://firm.example:444", false),
            ("127.0.0.1:8080", None, "https://evil.example", false),
            ("127.0.0.1:8080", None, "null", false),
            ("127.0.0.1:8080", None, "", false),
            ("127.0.0.1:8080", None, "file://", false),
            // The requested host.
            ("127.0.0.1:8080", None, "http://127.0.0.1:8080", true),
            ("127.0.0.1:8080", Some(true), "http://127.0.0.1:8080", false),
            ("127.0.0.1:8080", Some(true), "https://127.0.0.1:8080", true),
            ("inside.example", None, "http://inside.example:80", true),
            ("inside.example", None, "https://inside.example", true),
            ("inside.example:8443", None, "https://inside.example", false),
            ("firm.example", None, "http://firm.example", false),
            ("evil.example@inside.example", None, "https://inside.example", false),
            ("", None, "https://inside.example", false),
        ] {
            assert_eq!(is_own(public, host, https, origin), own, "{origin} at {host}");
        }
    }

    #[test]
    fn only_the_bearer_scheme_is_ours() {
        let of = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of("Bearer dbk_x").as_deref(), Some("dbk_x"));
        assert_eq!(of("bearer  dbk_x ").as_deref(), Some("dbk_x"));
        assert_eq!(of("Bearer").as_deref(), Some(""));
        assert_eq!(of("Basic dXNlcjpwYXNz"), None);
    }
}
