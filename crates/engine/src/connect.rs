//! Connecting accounts: a login starts, returns from Meta, and ends with a sentence that explains what to do. A state
//! belongs to one gateway and one attempt and works once. A pasted token needs no login.

mod outcome;
mod paste;

use channels::connecting::Connecting;
use domain::audit_detail::AuditDetail;
use domain::channel::{Channel, Login};
use domain::failure::Failure;
use domain::id::GatewayId;
use domain::login_outcome::LoginOutcome;
use domain::role::Permission;
use domain::secret::Secret;
use domain::time::MINUTE;
use serde::{Deserialize, Serialize};
use store::table::event::{self, Event};
use store::table::gateway::{self, Attempt, SecretState};
use store::table::login_attempt::{self, NewAttempt, Outcome};
use store::table::user::User;
use store::table::{health as watched, setting, user};
use store::{Batch, CommitError, Signal};
use utoipa::ToSchema;

pub use self::paste::paste;
use crate::accounts::{self, NewLogin, facebook, instagram, whatsapp};
use crate::clients::graph::{Checked, Refused};
use crate::clock::rfc3339;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::users::By;
use crate::view::{ConnectEnded, ConnectState};
use crate::{health, secrets};

/// How long a login may take.
const LONGEST: i64 = 10 * MINUTE;
const AGAIN: &str = "Try again.";
const STORE: &str = "The store cannot be reached, so nothing was connected. Try again in a moment.";

/// The outcome of an attempt, good or bad.
type Ended = std::result::Result<LoginOutcome, LoginOutcome>;

/// A login that has started.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    /// Meta's login dialog, to be opened in a popup.
    pub url: String,
    /// What to query for the outcome.
    pub attempt_id: String,
    /// Until when it must be finished.
    pub expires_at: String,
}

/// Whether a login has ended.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// It has not ended.
    Pending,
    /// It succeeded.
    Done,
    /// It failed.
    Failed,
}

/// How a login ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    pub state: AttemptState,
    /// The outcome as a sentence.
    pub message: String,
}

/// What is to be connected, and how.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The channel of the accounts; `messenger` if left out, or `instagram` with that login.
    #[schema(value_type = Option<String>)]
    pub channel: Option<Channel>,
    /// `instagram`: Instagram Login, for an account without a Facebook Page. Facebook Login if left out.
    pub login: Option<WantedLogin>,
    /// The token of a system user, for WhatsApp numbers without a login.
    #[schema(value_type = Option<String>)]
    pub token: Option<Secret>,
}

/// The login to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WantedLogin {
    /// Facebook Login.
    Facebook,
    /// Instagram Login.
    Instagram,
}

impl Wanted {
    /// The channel and the login, if they belong together.
    fn checked(&self, app: &Engine) -> Result<(Channel, Login)> {
        let login = match self.login {
            Some(WantedLogin::Instagram) => Login::Instagram,
            Some(WantedLogin::Facebook) | None => Login::Facebook,
        };
        let channel = self.channel.unwrap_or(match login {
            Login::Facebook => Channel::MESSENGER,
            Login::Instagram => instagram::CHANNEL,
        });
        let connecting = app.channels.connecting(channel);
        if connecting.scopes == Connecting::NOTHING.scopes {
            return Err(Error::field(
                "/channel",
                "There is no such channel, or it has no accounts that are connected at Meta.",
            ));
        }
        if connecting.scopes(login).is_empty() {
            let detail = format!("{} is not reached by this login: leave it out.", title(connecting));
            return Err(Error::field("/login", detail));
        }
        if self.token.is_some() && channel != whatsapp::CHANNEL {
            let detail = "Only WhatsApp numbers are connected by a pasted token: leave it out, and log in.";
            return Err(Error::field("/token", detail));
        }
        Ok((channel, login))
    }
}

/// The noun with a capital and an article.
fn title(connecting: &Connecting) -> String {
    let article = if connecting.noun.starts_with(['A', 'I']) { "An" } else { "A" };
    format!("{article} {}", connecting.noun)
}

fn ready(known: &GatewayEntry) -> Result<()> {
    if !known.row.enabled {
        return Err(Error::conflict("The gateway is switched off. Switch it on, then connect."));
    }
    if known.secret.is_none() {
        return Err(Error::conflict("The gateway has lost its App Secret. Enter it again, then connect."));
    }
    Ok(())
}

/// Begins a login: returns the address of Meta's dialog.
pub async fn begin(app: &Engine, by: By<'_>, known: &GatewayEntry, wanted: &Wanted) -> Result<Begun> {
    let (channel, login) = wanted.checked(app)?;
    ready(known)?;
    let (attempt, state, expires) = (app.ids.next(), secrets::token(), app.clock.now().plus(LONGEST));
    let id = known.row.id;
    let mut batch = Batch::new();
    let new = NewAttempt {
        id: attempt,
        gateway: id,
        state_hash: &secrets::hash(&state),
        user: by.user,
        session_hash: by.session,
        expires_at: expires,
        login,
        channel,
    };
    let url = match login {
        Login::Instagram => instagram::dialog(app, known, &state)?,
        Login::Facebook if channel == whatsapp::CHANNEL => whatsapp::dialog(app, known, &state)?,
        Login::Facebook => facebook::dialog(app, known, app.channels.connecting(channel), &state),
    };
    login_attempt::insert(&mut batch, &new);
    app.store.commit(batch).await?;
    Ok(Begun { url, attempt_id: attempt.to_string(), expires_at: rfc3339(expires) })
}

/// How a login ended, or that it has not. Users see their own; administrators see all.
pub async fn outcome(app: &Engine, user: &User, id: GatewayId, attempt: i64) -> Result<AttemptView> {
    let not_found = || Error::NotFound("login");
    let attempt = login_attempt::of_gateway(&app.store, id, attempt).await?.ok_or_else(not_found)?;
    if attempt.user != user.id && !user.role.may(Permission::Administer) {
        return Err(not_found());
    }
    let over = attempt.expires_at < app.clock.now();
    let (state, message) = match attempt.outcome {
        Outcome::Done => (AttemptState::Done, message(app, &attempt)),
        Outcome::Failed => (AttemptState::Failed, message(app, &attempt)),
        Outcome::Pending if over => (
            AttemptState::Failed,
            "The Facebook login wasn't finished within ten minutes. If Facebook showed an error, it says what is \
            missing in the app's settings. Otherwise try again."
                .to_owned(),
        ),
        Outcome::Working if attempt.expires_at.plus(LONGEST) < app.clock.now() => {
            (AttemptState::Failed, "The login was interrupted. Try again.".to_owned())
        }
        _ => (AttemptState::Pending, String::new()),
    };
    Ok(AttemptView { state, message })
}

/// How an attempt ended, in English; empty while it has not.
fn message(app: &Engine, attempt: &Attempt) -> String {
    let worded = |ended| outcome::english(app.channels.connecting(attempt.channel), attempt.login, ended);
    attempt.ended.as_ref().map(worded).unwrap_or_default()
}

/// The end of an attempt, in the form for waiting browsers.
pub fn ended(app: &Engine, attempt: &Attempt) -> ConnectEnded {
    ConnectEnded {
        gateway_id: attempt.gateway,
        attempt_id: attempt.id.to_string(),
        state: if attempt.outcome == Outcome::Done { ConnectState::Done } else { ConnectState::Failed },
        message: message(app, attempt),
    }
}

/// The attempt that a state belongs to. It is still open.
pub async fn attempt(app: &Engine, known: &GatewayEntry, state: &str) -> std::result::Result<Attempt, String> {
    let attempt =
        login_attempt::by_state(&app.store, &secrets::hash(state)).await.map_err(|error| unstored(&error))?;
    let attempt = attempt.filter(|attempt| attempt.gateway == known.row.id);
    let unknown = || format!("This login wasn't started here, or it was started long ago. {AGAIN}");
    let attempt = attempt.ok_or_else(unknown)?;
    if attempt.outcome != Outcome::Pending {
        return Err(format!("Facebook's answer has already been used; it works once. {AGAIN}"));
    }
    if attempt.expires_at < app.clock.now() {
        return Err(format!("The login took longer than ten minutes and has expired. {AGAIN}"));
    }
    Ok(attempt)
}

/// The message for a user who returns in a different browser from the one where the login started. The attempt stays
/// open for that one.
pub fn other_browser() -> String {
    format!(
        "This login was started in another browser, or you are signed out. Finish it there, or sign in to Deskbell \
        here. {AGAIN}"
    )
}

/// Uses up an attempt: no further answer of Meta is accepted for it.
pub async fn take(app: &Engine, attempt: &Attempt) -> std::result::Result<(), String> {
    let mut batch = Batch::new();
    login_attempt::take(&mut batch, attempt.id);
    match app.store.commit(batch).await {
        Ok(_) => Ok(()),
        Err(CommitError::Store(error)) => Err(unstored(&error)),
        Err(_) => Err(format!("Facebook's answer has already been used; it works once. {AGAIN}")),
    }
}

fn unstored(error: &dyn std::fmt::Display) -> String {
    tracing::error!(%error, "a login could not be read or stored");
    STORE.to_owned()
}

/// The message for a user who returns without an attempt.
pub fn unnamed() -> String {
    let denied = outcome::english(&Connecting::PAGE, Login::Facebook, &LoginOutcome::NoAccess {});
    format!("Facebook did not say which login this belongs to. {denied}")
}

/// Finishes a login with the code that Meta gave, or without one if it gave no access. Returns the outcome in
/// English, good or bad. It is also recorded and reported to waiting browsers.
pub async fn finish(
    app: &Engine,
    known: &GatewayEntry,
    attempt: &Attempt,
    code: Option<&str>,
) -> std::result::Result<String, String> {
    let ended = match code {
        None => Err(LoginOutcome::NoAccess {}),
        Some(_) if !known.row.enabled => Err(LoginOutcome::GatewayOff {}),
        Some(code) => connect(app, known, attempt, code).await,
    };
    end(app, known, attempt, &ended).await;
    let worded = |ended| outcome::english(app.channels.connecting(attempt.channel), attempt.login, &ended);
    ended.map(worded).map_err(worded)
}

async fn connect(app: &Engine, known: &GatewayEntry, attempt: &Attempt, code: &str) -> Ended {
    if known.secret.is_none() {
        return Err(LoginOutcome::SecretLost {});
    }
    let address = app.urls.webhook(&known.row.uri);
    let exchanged = match attempt.login {
        Login::Facebook => facebook::exchange(app, known, &address, code).await,
        Login::Instagram => instagram::exchange(app, known, &address, code).await,
    };
    let granted = match (exchanged, attempt.login) {
        (Ok(granted), _) => granted,
        (Err(refused), Login::Facebook) => return Err(not_exchanged(app, known, &address, &refused).await),
        (Err(refused), Login::Instagram) => return Err(instagram::not_exchanged(app, known, &refused)),
    };
    let found = match attempt.login {
        Login::Facebook => facebook::look(app, known, &granted.token).await,
        Login::Instagram => instagram::look(app, known, &granted.token, granted.scopes.clone()).await,
    };
    let connecting = app.channels.connecting(attempt.channel);
    let found =
        found.map_err(|refused| LoginOutcome::AccountsUnreadable { failure: Failure::from(&refused.error) })?;
    let at = app.clock.now();
    let mut batch = Batch::new();
    // If the user was deactivated while Meta was asked, nothing is stored.
    user::must_be_active(&mut batch, attempt.user);
    let (user, channel) = (attempt.user, attempt.channel);
    let login = Some(NewLogin { user, token: &granted.token, expires_in: granted.expires_in, channel });
    let connected =
        accounts::record(app, known, &found, login, &mut batch, at).await.map_err(|error| not_stored(&error))?;
    let connected = connected.ok_or(LoginOutcome::TakenByOther {})?;
    let ended = outcome::of(connecting, &found, connected);
    if ended.is_ok() {
        gateway::set_logged_in(&mut batch, known.row.id, at);
    }
    let (by, object) = (Some(attempt.user), format!("gateway {}", known.row.id));
    let detail = AuditDetail::Connected {
        name: connecting.noun.into(),
        accounts: connected.accounts,
        usable: connected.usable,
        by_token: false,
    };
    setting::audit(&mut batch, &mut app.id_source(), at, by, "gateway.connect", &object, detail);
    batch.notify(Signal::Config);
    match app.store.commit(batch).await {
        Ok(_) => ended,
        Err(CommitError::Conflict) => Err(LoginOutcome::UserDeactivated {}),
        Err(error) => Err(not_stored(&error)),
    }
}

fn not_stored(error: &dyn std::fmt::Display) -> LoginOutcome {
    unstored(error);
    LoginOutcome::NotStored {}
}

/// Why a code was not exchanged, and which field to correct. Meta's own message may contain parts of a secret.
async fn not_exchanged(app: &Engine, known: &GatewayEntry, address: &str, refused: &Refused) -> LoginOutcome {
    let error = &refused.error;
    match (error.code, error.subcode) {
        (100, 36_009) => LoginOutcome::AnswerUsed {},
        (100, 36_007) => LoginOutcome::AnswerExpired {},
        (100, 36_008) | (191, _) => LoginOutcome::AddressNotListed { address: address.to_owned() },
        (1 | 101 | 190, _) => {
            let row = &known.row;
            let secret = known.secret.as_ref().map(|secret| secret.0.as_str()).unwrap_or_default();
            let checked = app.graph.check_app(&row.api_version, &row.app_id, secret).await;
            if let Checked::Refused(_) = checked {
                let mut batch = Batch::new();
                gateway::set_secret_state(&mut batch, row.id, SecretState::Refused);
                batch.notify(Signal::Config);
                let _ = app.store.commit(batch).await;
                return LoginOutcome::SecretRefused {};
            }
            LoginOutcome::NotExchanged { code: error.code }
        }
        (100, _) => LoginOutcome::AnswerForeign {},
        _ if refused.is_passing() => LoginOutcome::Unreachable {},
        (code, subcode) => LoginOutcome::Refused { code, subcode, failure: Failure::from(error) },
    }
}

/// Records how it ended, and reports it to waiting browsers.
async fn end(app: &Engine, known: &GatewayEntry, attempt: &Attempt, ended: &Ended) {
    let (id, at) = (known.row.id, app.clock.now());
    let (state, outcome) = match ended {
        Ok(outcome) => (Outcome::Done, outcome),
        Err(outcome) => (Outcome::Failed, outcome),
    };
    let mut batch = Batch::new();
    login_attempt::end(&mut batch, attempt.id, state, outcome);
    if *outcome == (LoginOutcome::NoAccess {}) {
        watched::note(&mut batch, id, "", "login_denied", at, "");
    }
    event::add(&mut batch, &Event::Connect(attempt.id), at);
    event::gateway_changed(&mut batch, id, at);
    batch.notify(Signal::Config);
    if let Err(error) = app.store.commit(batch).await {
        tracing::error!(%error, "the outcome of a login could not be stored");
    }
    if let Err(error) = app.reload().await {
        tracing::warn!(%error, "gateways could not be read again");
    }
    if ended.is_ok() {
        let app = app.clone();
        tokio::spawn(async move { health::check(&app, id).await });
    }
}
