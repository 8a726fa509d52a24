//! Flows: drafts that administrators edit and test, and the published versions that customers get.

pub mod customers;
pub mod dialogues;
pub mod exchange;
mod problems;
pub mod simulate;
pub mod starters;
pub mod versions;
mod warnings;

use domain::audit_detail::AuditDetail;
use domain::flow::{FlowBody, Node, Problem};
use domain::id::{FlowId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::table::flow::{self, Flow};
use store::table::message::json;
use store::table::user::User;
use store::table::{flow_failure, flow_test};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use self::problems::Installation;
use self::versions::VersionView;
use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, FieldError, Result};
use crate::fields::{Fields, fresh};
use crate::flow_failures::{self, FailureView};
use crate::{first_texts, flow_templates};

/// The longest note about a version.
const LONGEST_NOTE: usize = 1_000;

/// A flow, as shown in lists.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlowItem {
    #[schema(value_type = String)]
    pub id: FlowId,
    pub name: String,
    /// The version that new conversations use; null for none.
    pub published_version: Option<i64>,
    /// What is wrong with the draft. Errors prevent it from being published; warnings do not.
    pub problems: Vec<Problem>,
    /// Steps that failed for customers since it was published, where it does not say what comes then. The latest first.
    pub failures: Vec<FailureView>,
    pub version: i64,
}

/// A flow.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Flow)]
pub struct FlowView {
    #[serde(flatten)]
    pub item: FlowItem,
    /// What is being edited: see `GET /flow-schema`.
    #[schema(value_type = Object)]
    pub body: Value,
    /// The same as `body`, for old clients.
    #[schema(value_type = Object)]
    pub draft: Value,
    /// The published version, which customers get.
    #[schema(value_type = Option<Object>)]
    pub published: Option<Value>,
    /// All published versions, newest first.
    pub versions: Vec<VersionView>,
}

/// A new flow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFlow)]
pub struct NewFlow {
    pub name: String,
    /// If left out, a copy of the "Welcome" flow that comes with Deskbell.
    #[serde(alias = "draft")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
}

/// An edited flow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowChange)]
pub struct FlowChange {
    pub name: Option<String>,
    #[serde(alias = "draft")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
    pub version: Option<i64>,
}

/// The draft to publish.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowPublish)]
pub struct PublishOrder {
    pub version: Option<i64>,
    /// What changed, for those who read the list of versions later.
    pub note: Option<String>,
}

/// A draft that can be stored: any JSON object below the size limit. Problems are reported, but it is saved anyway,
/// so that no work is lost.
fn storable(pointer: &str, draft: &Value) -> Result<String> {
    if !draft.is_object() {
        return Err(Error::field(pointer, "A flow is a JSON object."));
    }
    let text = draft.to_string();
    if text.len() > domain::flow::LARGEST {
        return Err(Error::field(pointer, "This flow is too large: at most 512 KiB are possible."));
    }
    Ok(text)
}

/// A body with the right structure; its content may still have problems.
fn shaped(pointer: &str, draft: Value) -> Result<FlowBody> {
    storable(pointer, &draft)?;
    domain::flow::parse_value(draft).map_err(|problems| invalid(pointer, problems))
}

fn invalid(pointer: &str, problems: Vec<Problem>) -> Error {
    let field = |it: Problem| FieldError { pointer: format!("{pointer}{}", it.pointer), detail: it.detail };
    Error::Invalid(problems.into_iter().map(field).collect())
}

fn item(app: &Engine, installation: &Installation, failures: &[(FlowId, FailureView)], flow: &Flow) -> FlowItem {
    let own = failures.iter().filter(|(id, _)| *id == flow.id);
    FlowItem {
        id: flow.id,
        name: flow.name.clone(),
        published_version: flow.published,
        problems: installation.problems_of_draft(app, flow),
        failures: own.map(|(_, failure)| failure.clone()).collect(),
        version: flow.version,
    }
}

pub(crate) async fn row(app: &Engine, id: FlowId) -> Result<Flow> {
    flow::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("flow"))
}

/// One flow.
pub async fn one(app: &Engine, id: FlowId) -> Result<FlowView> {
    let flow = row(app, id).await?;
    let (versions, published) = flow::versions(&app.store, id, flow.published.unwrap_or(0)).await?;
    let failures = flow_failures::all(&app.store).await?;
    let mut item = item(app, &Installation::read(app).await?, &failures, &flow);
    if let Ok(body) = domain::flow::parse(&flow.draft) {
        item.problems.extend(warnings::of(&body, &flow_templates::of_all_accounts(app, &body).await?));
    }
    let read = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    let body: Value = read(&flow.draft);
    Ok(FlowView {
        item,
        draft: body.clone(),
        body,
        published: published.map(|body| read(&body)),
        versions: versions.into_iter().map(VersionView::from).collect(),
    })
}

/// All flows, the oldest first.
pub async fn all(app: &Engine) -> Result<Vec<FlowItem>> {
    let installation = Installation::read(app).await?;
    let failures = flow_failures::all(&app.store).await?;
    Ok(flow::list(&app.store).await?.iter().map(|flow| item(app, &installation, &failures, flow)).collect())
}

/// Creates a flow. Customers see it only after it is published and chosen for a gateway.
pub async fn create(app: &Engine, by: Option<UserId>, new: NewFlow) -> Result<FlowView> {
    let mut fields = Fields::default();
    let name = fields.name("/name", &new.name, 80);
    fields.done()?;
    let body = match &new.body {
        Some(body) => storable("/body", body)?,
        None => json(&first_texts::welcome(app.config.language)),
    };
    let id = FlowId(app.ids.next());
    let mut batch = Batch::new();
    flow::insert(&mut batch, id, &name, &body);
    act_by(app, &mut batch, by, "flow.create", format!("flow {id}"), AuditDetail::named(&name));
    app.store.commit(batch).await.map_err(duplicate)?;
    one(app, id).await
}

/// Saves name and draft. A draft may have errors.
pub async fn update(app: &Engine, by: UserId, id: FlowId, change: FlowChange) -> Result<FlowView> {
    let current = row(app, id).await?;
    if change.version.is_some_and(|sent| sent != current.version) {
        return Err(Error::stale(&one(app, id).await?));
    }
    let mut fields = Fields::default();
    let name = fields.name("/name", change.name.as_deref().unwrap_or(&current.name), 80);
    fields.done()?;
    let draft = match &change.body {
        Some(draft) => storable("/body", draft)?,
        None => current.draft,
    };
    let mut batch = Batch::new();
    flow::update(&mut batch, id, &name, &draft, change.version);
    act_by(app, &mut batch, Some(by), "flow.update", format!("flow {id}"), AuditDetail::named(&name));
    match app.store.commit(batch).await {
        Ok(_) => one(app, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Publishes the draft: new conversations start with it. Conversations in progress continue with their version.
pub async fn publish(app: &Engine, by: &User, id: FlowId, sent: PublishOrder) -> Result<FlowView> {
    let current = row(app, id).await?;
    if sent.version.is_some() {
        fresh(sent.version, current.version, &one(app, id).await?)?;
    }
    let mut fields = Fields::default();
    let note = fields.note("/note", sent.note.as_deref().unwrap_or_default(), LONGEST_NOTE);
    fields.done()?;
    let found = Installation::read(app).await?.problems_of_draft(app, &current);
    if found.iter().any(Problem::is_error) {
        return Err(unfit("The draft has errors: correct them, then publish it.", found));
    }
    let body = domain::flow::parse(&current.draft).map_err(|problems| invalid("/body", problems))?;
    let failed = dialogues::failures(app, id, &body).await?;
    if !failed.is_empty() {
        let problems = failed
            .into_iter()
            .map(|it| Problem::new("", format!("The test \"{}\" fails: {}", it.name, it.detail)));
        return Err(unfit("Tests that must pass fail: correct the draft or the tests.", problems.collect()));
    }
    let number = flow::newest_version(&app.store, id).await? + 1;
    let version = flow::Version { number, published_at: app.clock.now(), by: by.name.clone(), note };
    let mut batch = Batch::new();
    // The checked draft is the one that is published.
    flow::must_be_unchanged(&mut batch, &current);
    flow::publish(&mut batch, id, &version, &current.draft);
    flow_failure::forget(&mut batch, id);
    act_by(app, &mut batch, Some(by.id), "flow.publish", format!("flow {id}"), AuditDetail::Version { number });
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict | CommitError::Duplicate) => {
            return Err(Error::stale(&one(app, id).await?));
        }
        Err(error) => return Err(error.into()),
    }
    app.reload().await?;
    one(app, id).await
}

/// A draft that can't be published, with everything that is wrong with it.
fn unfit(detail: &str, problems: Vec<Problem>) -> Error {
    let errors = problems.iter().filter(|problem| problem.is_error());
    let errors =
        errors.map(|it| FieldError { pointer: format!("/body{}", it.pointer), detail: it.detail.clone() });
    Error::Unfit {
        detail: detail.into(),
        errors: errors.collect(),
        problems: serde_json::to_value(&problems).unwrap_or_default(),
    }
}

/// Deletes a flow that nothing uses. Conversations that are in it continue to its end.
pub async fn delete(app: &Engine, by: UserId, id: FlowId) -> Result<()> {
    let current = row(app, id).await?;
    let gateways = flow::gateways(&app.store, id).await?;
    if !gateways.is_empty() {
        let names: Vec<_> = gateways.iter().map(|name| format!("\"{name}\"")).collect();
        let what = if names.len() == 1 { "the gateway" } else { "the gateways" };
        return Err(Error::conflict(format!("\"{}\" is used by {what} {}.", current.name, names.join(", "))));
    }
    let directory = app.directory();
    if let Some(leads) = directory.entry_points.iter().find(|leads| leads.flow == id) {
        return Err(Error::conflict(format!(
            "The link and the code word of \"{}\" lead to \"{}\": end them first.",
            leads.name, current.name
        )));
    }
    for other in flow::list(&app.store).await?.into_iter().filter(|other| other.id != id) {
        let draft = domain::flow::parse(&other.draft).is_ok_and(|body| leads_to(&body, id));
        if draft || directory.flows.get(&other.id).is_some_and(|(_, body)| leads_to(body, id)) {
            return Err(Error::conflict(format!("The flow \"{}\" leads to \"{}\".", other.name, current.name)));
        }
    }
    let mut batch = Batch::new();
    flow::delete(&mut batch, id);
    flow_test::delete_of_flow(&mut batch, id);
    flow_failure::forget(&mut batch, id);
    act_by(app, &mut batch, Some(by), "flow.delete", format!("flow {id}"), AuditDetail::named(&current.name));
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

/// The flows with a matching node in their draft or published version: they use something that is to be deleted.
pub(crate) async fn naming(app: &Engine, is_it: impl Fn(&Node) -> bool + Sync) -> Result<Vec<String>> {
    let directory = app.directory();
    let names = |body: &FlowBody| body.nodes.values().any(&is_it);
    let found = flow::list(&app.store).await?.into_iter().filter(|flow| {
        domain::flow::parse(&flow.draft).is_ok_and(|body| names(&body))
            || directory.flows.get(&flow.id).is_some_and(|(_, body)| names(body))
    });
    Ok(found.map(|flow| format!("the flow \"{}\"", flow.name)).collect())
}

fn leads_to(body: &FlowBody, id: FlowId) -> bool {
    body.flows().any(|(_, other)| other == id)
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "There is a flow of this name already."),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_kept_whatever_is_wrong_with_it_if_it_is_an_object() {
        let odd = serde_json::json!({"schema": 7, "nodes": {"a": {"type": "hologram"}}});
        assert!(storable("/body", &odd).is_ok());
        for bad in [Value::Null, serde_json::json!("x"), serde_json::json!([1])] {
            assert!(storable("/body", &bad).is_err(), "{bad}");
        }
        let large = serde_json::json!({ "x": "y".repeat(domain::flow::LARGEST) });
        assert!(storable("/body", &large).is_err());
    }

    #[test]
    fn a_shape_that_is_wrong_is_told_with_its_place_in_the_body() {
        let body = serde_json::json!({"schema": 1, "start": "a", "nodes": {"a": {"type": "dance"}}});
        let Err(Error::Invalid(errors)) = shaped("/body", body) else { panic!("it was taken") };
        assert_eq!(errors[0].pointer, "/body/nodes/a/type");
    }
}
