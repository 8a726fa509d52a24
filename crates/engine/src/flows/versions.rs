//! The versions of a flow: what was published and when, going back to an earlier one, and what differs between two.

use domain::audit_detail::AuditDetail;
use domain::flow::compare::{Difference, differences};
use domain::id::{FlowId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::table::flow::{self, Version};
use store::table::flow_failure;
use store::{Batch, CommitError};
use utoipa::{IntoParams, ToSchema};

use super::problems::Installation;
use super::{FlowView, one, row, unfit};
use crate::audit::act_by;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// A published version.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FlowVersion)]
pub struct VersionView {
    pub number: i64,
    #[schema(format = DateTime)]
    pub published_at: String,
    /// The name of the user who published it.
    pub by: String,
    /// What they wrote about it; empty for nothing.
    pub note: String,
}

impl From<Version> for VersionView {
    fn from(it: Version) -> Self {
        Self { number: it.number, published_at: rfc3339(it.published_at), by: it.by, note: it.note }
    }
}

/// A published version with its body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowVersionBody)]
pub struct VersionBody {
    #[serde(flatten)]
    pub version: VersionView,
    #[schema(value_type = Object)]
    pub body: Value,
}

/// The version to go back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowRollback)]
pub struct RollbackOrder {
    /// Its number.
    pub version: i64,
}

/// The versions to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CompareQuery {
    /// The number of a version, or `draft`.
    pub a: String,
    /// The number of a version, or `draft`.
    pub b: String,
}

/// What differs between two versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowComparison)]
pub struct Comparison {
    /// The differences in `b`, node by node. Positions on the canvas and remarks do not count.
    pub differences: Vec<Difference>,
    #[schema(value_type = Object)]
    pub a: Value,
    #[schema(value_type = Object)]
    pub b: Value,
}

/// All versions, newest first.
pub async fn all(app: &Engine, id: FlowId) -> Result<Vec<VersionView>> {
    row(app, id).await?;
    let (versions, _) = flow::versions(&app.store, id, 0).await?;
    Ok(versions.into_iter().map(VersionView::from).collect())
}

/// One version.
pub async fn body(app: &Engine, id: FlowId, number: i64) -> Result<VersionBody> {
    row(app, id).await?;
    let found = flow::one_version(&app.store, id, number).await?;
    let (version, text) = found.ok_or_else(|| Error::NotFound("version of the flow"))?;
    Ok(VersionBody { version: version.into(), body: serde_json::from_str(&text).unwrap_or_default() })
}

/// New conversations begin with an earlier version again. The draft stays as it is, and so does the list of versions: an
/// entry there is when a version was made. When it was gone back to, and by which user, is in the audit log.
pub async fn roll_back(app: &Engine, by: UserId, id: FlowId, order: RollbackOrder) -> Result<FlowView> {
    let number = order.version;
    row(app, id).await?;
    let Some((_, text)) = flow::one_version(&app.store, id, number).await? else {
        return Err(Error::field("/version", format!("This flow has no version {number}.")));
    };
    // What only a version that is not published refers to may have been deleted.
    let found = Installation::read(app).await?.problems_of(app, id, &text);
    if let Some(error) = found.iter().find(|problem| problem.is_error()) {
        return Err(unfit(&format!("Version {number} cannot be published again: {}", error.detail), found));
    }
    let mut batch = Batch::new();
    flow::roll_back(&mut batch, id, number);
    flow_failure::forget(&mut batch, id);
    act_by(app, &mut batch, Some(by), "flow.roll_back", format!("flow {id}"), AuditDetail::Version { number });
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Error::NotFound("flow")),
        Err(error) => return Err(error.into()),
    }
    app.reload().await?;
    one(app, id).await
}

/// What differs between two versions, or a version and the draft.
pub async fn compare(app: &Engine, id: FlowId, query: &CompareQuery) -> Result<Comparison> {
    let (a, b) = (named(app, id, "a", &query.a).await?, named(app, id, "b", &query.b).await?);
    Ok(Comparison { differences: differences(&a, &b), a, b })
}

async fn named(app: &Engine, id: FlowId, parameter: &str, name: &str) -> Result<Value> {
    if name == "draft" {
        return Ok(serde_json::from_str(&row(app, id).await?.draft).unwrap_or_default());
    }
    let unreadable = || Error::field(parameter, "This must be the number of a version, or draft.");
    let number = name.parse().map_err(|_| unreadable())?;
    Ok(body(app, id, number).await?.body)
}
