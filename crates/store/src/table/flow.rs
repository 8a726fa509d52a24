//! Flows: drafts and the versions that were published.

use domain::id::FlowId;

use crate::batch::statements;
use crate::{Error, Row, Store, values};

statements! {
    /// Every flow.
    LIST = "SELECT id, name, draft, published, version FROM flow ORDER BY id";
    /// One flow.
    BY_ID = "SELECT id, name, draft, published, version FROM flow WHERE id = $1";
    /// Adds a flow.
    INSERT = "INSERT INTO flow (id, name, draft, published, version) VALUES ($1, $2, $3, NULL, 1)";
    /// Changes the draft; $4 is the version that was edited, or 0 for whichever it is.
    UPDATE = "UPDATE flow SET name = $2, draft = $3, version = version + 1 WHERE id = $1 AND (version = $4 OR $4 = 0)";
    /// A version becomes the one that new runs begin with.
    PUBLISH = "UPDATE flow SET published = $2, version = version + 1 WHERE id = $1";
    /// Keeps a version for good.
    INSERT_VERSION = "INSERT INTO flow_version (flow_id, number, body, published_at, published_by) VALUES ($1, $2, $3, $4, $5)";
    /// Every version of a flow, newest first.
    VERSIONS = "SELECT number, published_at, published_by FROM flow_version WHERE flow_id = $1 ORDER BY number DESC";
    /// One version.
    VERSION = "SELECT body FROM flow_version WHERE flow_id = $1 AND number = $2";
    /// What new runs begin with, for every flow.
    PUBLISHED = "SELECT f.id, v.number, v.body FROM flow f JOIN flow_version v ON v.flow_id = f.id AND v.number = f.published";
    /// Changes nothing, and a row only if the draft is still the one that was read.
    UNCHANGED = "UPDATE flow SET version = version WHERE id = $1 AND version = $2";
    /// Removes a flow that no gateway greets with. Its versions stay: runs that began in them go on.
    DELETE = "DELETE FROM flow WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM gateway WHERE flow_id = $1 AND deleted_at IS NULL)";
    /// It greets a review, and no customer.
    OF_REVIEW = "UPDATE flow SET review_of = $2 WHERE id = $1";
    /// The flow that greets a gateway's review.
    BY_REVIEW = "SELECT id FROM flow WHERE review_of = $1 AND published IS NOT NULL ORDER BY id LIMIT 1";
    /// Gateways that use a flow.
    IN_USE = "SELECT name FROM gateway WHERE flow_id = $1 AND deleted_at IS NULL";
}

/// A bot's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// Its name.
    pub name: String,
    /// What is being edited, as JSON.
    pub draft: String,
    /// The version that new runs begin with.
    pub published: Option<i64>,
    /// Grows with each edit.
    pub version: i64,
}

/// A flow from its columns.
pub fn from_row(row: &Row) -> Flow {
    Flow {
        id: FlowId(row.int(0)),
        name: row.text(1),
        draft: row.text(2),
        published: row.opt_int(3),
        version: row.int(4),
    }
}

/// One flow by its id.
pub async fn by_id(store: &Store, id: FlowId) -> Result<Option<Flow>, Error> {
    Ok(store.row(BY_ID, values![id]).await?.as_ref().map(from_row))
}
