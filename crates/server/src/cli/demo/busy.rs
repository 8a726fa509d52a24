//! A sample day: customers who keep writing in two languages, and colleagues who answer them, so that Workspace, the
//! wallboard and the reports show activity. Both sides are ordinary clients: customers through the sandbox's control
//! API, agents through the API with their own tokens.

mod agents;
mod customers;
mod past;
mod words;

use std::ops::Range;
use std::time::Duration;

use domain::id::UserId;
use domain::role::Role;
use domain::secret::Secret;
use engine::agents::AgentChange;
use engine::tokens;
use engine::users::{self, Admission, NewUser};
use reqwest::Client;
use serde_json::{Value, json};
use store::table::user;

use super::super::{Failure, Outcome, failure};
use super::{ANNA, PASSWORD};
use crate::app::App;

/// The colleagues who work in the demo: name and email.
const COLLEAGUES: [(&str, &str); 7] = [
    ("Daryna Melnyk", "daryna"),
    ("Erik Lund", "erik"),
    ("Fatima Haddad", "fatima"),
    ("Gustavo Pereira", "gustavo"),
    ("Hanna Shevchenko", "hanna"),
    ("Ines Moreau", "ines"),
    ("Jonas Weber", "jonas"),
];

/// Queues besides General, that agents transfer to.
const QUEUES: [(&str, &str); 2] =
    [("Orders and delivery", "Where is my parcel, changes of orders"), ("Returns", "Refunds and exchanges")];

/// The name of the colleagues' tokens.
const TOKEN: &str = "Sample day";

/// The HTTP client of one of the two sides.
#[derive(Clone)]
struct Http {
    client: Client,
    base: String,
    token: Option<Secret>,
}

impl Http {
    async fn get(&self, path: &str) -> reqwest::Result<Value> {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    async fn post(&self, path: &str, body: &Value) -> reqwest::Result<Value> {
        self.send(self.client.post(format!("{}{path}", self.base)).json(body)).await
    }

    async fn put(&self, path: &str, body: &Value) -> reqwest::Result<Value> {
        self.send(self.client.put(format!("{}{path}", self.base)).json(body)).await
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> reqwest::Result<Value> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(&token.0);
        }
        request.send().await?.error_for_status()?.json().await
    }
}

/// Creates the colleagues and queues, unless an earlier start of this demo did.
pub(super) async fn set_up(app: &App) -> Outcome {
    let (_, first) = COLLEAGUES[0];
    if user::by_email(&app.store, &address(first)).await?.is_some() {
        return Ok(());
    }
    for (name, email) in COLLEAGUES {
        let new = NewUser {
            email: address(email),
            name: name.into(),
            role: Role::Agent.word(),
            password: Some(PASSWORD.into()),
            agent: Some(true),
        };
        users::add(&app.store, &app.ids, new, Admission::CommandLine).await.map_err(failure)?;
    }
    app.reload().await?;
    let owner =
        user::by_email(&app.store, ANNA).await?.ok_or_else(|| Failure("There is no administrator.".into()))?;
    for (_, email) in COLLEAGUES {
        let Some(colleague) = user::by_email(&app.store, &address(email)).await? else { continue };
        let change: AgentChange = read(json!({ "capacity": 3 }))?;
        engine::agents::update(app, owner.id, colleague.id, change).await.map_err(failure)?;
    }
    for (name, description) in QUEUES {
        let new = read(json!({ "name": name, "description": description }))?;
        engine::queues::create(app, owner.id, new).await.map_err(failure)?;
    }
    // With targets, Live and the reports show a service level.
    for queue in &app.directory().queues {
        let sla = json!({ "first_response_seconds": 60, "response_seconds": 300, "resolution_seconds": 1_800 });
        let change = read(json!({ "sla": sla }))?;
        engine::queues::update(app, owner.id, queue.id, change).await.map_err(failure)?;
    }
    Ok(())
}

/// Writes the month before, of which reports and History tell.
pub(super) async fn past(app: &App) -> Outcome {
    past::write(app).await
}

/// Lets customers and agents work until the demo ends: a task for each agent, and one for all customers.
pub(super) async fn work(
    app: &App,
    client: &Client,
    sandbox: &str,
) -> Result<Vec<tokio::task::JoinHandle<()>>, Failure> {
    let mut tasks = Vec::new();
    for (_, email) in COLLEAGUES {
        let Some(colleague) = user::by_email(&app.store, &address(email)).await? else { continue };
        let token = token_of(app, colleague.id).await?;
        let base = format!("{}/api/v1", app.config.public_url);
        let http = Http { client: client.clone(), base, token: Some(token) };
        tasks.push(tokio::spawn(agents::work(http, colleague.id.to_string())));
    }
    let http = Http { client: client.clone(), base: format!("{sandbox}/control"), token: None };
    tasks.push(tokio::spawn(customers::write(http)));
    Ok(tasks)
}

/// A token for a colleague; deletes those of earlier starts.
async fn token_of(app: &App, colleague: UserId) -> Result<Secret, Failure> {
    for old in tokens::all(app, colleague).await.map_err(failure)? {
        if let (TOKEN, Ok(id)) = (old.name.as_str(), old.id.parse()) {
            tokens::delete(app, colleague, colleague, id).await.map_err(failure)?;
        }
    }
    tokens::make(&app.store, &app.ids, colleague, TOKEN).await.map_err(failure)
}

fn address(name: &str) -> String {
    format!("{name}@demo.example")
}

/// Parses JSON as the API would.
fn read<T: serde::de::DeserializeOwned>(body: Value) -> Result<T, Failure> {
    serde_json::from_value(body).map_err(|error| Failure(format!("The sample day cannot be set up: {error}.")))
}

/// A random number in the range.
fn any(range: Range<u64>) -> u64 {
    let drawn = u64::from_le_bytes(engine::secrets::random());
    range.start + drawn % (range.end - range.start).max(1)
}

/// True with this probability in percent.
fn chance(percent: u64) -> bool {
    any(0..100) < percent
}

/// A random element.
fn one_of<T: Copy>(several: &[T]) -> Option<T> {
    several.get(usize::try_from(any(0..several.len() as u64)).unwrap_or_default()).copied()
}

/// Waits for a random time in this range, in milliseconds.
async fn pause(range: Range<u64>) {
    tokio::time::sleep(Duration::from_millis(any(range))).await;
}
