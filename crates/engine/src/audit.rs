//! Writes audit entries for administrative actions, in the batch of the action, and reads them with names.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;

use domain::audit_detail::AuditDetail;
use domain::id::{CampaignId, ContactId, GatewayId, UserId};
use store::table::audit::{self, Line};
use store::table::named::{self, Kind};
use store::table::{
    calendar, campaign, contact, flow, form, label, macros, pause_cause, quick_reply, role, setting, user,
};
use store::{Batch, Signal};

use crate::engine::Engine;
use crate::error::Result;

/// Adds an action to its batch, and signals every process that its copy of the configuration is stale. `by` is None
/// for actions of Deskbell itself.
pub fn act_by(
    app: &Engine,
    batch: &mut Batch,
    by: Option<UserId>,
    action: &str,
    object: impl Display,
    detail: AuditDetail,
) {
    let object = object.to_string();
    setting::audit(batch, &mut app.id_source(), app.clock.now(), by, action, &object, detail);
    batch.notify(Signal::Config);
}

/// The name of a gateway's account in the log.
pub fn object_of(gateway: GatewayId, account: &str) -> String {
    format!("account {account} of gateway {gateway}")
}

/// Records an action that changes nothing in the store itself, such as an export.
pub async fn record(app: &Engine, by: UserId, action: &str, object: &str, detail: AuditDetail) -> Result<()> {
    let mut batch = Batch::new();
    setting::audit(&mut batch, &mut app.id_source(), app.clock.now(), Some(by), action, object, detail);
    app.store.commit(batch).await?;
    Ok(())
}

/// Entries below an id, newest first, each with the name of its object where that still exists.
pub async fn list(
    app: &Engine,
    by: Option<UserId>,
    action: &str,
    below: i64,
    limit: i64,
) -> Result<Vec<(Line, Option<String>)>> {
    let lines = audit::list(&app.store, by, action, below, limit).await?;
    let names = names(app, &lines).await?;
    let named = |line: Line| {
        let name = names.get(&line.object).cloned();
        (line, name)
    };
    Ok(lines.into_iter().map(named).collect())
}

/// Names by object: `user 42` is "Anna Admin". Reads only the lists that are needed.
async fn names(app: &Engine, lines: &[Line]) -> Result<HashMap<String, String>> {
    let objects: BTreeSet<&str> = lines.iter().map(|line| line.object.as_str()).collect();
    let has = |kind: &str| objects.iter().any(|object| object.starts_with(kind));
    let store = &app.store;
    let mut names = HashMap::new();
    let directory = app.directory();
    for (id, gateway) in &directory.gateways {
        names.insert(format!("gateway {id}"), gateway.row.name.clone());
    }
    for queue in &directory.queues {
        names.insert(format!("queue {}", queue.id), queue.name.clone());
    }
    for ((gateway, id), page) in &directory.accounts {
        names.insert(object_of(*gateway, id), page.name.clone());
    }
    if has("user ") {
        names.extend(user::list(store).await?.into_iter().map(|user| (format!("user {}", user.id), user.name)));
    }
    if has("flow ") {
        names.extend(flow::list(store).await?.into_iter().map(|flow| (format!("flow {}", flow.id), flow.name)));
    }
    for object in &objects {
        let id = object.strip_prefix("campaign ").and_then(|id| id.parse().ok());
        let Some(id) = id else { continue };
        if let Some(it) = campaign::one(store, CampaignId(id)).await? {
            names.insert((*object).to_owned(), it.name);
        }
    }
    if has("label ") {
        names.extend(
            label::list(store).await?.into_iter().map(|label| (format!("label {}", label.id), label.name)),
        );
    }
    if has("pause cause ") {
        let causes = pause_cause::list(store).await?.into_iter();
        names.extend(causes.map(|cause| (format!("pause cause {}", cause.id), cause.name)));
    }
    if has("calendar ") {
        let all = calendar::list(store).await?.into_iter();
        names.extend(all.map(|it| (format!("calendar {}", it.id), it.name)));
    }
    if has("macro ") {
        names.extend(macros::list(store).await?.into_iter().map(|it| (format!("macro {}", it.id), it.name)));
    }
    if has("role ") {
        names.extend(role::list(store).await?.into_iter().map(|it| (format!("role {}", it.id), it.name)));
    }
    if has("form ") {
        names.extend(form::list(store).await?.into_iter().map(|it| (format!("form {}", it.id), it.name)));
    }
    for (noun, kind) in [("team", Kind::Team), ("skill", Kind::Skill), ("close reason", Kind::CloseReason)] {
        if has(&format!("{noun} ")) {
            let all = named::list(store, kind).await?.into_iter();
            names.extend(all.map(|it| (format!("{noun} {}", it.id), it.name)));
        }
    }
    if has("quick reply ") {
        let replies = quick_reply::list(store).await?.into_iter();
        names.extend(replies.map(|reply| (format!("quick reply {}", reply.id), reply.content.title)));
    }
    for object in &objects {
        let id = object.strip_prefix("contact ").and_then(|id| id.parse().ok());
        let Some(id) = id else { continue };
        if let Some(name) = contact::find(store, ContactId(id)).await?.and_then(|person| person.name) {
            names.insert((*object).to_owned(), name);
        }
    }
    Ok(names)
}
