//! What Meta itself says of a gateway's app when it is asked: settings, the scopes of logins, and whether a customer's
//! profile is open. Graph does not tell access levels or the state of a review (meta-platform.md §9): the operator does.

use std::collections::BTreeMap;

use channels::messenger::MESSENGER;
use channels::meta::error::GraphError;
use channels::meta::graph::{self, APP_FIELDS, AppSettings, Listed, Profile, SubscribedApp};
use domain::time::Micros;
use serde::{Deserialize, Serialize};
use store::table::account::Connection;
use store::table::connection;
use store::table::message::json;
use store::table::review;
use store::{Batch, CommitError};

use engine::account_tokens::account_token;
use engine::accounts;
use engine::clients::graph::AccountToken;
use engine::directory::{GatewayEntry, token_purpose};
use engine::engine::Engine;

/// Meta's code for a field that this app or version does not have (meta-platform.md §6.2).
const BAD_PARAMETER: i64 = 100;
/// So many logins are asked about; more would only say the same.
const MOST_LOGINS: usize = 20;

/// A login and what it carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Login {
    pub name: String,
    pub scopes: Vec<String>,
}

impl Login {
    /// Whether a permission is among them.
    pub fn carries(&self, permission: &str) -> bool {
        self.scopes.iter().any(|scope| scope == permission)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetaStatus {
    #[serde(skip)]
    pub at: Micros,
    /// Whether it knows the app by our App Secret.
    pub knows_app: bool,
    /// The app's settings by Graph's names: those that it tells, empty where nothing is set.
    pub settings: BTreeMap<String, String>,
    /// Logins that are alive.
    pub logins: Vec<Login>,
    /// Whether the profile of the customer who wrote last was told; None if there was none to ask about.
    pub profile: Option<bool>,
}

impl MetaStatus {
    /// Reads what was kept.
    pub fn read(at: Micros, text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(|status| Self { at, ..status })
    }

    /// What a setting holds: None if Meta does not tell, empty if nothing is set.
    pub fn setting(&self, field: &str) -> Option<&str> {
        self.settings.get(field).map(String::as_str)
    }
}

/// Asks Meta, and keeps what it says. What can't be asked is left out; nothing here changes anything at Meta.
pub async fn ask(app: &Engine, known: &GatewayEntry) -> Result<MetaStatus, CommitError> {
    let mut status = MetaStatus { at: app.clock.now(), ..MetaStatus::default() };
    if known.secret.is_some() {
        settings(app, known, &mut status).await;
        for login in connection::of_gateway(&app.store, known.row.id).await?.into_iter().take(MOST_LOGINS) {
            status.logins.extend(alive(app, known, login).await);
        }
        status.profile = profile(app, known).await?;
    }
    let mut batch = Batch::new();
    let stored = review::MetaStatus { at: status.at, json: json(&status) };
    review::set_meta_status(&mut batch, known.row.id, &stored);
    app.store.commit(batch).await?;
    Ok(status)
}

/// A login as Meta sees it; None if it is dead.
async fn alive(app: &Engine, known: &GatewayEntry, login: Connection) -> Option<Login> {
    // Of Instagram Login's tokens Meta says what they carry only when they are given.
    if login.login == domain::channel::Login::Instagram {
        return login.alive.then_some(Login { name: login.name, scopes: login.scopes });
    }
    let token = app.cipher.open(&login.token, &token_purpose(known.row.id))?;
    let facts = accounts::inspect(app, known, login.login, &token).await.filter(|facts| facts.is_valid)?;
    Some(Login { name: login.name, scopes: facts.scopes })
}

/// The app's settings: all in one call, or one by one where one of them is unknown.
async fn settings(app: &Engine, known: &GatewayEntry, status: &mut MetaStatus) {
    let ask = async |fields: &[&str]| -> Result<AppSettings, GraphError> {
        let call = graph::app_settings(&known.row.app_id, fields);
        app.graph.as_app(known, call).await.map_err(|(refused, _)| refused.error)
    };
    let mut store = |fields: &[&str], answer: &AppSettings| {
        for &field in fields {
            status.settings.insert(field.to_owned(), answer.get(field).unwrap_or_default());
        }
    };
    match ask(&APP_FIELDS).await {
        Ok(answer) => {
            store(&APP_FIELDS, &answer);
            status.knows_app = true;
        }
        Err(error) if error.code == BAD_PARAMETER => {
            for field in APP_FIELDS {
                if let Ok(answer) = ask(&[field]).await {
                    store(&[field], &answer);
                }
            }
            status.knows_app = true;
        }
        Err(_) => {}
    }
}

/// Whether Meta tells who the customer is who wrote last. Beside it the subscription of that Page is read, which is
/// evidence of its own.
async fn profile(app: &Engine, known: &GatewayEntry) -> Result<Option<bool>, store::Error> {
    let (directory, activity) = (app.directory(), app.activity());
    let pages = directory
        .accounts
        .values()
        .filter(|page| page.gateway == known.row.id && page.subscribed && page.channel == MESSENGER.channel);
    let latest = pages.max_by_key(|page| activity.last_event_of(page.gateway, &page.account_id));
    let Some(page) = latest else { return Ok(None) };
    let Some(token) = account_token(app, known.row.id, &page.account_id).await? else { return Ok(None) };
    let call = graph::subscribed_apps(&page.node);
    let _ = engine::account_tokens::read::<Listed<SubscribedApp>>(app, known, &token, call).await;
    let customer = review::last_customer(&app.store, known.row.id, &page.account_id).await?;
    let Some(customer) = customer else { return Ok(None) };
    Ok(open(app, known, &token, &customer).await)
}

async fn open(app: &Engine, known: &GatewayEntry, token: &AccountToken, customer: &str) -> Option<bool> {
    match engine::account_tokens::read::<Profile>(app, known, token, graph::profile(customer)).await {
        Ok(profile) => Some(!profile.is_empty()),
        Err(refused) if refused.error.class() == channels::meta::error::Class::Permission => Some(false),
        // A customer who can't be seen, or Meta that can't be reached, says nothing of the feature.
        Err(_) => None,
    }
}
