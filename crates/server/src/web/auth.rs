//! Who is asking, and whether they may: the one place where access to every route is decided.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use cookie::{Cookie, SameSite};
use domain::conversation::Conversation;
use domain::id::ContactId;
use domain::role::Permission;
use domain::time::{DAY, HOUR, MINUTE};
use domain::turn::Actor;
use domain::visibility::{Viewer, Visibility};
use store::table::conversation;
use store::table::user::User;
use store::table::{session, token};

use crate::app::App;
use crate::web::finish::is_change;
use crate::web::problem::{Answer, Problem};
use engine::secrets;
use engine::sessions;
use engine::users::By;

/// A session ends after this long without use …
const IDLE: i64 = 12 * HOUR;
/// … and after this long in any case.
const LONGEST: i64 = 30 * DAY;

/// How a user proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// By cookie; the hash of the session.
    Session(String),
    /// By API token; its id.
    Token(i64),
}

#[derive(Debug, Clone)]
pub struct Principal {
    pub user: User,
    /// How they showed it.
    pub via: Via,
}

impl Principal {
    /// The user for the domain's visibility rules.
    pub fn viewer(&self, app: &App) -> Viewer {
        let User { id, role, agent, .. } = self.user;
        let queues = if agent { app.directory().served_by(id, role) } else { Vec::new() };
        Viewer { user: id, role, queues }
    }

    /// The user in the domain's terms.
    pub fn actor(&self) -> Actor<'_> {
        Actor { user: self.user.id, name: &self.user.name, supervises: self.user.role.may(Permission::Supervise) }
    }

    /// The user as use cases record who acted.
    pub fn by(&self) -> By<'_> {
        let session = match &self.via {
            Via::Session(hash) => Some(hash.as_str()),
            Via::Token(_) => None,
        };
        By { user: self.user.id, session }
    }

    /// 403 unless their role may do this.
    pub fn must(&self, permission: Permission) -> Answer<()> {
        if self.user.role.may(permission) {
            return Ok(());
        }
        let who = match permission {
            Permission::Administer | Permission::Connect => "administrators",
            Permission::Supervise => "supervisors and administrators",
            Permission::Answer => "people who work here",
            Permission::Attend => "people who are signed in",
        };
        Err(Problem::forbidden(format!("This is for {who}: ask one of them.")))
    }

    /// The contacts whose whole history they may see, because they talk with them now.
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

/// The guard before every route of the API: who is it, is the request from our own page, may they?
pub async fn guard(
    State((app, act)): State<(App, Permission)>,
    mut request: Request,
    next: Next,
) -> Answer<Response> {
    let who = identify(&app, request.headers()).await?;
    if matches!(who.via, Via::Session(_)) && is_change(request.method()) {
        own_origin(&app, request.headers())?;
    }
    who.must(act)?;
    request.extensions_mut().insert(who);
    Ok(next.run(request).await)
}

/// Identifies the user by `Authorization: Bearer` or by cookie.
pub async fn identify(app: &App, headers: &HeaderMap) -> Answer<Principal> {
    let at = app.clock.now();
    if let Some(bearer) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) {
        let token = bearer.strip_prefix("Bearer ").ok_or_else(Problem::sign_in)?;
        let bearer = token::by_hash(&app.store, &secrets::hash(token.trim())).await?;
        let bearer = bearer.ok_or_else(Problem::sign_in)?;
        let id = bearer.token;
        if bearer.used_at.is_none_or(|used| at.since(used) > MINUTE) {
            sessions::touch_token(app, id);
        }
        return active(app, bearer.user).map(|user| Principal { user, via: Via::Token(id) });
    }
    let token = cookie(app, headers).ok_or_else(Problem::sign_in)?;
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

/// Whether a user may be here at all: an account that ends does so to the second.
pub fn may_enter(app: &App, user: &User) -> bool {
    user.may_enter(app.clock.now())
}

/// The name of the session cookie: bound to the host on https.
pub fn cookie_name(app: &App) -> &'static str {
    if app.config.is_https() { "__Host-deskbell" } else { "deskbell" }
}

/// The session's token in a request.
pub fn cookie(app: &App, headers: &HeaderMap) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = sent.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == cookie_name(app)).map(|cookie| cookie.value().to_owned())
}

/// With the cookie, what changes something must come from our own pages.
pub fn own_origin(app: &App, headers: &HeaderMap) -> Answer<()> {
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
    let own = origin == app.config.public_url
        || origin.split_once("://").is_some_and(|(_, from)| !host.is_empty() && from == host);
    if own {
        return Ok(());
    }
    Err(Problem::forbidden(format!(
        "This request comes from {origin}, but this installation is {}: open it there, or set DESKBELL_PUBLIC_URL.",
        app.config.public_url
    )))
}

/// The client's address; behind a trusted proxy the one that it names.
pub fn client_address(app: &App, peer: &ConnectInfo<SocketAddr>, headers: &HeaderMap) -> IpAddr {
    let peer = peer.0.ip();
    if !app.config.trusted_proxies.contains(&peer) {
        return peer;
    }
    headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .rev()
        .filter_map(|one| one.trim().parse::<IpAddr>().ok())
        .find(|address| !app.config.trusted_proxies.contains(address))
        .unwrap_or(peer)
}

/// Opens a session and answers the cookie for it.
pub async fn open_session(app: &App, user: &User) -> Answer<String> {
    let token = sessions::open(app, user.id).await?;
    Ok(session_cookie(app, token, LONGEST / domain::time::SECOND))
}

/// The cookie that ends a session in the browser.
pub fn closing_cookie(app: &App) -> String {
    session_cookie(app, String::new(), 0)
}

fn session_cookie(app: &App, token: String, seconds: i64) -> String {
    Cookie::build((cookie_name(app), token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::seconds(seconds))
        .secure(app.config.is_https())
        .to_string()
}
