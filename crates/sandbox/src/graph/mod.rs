//! The Graph API: every path that is not a page of the sandbox itself.
//!
//! A call is read, meets the faults that are switched on, is answered by the node or edge it names, and is logged.

mod app;
mod attachments;
mod auth;
mod batch;
mod content;
mod control;
mod conversations;
pub mod error;
mod fields;
pub mod instagram;
mod oauth;
mod page;
mod person;
mod personas;
mod private_reply;
mod profile;
mod request;
mod response;
mod send;
mod template;
pub mod whatsapp;

pub use content::Content;
use error::GraphError;
pub use request::form_pairs;
pub use send::{Author, as_attachment, post};

use crate::shared::Shared;
use crate::world::{CallFate, Fault, GraphCall, Kind, When, World};
use auth::Caller;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use request::Call;
use response::{log, respond, set};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// Permissions that an app may own; others are "Invalid Scopes" in the dialog (§1.2, §9.1).
pub const PERMISSIONS: &[&str] = &[
    "public_profile",
    "email",
    "business_management",
    "pages_show_list",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_utility_messaging",
    "pages_user_locale",
    "pages_user_timezone",
    "pages_user_gender",
    "instagram_basic",
    "instagram_manage_messages",
    "instagram_manage_comments",
    "whatsapp_business_management",
    "whatsapp_business_messaging",
];

/// App id of the Page's own inbox in echoes (§2.5).
pub const PAGE_INBOX_APP_ID: &str = "263902037430900";

/// What a call came to.
type Outcome = Result<Value, GraphError>;

/// Handles one Graph request.
pub async fn handle(State(shared): State<Shared>, request: Request) -> Response<Body> {
    let started = Instant::now();
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let call = match Call::read(&shared, request).await {
        Ok(call) => call,
        Err(error) => {
            log(&shared, &Call::new(&method, &path, Map::new()), None, &Err(error.clone()), started, None);
            return respond(&shared, None, None, Err(error));
        }
    };
    let caller = call.token.as_deref().and_then(|token| auth::resolve(&shared.world(), token).ok());
    let fault = wait_and_take_fault(&shared, &call, caller.as_ref(), When::Before).await;
    let mut outcome = match &fault {
        Some(fault) if fault.when == When::Before => Err(fault_error(fault)),
        _ => answer(&shared, &call).await,
    };
    if let Some(fault) = fault.as_ref().filter(|fault| fault.when == When::After) {
        // What would have been refused anyway is refused: there is no answer to lose.
        outcome = outcome.and(Err(fault_error(fault)));
    }
    wait_and_take_fault(&shared, &call, caller.as_ref(), When::After).await;
    log(&shared, &call, caller.as_ref(), &outcome, started, fault.as_ref());
    if fault.as_ref().is_some_and(|fault| fault.cut) && outcome.is_err() {
        return cut();
    }
    let mut response = respond(&shared, Some(&call), caller.as_ref(), outcome);
    if let Some(minutes) = fault.and_then(|fault| fault.regain_minutes) {
        let id = call.segments.first().cloned().unwrap_or_default();
        let (id, kind) = {
            let world = shared.world();
            match world.waba_of(&id) {
                Some(waba) => (waba.seed.id.clone(), "whatsapp"),
                None if call.instagram => (id, "instagram"),
                None => (id, "messenger"),
            }
        };
        let usage = json!({id: [{
            "type": kind, "call_count": 100, "total_cputime": 25, "total_time": 25,
            "estimated_time_to_regain_access": minutes,
        }]});
        set(&mut response, "x-business-use-case-usage", &usage.to_string());
    }
    response
}

/// Waits out the delays of this moment; before the work it also takes the error that the call will answer.
async fn wait_and_take_fault(shared: &Shared, call: &Call, caller: Option<&Caller>, when: When) -> Option<Fault> {
    let path = call.path();
    let number = call.segments.first().filter(|id| shared.world().numbers.contains_key(*id));
    let meeting = GraphCall {
        method: &call.method,
        path: &path,
        app_id: caller.map(Caller::app_id),
        page_id: caller.and_then(Caller::page_id).or(number.map(String::as_str)),
    };
    let (delay_ms, error) = {
        let mut world = shared.world();
        let delay =
            world.take_call_fault(Kind::GraphDelay, Some(when), &meeting).map_or(0, |delay| delay.delay_ms);
        match when {
            When::After => (delay, None),
            When::Before => match world.take_call_fault(Kind::GraphError, None, &meeting) {
                Some(fault) => (delay, Some(fault)),
                None => {
                    let fate = chaos(&mut world, call);
                    (delay + fate.delay_ms, fate.fault)
                }
            },
        }
    };
    if delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    }
    error
}

/// What chaos does to this call: sends of messages, and reading the profile of a customer.
fn chaos(world: &mut World, call: &Call) -> CallFate {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("POST", [_, "messages"]) if call.params.contains_key("message") => {
            let recipient = call.json("recipient").ok().flatten().unwrap_or_default();
            let conversation = recipient["id"].as_str().and_then(|psid| world.psids.get(psid).cloned());
            world.chaos_call(true, conversation)
        }
        ("POST", [number, "messages"])
            if world.numbers.contains_key(*number) && !call.params.contains_key("status") =>
        {
            let conversation = whatsapp::conversation(world, call, number);
            world.chaos_call(true, conversation)
        }
        ("GET", [psid]) => {
            let conversation = world.psids.get(*psid).cloned();
            world.chaos_call(false, conversation)
        }
        _ => CallFate::default(),
    }
}

/// An answer that never comes: the connection ends in the middle of it.
fn cut() -> Response<Body> {
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut by a fault");
    Response::new(Body::from_stream(futures_util::stream::once(async { Err::<bytes::Bytes, _>(broken) })))
}

fn fault_error(fault: &Fault) -> GraphError {
    let code = fault.code.unwrap_or(2);
    let message =
        fault.message.clone().unwrap_or_else(|| format!("(#{code}) An error switched on in the sandbox"));
    let mut error = GraphError::new(code, message).status(fault.status.unwrap_or(400));
    error.subcode = fault.subcode;
    error.transient = fault.is_transient;
    error.raw = fault.body.clone().map(String::into_boxed_str);
    error
}

/// Handles a call: the entry point for requests and for the items of a batch.
async fn answer(shared: &Shared, call: &Call) -> Outcome {
    check_version(call)?;
    if call.instagram {
        return instagram::answer(shared, call).await;
    }
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let method = call.method.as_str();
    match (method, segments.as_slice()) {
        (_, ["oauth", "access_token"]) => return oauth::access_token(&mut shared.world(), call),
        ("GET", ["debug_token"]) => return oauth::debug_token(&shared.world(), call),
        ("POST", []) => return batch::run(shared, call).await,
        (_, []) if call.params.contains_key("ids") => {
            return Err(GraphError::new(100, "(#100) The ids query parameter is deprecated in v26.0+"));
        }
        _ => {}
    }
    let caller = auth::caller(&shared.world(), call)?;
    let id = match segments.first() {
        Some(&"me") => caller.me().map(str::to_owned).ok_or_else(|| {
            GraphError::new(
                2500,
                "An active access token must be used to query information about the current user.",
            )
        })?,
        Some(id) => (*id).to_owned(),
        None => return Err(GraphError::new(100, "Unsupported get request.").subcode(33)),
    };
    let edge = segments.get(1..).unwrap_or_default();
    if let Some(outcome) = whatsapp::answer(shared, call, &caller, &id, edge).await {
        return outcome;
    }
    match (method, edge) {
        ("POST", ["messages"]) if instagram::is_addressed(&shared.world(), call) => {
            return instagram::messages(shared, call, &caller, &id).await;
        }
        ("POST", ["messages"]) => return send::messages(shared, call, &caller, &id).await,
        ("POST", ["message_attachments"]) => {
            return attachments::upload(shared, call, &caller, &id).await;
        }
        ("POST", ["subscriptions"]) => return app::subscribe(shared, call, &caller, &id).await,
        ("DELETE", ["subscribed_apps"]) => return page::unsubscribe(shared, call, &caller, &id),
        ("DELETE", ["permissions", ..]) => {
            return person::revoke(shared, call, &caller, &id, edge.get(1).copied());
        }
        _ => {}
    }
    let mut world = shared.world();
    let world = &mut *world;
    match (method, edge) {
        ("GET", []) => node(world, call, &caller, &id),
        ("GET", ["accounts"]) => person::accounts(world, call, &caller, &id),
        ("GET", ["permissions"]) => person::permissions(world, call, &caller, &id),
        ("GET", ["businesses"]) => person::businesses(world, &caller, &id),
        ("GET", ["owned_pages" | "client_pages"]) => person::business_pages(world, call, &caller, &id),
        ("GET", ["subscribed_apps"]) => page::subscribed(world, call, &caller, &id),
        ("GET", ["settings"]) => page::settings(world, &caller, &id),
        ("POST", ["subscribed_apps"]) => page::subscribe(world, call, &caller, &id),
        ("POST", [step @ ("take_thread_control" | "pass_thread_control")]) => {
            control::change(world, call, &caller, &id, step)
        }
        ("GET", ["picture"]) => page::picture(world, call, &caller, &id),
        (_, ["messenger_profile"]) => profile::messenger_profile(world, call, &caller, &id),
        ("GET" | "POST", ["personas"]) => personas::edge(world, call, &caller, &id),
        ("DELETE", []) if world.personas.contains_key(&id) => personas::remove(world, &caller, &id),
        ("GET", ["conversations"]) => conversations::list(world, call, &caller, &id),
        ("GET", ["messages"]) => conversations::messages(world, call, &caller, &id),
        ("GET", ["subscriptions"]) => app::subscriptions(world, &caller, &id),
        ("DELETE", ["subscriptions"]) => app::unsubscribe(world, call, &caller, &id),
        (_, [_, rest @ ..]) if !rest.is_empty() => {
            Err(GraphError::new(2500, format!("Unknown path components: /{}", rest.join("/"))))
        }
        _ => Err(GraphError::unknown_object(method, &id)),
    }
}

/// `GET /{id}`: the id determines its type.
fn node(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    if world.pages.contains_key(id) {
        page::node(world, call, caller, id)
    } else if world.people.contains_key(id) {
        person::node(world, call, caller, id)
    } else if world.apps.contains_key(id) {
        app::node(world, call, caller, id)
    } else if world.personas.contains_key(id) {
        personas::node(world, caller, id)
    } else if world.psids.contains_key(id) {
        profile::customer(world, call, caller, id)
    } else if world.instagram.contains_key(id) {
        instagram::node(world, call, caller, id)
    } else if conversations::is_node(id) {
        conversations::node(world, call, caller, id)
    } else {
        Err(GraphError::unknown_object("GET", id))
    }
}

/// v26.0 is the newest; versions that have ended are served by the oldest that has not (§10).
fn check_version(call: &Call) -> Result<(), GraphError> {
    let Some(version) = &call.version else {
        return Ok(());
    };
    let exists = (1..=26).any(|major| *version == format!("v{major}.0"));
    if exists {
        Ok(())
    } else {
        Err(GraphError::new(2500, format!("Unknown path components: /{version}{}", call.path())))
    }
}
