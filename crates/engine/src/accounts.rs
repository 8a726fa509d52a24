//! The results of a login: permissions and the accounts that they give access to, and how they are stored. Each kind
//! of login has its own file; all return the same structure.

pub mod facebook;
pub mod instagram;
pub mod whatsapp;

use std::collections::{BTreeMap, HashSet};

use channels::connecting::Connecting;
use channels::meta::graph::{self, Debugged, Listed, Page, Person, TokenFacts};
use domain::account_details::AccountDetails;
use domain::channel::{Channel, Login};
use domain::id::UserId;
use domain::page_trouble::PageProblem;
use domain::same::same;
use domain::secret::Secret;
use domain::time::Micros;
use domain::visibility::{Viewer, Visibility};
use serde::Serialize;
use store::table::account::{self, Access, NewAccount};
use store::table::account_access::{self, NewAccess};
use store::table::connection::{self, Connection, NewConnection};
use store::{Batch, Signal};
use utoipa::ToSchema;

use crate::clients::graph::Refused;
use crate::directory::{GatewayEntry, token_purpose};
use crate::engine::Engine;
use crate::view::words;

/// The maximum number of parts of a list that are read: twenty thousand pages.
const MOST_PARTS: usize = 200;
/// The longest name that is stored.
const LONGEST_NAME: usize = 200;

/// An account that a token gives access to.
#[derive(Debug, Clone)]
pub struct FoundAccount {
    pub channel: Channel,
    pub account_id: String,
    pub name: String,
    pub username: Option<String>,
    pub phone: Option<String>,
    pub picture_url: Option<String>,
    pub node: String,
    pub parent_id: Option<String>,
    pub details: AccountDetails,
    /// The token for it; None if the person gets none.
    pub token: Option<Secret>,
    /// What the person may do on its Page, in Meta's terms.
    pub tasks: Vec<String>,
    /// Why it cannot be used.
    pub problem: Option<PageProblem>,
}

/// An account of conversations that a user may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeenAccount {
    /// Meta's id of the account.
    pub id: String,
    /// Its channel.
    #[schema(value_type = words::Channel)]
    pub channel: Channel,
    /// Its name.
    pub name: String,
}

/// The accounts of conversations that a user may see, by name: all accounts for one who sees everything. Nothing else is shown of
/// them, because agents may not list accounts.
pub async fn seen(app: &Engine, viewer: &Viewer) -> Result<Vec<SeenAccount>, store::Error> {
    let all = viewer.visibility() == Visibility::All;
    let known: HashSet<_> =
        if all { HashSet::new() } else { account::seen(&app.store, viewer).await?.into_iter().collect() };
    let directory = app.directory();
    let accounts =
        directory.accounts.values().filter(|it| all || known.contains(&(it.channel, it.account_id.clone())));
    // An account that two gateways share is one.
    let named: BTreeMap<_, _> = accounts
        .map(|it| SeenAccount { id: it.account_id.clone(), channel: it.channel, name: it.name.clone() })
        .map(|it| ((same(&it.name), it.id.clone()), it))
        .collect();
    Ok(named.into_values().collect())
}

/// What a token gives access to.
#[derive(Debug, Clone)]
pub struct Found {
    pub person: Person,
    /// The person's app-scoped id at Meta.
    pub scoped_id: Option<String>,
    /// The login that issued the token.
    pub login: Login,
    /// The permissions that were granted.
    pub scopes: Vec<String>,
    /// The channels whose accounts were requested.
    pub channels: Vec<Channel>,
    pub accounts: Vec<FoundAccount>,
    /// Whether the list is complete: an account that is missing from it is no longer granted.
    pub whole: bool,
}

impl Found {
    /// The name of the person, cut to a readable length.
    pub fn name(&self) -> String {
        shortened(self.person.name.as_deref().unwrap_or(&self.person.id))
    }

    fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}

/// A token, and how many seconds it is valid if it expires.
#[derive(Debug)]
pub struct Granted {
    pub token: Secret,
    pub expires_in: Option<i64>,
    /// The permissions, if the exchange returns them.
    pub scopes: Vec<String>,
}

/// Reads again what a connected person's token gives access to.
pub async fn look_again(
    app: &Engine,
    known: &GatewayEntry,
    person: &Connection,
    token: &str,
) -> Result<Found, Refused> {
    match person.login {
        Login::Facebook => facebook::look(app, known, token).await,
        Login::Instagram => instagram::look(app, known, token, person.scopes.clone()).await,
    }
}

/// All parts of a list, and whether the list is complete.
async fn every<T: serde::de::DeserializeOwned>(
    app: &Engine,
    known: &GatewayEntry,
    token: &str,
    call: impl Fn(Option<&str>) -> graph::Call,
) -> Result<(Vec<T>, bool), Refused> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    for _ in 0..=MOST_PARTS {
        let part: Listed<T> = app.graph.read(known, Some(token), call(after.as_deref())).await?;
        all.extend(part.items);
        after = part.after;
        if after.is_none() {
            return Ok((all, true));
        }
    }
    Ok((all, false))
}

/// What Meta knows about a token; None if it does not report it. For a token of Instagram Login, only whether it is valid.
pub async fn inspect(app: &Engine, known: &GatewayEntry, login: Login, token: &str) -> Option<TokenFacts> {
    if login == Login::Instagram {
        return instagram::inspect(app, known, token).await;
    }
    let answer = app.graph.as_app::<Debugged>(known, graph::debug_token(token)).await;
    answer.ok()?.data.filter(|facts| facts.app_id.is_empty() || facts.app_id == known.row.app_id)
}

/// The result for the accounts of one channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connected {
    /// The number of accounts.
    pub accounts: usize,
    /// How many of them can be used.
    pub usable: usize,
    /// How many this person no longer grants.
    pub dropped: usize,
}

/// A login that has just been completed.
#[derive(Clone, Copy)]
pub struct NewLogin<'a> {
    /// The user who started it.
    pub user: UserId,
    pub token: &'a str,
    /// How many seconds the token is valid.
    pub expires_in: Option<i64>,
    /// The channel whose accounts were to be connected.
    pub channel: Channel,
}

/// Stores what a token gives access to, after a login or after reading it again without one. Accounts that another
/// person connected stay as they are. A guest's login touches only its own data: None if the person belongs to
/// another user.
pub async fn record(
    app: &Engine,
    known: &GatewayEntry,
    found: &Found,
    login: Option<NewLogin<'_>>,
    batch: &mut Batch,
    at: Micros,
) -> Result<Option<Connected>, store::Error> {
    let gateway = known.row.id;
    let seal = |text: &str| app.cipher.seal(text, &token_purpose(gateway));
    let person = connection::by_person(&app.store, gateway, &found.person.id).await?;
    let user = login.map(|login| login.user).or_else(|| person.as_ref().and_then(|person| person.user));
    let guest = user.filter(|user| app.roster().is_guest(*user));
    if guest.is_some() && person.as_ref().is_some_and(|person| person.user != guest) {
        return Ok(None);
    }
    let ways: Vec<Access> = account_access::of_gateway(&app.store, gateway).await?;
    let stored = account::of_gateway(&app.store, gateway).await?;
    let stored = |id: &str| stored.iter().find(|account| account.account_id == id);
    match (login, &person) {
        (Some(login), _) => {
            let new = NewConnection {
                id: app.ids.next(),
                gateway,
                person: &found.person.id,
                name: &found.name(),
                token: &seal(login.token),
                scopes: &found.scopes,
                user,
                login: found.login,
                scoped_id: found.scoped_id.as_deref(),
                expires_at: login.expires_in.map(|seconds| at.plus(seconds.saturating_mul(domain::time::SECOND))),
            };
            connection::upsert(batch, &new, at);
        }
        (None, Some(person)) => connection::set_scopes(batch, gateway, person.id, &found.scopes),
        (None, None) => {}
    }
    let wanted = |channel: Channel| login.is_some_and(|login| login.channel == channel);
    let mut connected = Connected::default();
    for account in &found.accounts {
        let id = account.account_id.as_str();
        // Without a new login, the login of an account does not change.
        if login.is_none() && stored(id).is_some_and(|stored| stored.login != found.login) {
            continue;
        }
        let connecting = app.channels.connecting(account.channel);
        let is_enough = |way: &Access| is_enough(connecting, way);
        let others =
            ways.iter().any(|way| way.account_id == id && way.person != found.person.id && is_enough(way));
        let problem = account.problem.clone().filter(|problem| problem.is_of_account() || !others);
        let theirs = if connecting.exclusive {
            account::of_other_gateway(&app.store, gateway, account.channel, id).await?
        } else {
            None
        };
        let problem = problem.or(theirs.map(|gateway| PageProblem::OtherGateway { gateway }));
        if wanted(account.channel) {
            connected.accounts += 1;
            connected.usable += usize::from(problem.is_none());
        }
        // Accounts that others connected keep their name and state.
        if guest.is_none() || !ways.iter().any(|way| way.account_id == id && way.user != guest) {
            let new = NewAccount {
                id: app.ids.next(),
                gateway,
                channel: account.channel,
                account_id: id,
                name: &account.name,
                username: account.username.as_deref(),
                phone: account.phone.as_deref(),
                picture_url: account.picture_url.as_deref(),
                node: &account.node,
                parent_id: account.parent_id.as_deref(),
                login: found.login,
                details: account.details.clone(),
                exclusive: connecting.exclusive,
                problem: problem.as_ref(),
            };
            account::upsert(batch, &new, at);
        }
        let sealed = account.token.as_ref().map(|token| seal(&token.0)).unwrap_or_default();
        let (person, tasks) = (found.person.id.as_str(), account.tasks.as_slice());
        account_access::upsert(batch, &NewAccess { gateway, account_id: id, person, token: &sealed, tasks });
        account::wake_sends(batch, gateway, id, at);
    }
    let looked_for = |id: &str| stored(id).is_none_or(|account| found.channels.contains(&account.channel));
    let own = ways.iter().filter(|way| way.person == found.person.id && way.alive && looked_for(&way.account_id));
    for lost in own.filter(|way| found.whole && found.accounts.iter().all(|it| it.account_id != way.account_id)) {
        let channel = stored(&lost.account_id).map(|account| account.channel);
        connected.dropped += usize::from(channel.is_none_or(wanted));
        account_access::revoke(batch, gateway, &lost.account_id, lost.connection);
        let connecting = channel.map_or(&Connecting::NOTHING, |channel| app.channels.connecting(channel));
        let mut others = ways.iter().filter(|way| way.account_id == lost.account_id);
        if !others.any(|way| way.connection != lost.connection && is_enough(connecting, way)) {
            let why = PageProblem::NotGranted { account: found.name() };
            account::set_problem(batch, gateway, &lost.account_id, Some(&why));
        }
    }
    batch.notify(Signal::Outbox).notify(Signal::Fetch);
    Ok(Some(connected))
}

fn shortened(name: &str) -> String {
    name.trim().chars().take(LONGEST_NAME).collect()
}

/// Whether this access alone is enough to use an account.
fn is_enough(connecting: &Connecting, way: &Access) -> bool {
    let page = Page { tasks: way.tasks.clone(), ..Page::default() };
    way.is_alive() && (!connecting.needs_tasks(way.login) || (page.can_message() && page.can_moderate()))
}
