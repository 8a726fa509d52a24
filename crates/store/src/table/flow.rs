//! Flows: drafts and the versions that were published.

use std::collections::BTreeMap;

use domain::id::FlowId;
use domain::time::Micros;

use crate::batch::statements;
use crate::text::fold;
use crate::{Batch, Error, Row, Store, values};

statements! {
    /// Every flow.
    LIST = "SELECT id, name, draft, published, version FROM flow ORDER BY id";
    /// One flow.
    BY_ID = "SELECT id, name, draft, published, version FROM flow WHERE id = $1";
    /// Adds a flow.
    INSERT = "INSERT INTO flow (id, name, name_folded, draft, published, version) VALUES ($1, $2, $4, $3, NULL, 1)";
    /// Changes the draft; $4 is the expected version, or 0 for any.
    UPDATE = "UPDATE flow SET name = $2, name_folded = $5, draft = $3, version = version + 1 WHERE id = $1 AND (version = $4 OR $4 = 0)";
    /// Makes a version the one that new runs use.
    PUBLISH = "UPDATE flow SET published = $2, version = version + 1 WHERE id = $1";
    /// Stores a version permanently.
    INSERT_VERSION = "INSERT INTO flow_version (flow_id, number, body, published_at, published_by, note) VALUES ($1, $2, $3, $4, $5, $6)";
    /// Every version of a flow, newest first.
    VERSIONS = "SELECT number, published_at, published_by, note FROM flow_version WHERE flow_id = $1 ORDER BY number DESC";
    /// One version.
    VERSION = "SELECT body FROM flow_version WHERE flow_id = $1 AND number = $2";
    /// The version that new runs use, for every flow.
    PUBLISHED = "SELECT f.id, v.number, v.body FROM flow f JOIN flow_version v ON v.flow_id = f.id AND v.number = f.published";
    /// One version with its details.
    WHOLE_VERSION = "SELECT number, published_at, published_by, note, body FROM flow_version WHERE flow_id = $1 AND number = $2";
    /// A no-op that touches the row only if the draft is still the one that was read.
    UNCHANGED = "UPDATE flow SET version = version WHERE id = $1 AND version = $2";
    /// Removes a flow that no gateway and no entry point greets with. Its versions stay: runs that began in them
    /// continue.
    DELETE = "DELETE FROM flow WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM gateway WHERE flow_id = $1 AND deleted_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM entry_point WHERE flow_id = $1)";
    /// How many customers are at each node of a version (0), and how many left there (1).
    AT_NODES = "SELECT run_node, run_left, count(*) FROM conversation
        WHERE run_flow = $1 AND run_version = $2 AND run_node IS NOT NULL GROUP BY run_node, run_left";
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
    /// The version that new runs use.
    pub published: Option<i64>,
    /// Increases with each edit.
    pub version: i64,
}

/// A flow from its columns.
pub(crate) fn from_row(row: &Row) -> Flow {
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

/// All flows, oldest first.
pub async fn list(store: &Store) -> Result<Vec<Flow>, Error> {
    Ok(store.rows(LIST, values![]).await?.iter().map(from_row).collect())
}

/// A version that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub number: i64,
    /// When it was published.
    pub published_at: Micros,
    /// Who published it.
    pub by: String,
    /// What they wrote about it.
    pub note: String,
}

fn version(row: &Row) -> Version {
    Version { number: row.int(0), published_at: Micros(row.int(1)), by: row.text(2), note: row.text(3) }
}

/// Every version of a flow, newest first, and the body of one of them as JSON.
pub async fn versions(store: &Store, id: FlowId, number: i64) -> Result<(Vec<Version>, Option<String>), Error> {
    let answers = store.ask(vec![(VERSIONS, values![id]), (VERSION, values![id, number])]).await?;
    Ok((answers[0].iter().map(version).collect(), answers[1].first().map(|row| row.text(0))))
}

/// The number of the newest version; 0 for none.
pub async fn newest_version(store: &Store, id: FlowId) -> Result<i64, Error> {
    Ok(store.row(VERSIONS, values![id]).await?.map_or(0, |row| row.int(0)))
}

/// The body of a version, as JSON.
pub async fn body(store: &Store, id: FlowId, number: i64) -> Result<Option<String>, Error> {
    Ok(store.row(VERSION, values![id, number]).await?.map(|row| row.text(0)))
}

/// The version that new runs of a flow use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The flow.
    pub flow: FlowId,
    /// The version's number.
    pub number: i64,
    /// Its body, as JSON.
    pub body: String,
}

/// The version that new runs use, for every published flow.
pub async fn published(store: &Store) -> Result<Vec<Published>, Error> {
    let rows = store.rows(PUBLISHED, values![]).await?;
    let published = |row: &Row| Published { flow: FlowId(row.int(0)), number: row.int(1), body: row.text(2) };
    Ok(rows.iter().map(published).collect())
}

/// The customers at one node of a flow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtNode {
    /// How many are there now.
    pub here: i64,
    /// How many left there.
    pub left: i64,
}

/// How many customers are at each node of a version; nodes at which no one is or left are not named.
pub async fn at_nodes(store: &Store, id: FlowId, number: i64) -> Result<BTreeMap<String, AtNode>, Error> {
    let mut nodes: BTreeMap<String, AtNode> = BTreeMap::new();
    for row in store.rows(AT_NODES, values![id, number]).await? {
        let at = nodes.entry(row.text(0)).or_default();
        let count = if row.opt_int(1) == Some(1) { &mut at.left } else { &mut at.here };
        *count = row.int(2);
    }
    Ok(nodes)
}

/// The names of the gateways whose customers a flow greets.
pub async fn gateways(store: &Store, id: FlowId) -> Result<Vec<String>, Error> {
    Ok(store.rows(IN_USE, values![id]).await?.iter().map(|row| row.text(0)).collect())
}

/// Adds a flow with its draft as JSON. A taken name makes the batch a duplicate.
pub fn insert(batch: &mut Batch, id: FlowId, name: &str, draft: &str) {
    batch.push(INSERT, values![id, name, draft, fold(name)]);
}

/// Changes name and draft; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, id: FlowId, name: &str, draft: &str, version: Option<i64>) {
    batch.must(UPDATE, values![id, name, draft, version.unwrap_or(0), fold(name)]);
}

/// One version, and its body as JSON.
pub async fn one_version(store: &Store, id: FlowId, number: i64) -> Result<Option<(Version, String)>, Error> {
    let row = store.row(WHOLE_VERSION, values![id, number]).await?;
    Ok(row.map(|row| (version(&row), row.text(4))))
}

/// Publishes a version: new runs use it. A duplicate if there is one of that number.
pub fn publish(batch: &mut Batch, id: FlowId, version: &Version, body: &str) {
    let Version { number, published_at, by, note } = version;
    batch.push(INSERT_VERSION, values![id, *number, body, *published_at, by, note]);
    batch.push(PUBLISH, values![id, *number]);
}

/// Makes a published version the one that new runs use.
pub fn roll_back(batch: &mut Batch, id: FlowId, number: i64) {
    batch.must(PUBLISH, values![id, number]);
}

/// The batch is a conflict if the draft isn't the one that was read.
pub fn must_be_unchanged(batch: &mut Batch, flow: &Flow) {
    batch.must(UNCHANGED, values![flow.id, flow.version]);
}

/// Deletes a flow; a conflict if a gateway or an entry point greets with it. Its versions stay: runs that began in
/// them continue.
pub fn delete(batch: &mut Batch, id: FlowId) {
    batch.must(DELETE, values![id]);
}
