//! Dialogues that test a flow.

use domain::id::FlowId;

use crate::batch::statements;
use crate::text::fold;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Those of a flow, oldest first.
    LIST = "SELECT id, flow_id, name, body, must_pass, version FROM flow_test WHERE flow_id = $1 ORDER BY id";
    /// One of them.
    ONE = "SELECT id, flow_id, name, body, must_pass, version FROM flow_test WHERE flow_id = $1 AND id = $2";
    /// Adds one.
    INSERT = "INSERT INTO flow_test (id, flow_id, name, name_folded, body, must_pass, version) VALUES ($1, $2, $3, $6, $4, $5, 1)";
    /// Changes one; $6 is the expected version, or 0 for any.
    UPDATE = "UPDATE flow_test SET name = $3, name_folded = $7, body = $4, must_pass = $5, version = version + 1
        WHERE flow_id = $1 AND id = $2 AND (version = $6 OR $6 = 0)";
    /// Removes one.
    DELETE = "DELETE FROM flow_test WHERE flow_id = $1 AND id = $2";
    /// Removes those of a flow.
    DELETE_OF_FLOW = "DELETE FROM flow_test WHERE flow_id = $1";
}

/// A dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowTest {
    /// Its id.
    pub id: i64,
    /// The flow.
    pub flow: FlowId,
    /// Its name.
    pub name: String,
    /// The messages and the expected answers, as JSON.
    pub body: String,
    /// Whether the flow can't be published while it fails.
    pub must_pass: bool,
    /// Increases with each edit.
    pub version: i64,
}

fn from_row(row: &Row) -> FlowTest {
    FlowTest {
        id: row.int(0),
        flow: FlowId(row.int(1)),
        name: row.text(2),
        body: row.text(3),
        must_pass: row.int(4) != 0,
        version: row.int(5),
    }
}

/// The dialogues of a flow, oldest first.
pub async fn list(store: &Store, flow: FlowId) -> Result<Vec<FlowTest>, Error> {
    Ok(store.rows(LIST, values![flow]).await?.iter().map(from_row).collect())
}

/// One of them.
pub async fn by_id(store: &Store, flow: FlowId, id: i64) -> Result<Option<FlowTest>, Error> {
    Ok(store.row(ONE, values![flow, id]).await?.as_ref().map(from_row))
}

/// Adds one. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, test: &FlowTest) {
    batch.push(
        INSERT,
        values![test.id, test.flow, &test.name, &test.body, i64::from(test.must_pass), fold(&test.name)],
    );
}

/// Changes one; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, test: &FlowTest, version: Option<i64>) {
    let must_pass = i64::from(test.must_pass);
    batch.must(
        UPDATE,
        values![test.flow, test.id, &test.name, &test.body, must_pass, version.unwrap_or(0), fold(&test.name)],
    );
}

/// Removes one.
pub fn delete(batch: &mut Batch, flow: FlowId, id: i64) {
    batch.must(DELETE, values![flow, id]);
}

/// Removes those of a flow.
pub fn delete_of_flow(batch: &mut Batch, flow: FlowId) {
    batch.push(DELETE_OF_FLOW, values![flow]);
}
