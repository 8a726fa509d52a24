//! Instagram Login: one account, which is its own person, with a token of 60 days (meta-platform.md §1.10).

use channels::meta::error::{Class, GraphError};
use channels::meta::graph::{self, AccessToken, InstagramMe, InstagramToken, Person, TokenFacts};
use channels::meta::oauth::instagram_dialog_url;
use domain::account_details::AccountDetails;
use domain::channel::{Channel, Login};
use domain::login_outcome::LoginOutcome;
use domain::page_trouble::PageProblem;
use domain::secret::Secret;

use super::{Found, FoundAccount, Granted, shortened};
use crate::clients::graph::Refused;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// The channel whose accounts it connects.
pub const CHANNEL: Channel = Channel::INSTAGRAM;

/// The id and the secret of the Instagram app.
fn app_of(known: &GatewayEntry) -> Option<(&str, &Secret)> {
    Some((known.row.instagram_app_id.as_deref()?, known.instagram_secret.as_ref()?))
}

/// The address of the dialog.
pub fn dialog(app: &Engine, known: &GatewayEntry, state: &str) -> Result<String> {
    let (id, _) = app_of(known).ok_or_else(|| {
        Error::conflict(
            "This gateway has no Instagram app. In Meta's dashboard, under Instagram, API setup with Instagram login, copy the \
             Instagram app ID and secret into the gateway's Meta tab, then connect.",
        )
    })?;
    let scopes = app.channels.connecting(CHANNEL).scopes(Login::Instagram);
    let address = app.urls.webhook(&known.row.uri);
    Ok(instagram_dialog_url(&app.config.meta_instagram_dialog_url, id, &address, state, scopes))
}

/// Exchanges the code of a login for a token of 60 days.
pub async fn exchange(
    app: &Engine,
    known: &GatewayEntry,
    redirect_uri: &str,
    code: &str,
) -> std::result::Result<Granted, Refused> {
    let Some((id, secret)) = app_of(known) else { return Err(GraphError::default().into()) };
    let call = graph::exchange_instagram_code(id, secret, redirect_uri, code);
    let short: InstagramToken = app.graph.read(known, None, call).await?;
    let call = graph::exchange_instagram_long_lived(secret, &short.access_token);
    let long: AccessToken = app.graph.read(known, None, call).await?;
    Ok(Granted { token: long.access_token, expires_in: long.expires_in, scopes: short.permissions })
}

/// The outcome of a failed exchange. The host for codes answers in its own format, without error numbers.
pub fn not_exchanged(app: &Engine, known: &GatewayEntry, refused: &Refused) -> LoginOutcome {
    let address = app.urls.webhook(&known.row.uri);
    if refused.error.status != 400 && refused.is_passing() {
        return LoginOutcome::InstagramUnreachable {};
    }
    LoginOutcome::InstagramNotExchanged { address }
}

/// Reads the account that a token belongs to.
pub async fn look(
    app: &Engine,
    known: &GatewayEntry,
    token: &str,
    scopes: Vec<String>,
) -> std::result::Result<Found, Refused> {
    let me: InstagramMe = app.graph.read(known, Some(token), graph::instagram_me()).await?;
    let connecting = app.channels.connecting(CHANNEL);
    let scopes = if scopes.is_empty() {
        connecting.scopes(Login::Instagram).iter().map(|scope| (*scope).to_owned()).collect()
    } else {
        scopes
    };
    let name = me.username.clone().or_else(|| me.name.clone()).unwrap_or_else(|| me.user_id.clone());
    let missing = connecting.missing(Login::Instagram, &scopes);
    let account = FoundAccount {
        channel: CHANNEL,
        account_id: me.user_id.clone(),
        name: shortened(me.name.as_deref().unwrap_or(&name)),
        username: me.username,
        phone: None,
        picture_url: me.profile_picture_url,
        node: me.user_id.clone(),
        parent_id: None,
        details: AccountDetails::default(),
        token: Some(Secret(token.to_owned())),
        tasks: Vec::new(),
        problem: (!missing.is_empty())
            .then(|| PageProblem::ScopesMissing { account: name.clone(), scopes: missing }),
    };
    Ok(Found {
        person: Person { id: me.user_id, name: Some(name) },
        scoped_id: Some(me.id).filter(|id| !id.is_empty()),
        login: Login::Instagram,
        scopes,
        channels: vec![CHANNEL],
        accounts: vec![account],
        whole: true,
    })
}

/// Whether a token is valid; None if Instagram does not report it.
pub async fn inspect(app: &Engine, known: &GatewayEntry, token: &str) -> Option<TokenFacts> {
    match app.graph.read::<InstagramMe>(known, Some(token), graph::instagram_me()).await {
        Ok(_) => Some(TokenFacts { is_valid: true, ..TokenFacts::default() }),
        Err(refused) if refused.error.class() == Class::TokenDead => {
            Some(TokenFacts { error: Some(refused.error), ..TokenFacts::default() })
        }
        Err(_) => None,
    }
}

/// Renews a token for 60 days.
pub async fn prolong(
    app: &Engine,
    known: &GatewayEntry,
    token: &str,
) -> std::result::Result<AccessToken, Refused> {
    app.graph.read(known, None, graph::refresh_instagram_token(token)).await
}
