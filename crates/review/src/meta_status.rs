//! What Meta reports about a gateway's app when it is asked: settings, the scopes of logins, and whether a customer's
//! profile is accessible. Graph does not report access levels or the state of a review (meta-platform.md §9): the
//! operator enters them.

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
/// The maximum number of logins to ask about; more would give the same result.
const MOST_LOGINS: usize = 20;

/// A login and its permissions.
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
    /// Whether Meta accepts our App Secret.
    pub knows_app: bool,
    /// The app's settings by Graph's names: those that it returns, empty where nothing is set.
    pub settings: BTreeMap<String, String>,
    /// Valid logins.
    pub logins: Vec<Login>,
    /// Whether the profile of the customer who last wrote was returned; None if there was no customer.
    pub profile: Option<bool>,
}

impl MetaStatus {
    /// Parses the stored status.
    pub fn read(at: Micros, text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(|status| Self { at, ..status })
    }

    /// The value of a setting: None if Meta does not return it, empty if nothing is set.
    pub fn setting(&self, field: &str) -> Option<&str> {
        self.settings.get(field).map(String::as_str)
    }
}

/// Asks Meta, and stores the result. What can't be asked is left out; nothing is changed at Meta.
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

/// A login according to Meta; None if it is invalid.
async fn alive(app: &Engine, known: &GatewayEntry, login: Connection) -> Option<Login> {
    // Meta reports the permissions of Instagram Login's tokens only when they are issued.
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

/// Whether Meta returns the profile of the customer who last wrote. Also reads the subscription of that Page, which
/// is evidence as well.
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
        // An inaccessible customer, or Meta being unreachable, says nothing about the feature.
        Err(_) => None,
    }
}
