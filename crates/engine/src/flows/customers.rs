//! How many customers are at each node of a published flow, and how many left there.

use domain::id::FlowId;
use serde::{Deserialize, Serialize};
use store::table::flow;
use utoipa::{IntoParams, ToSchema};

use super::row;
use crate::engine::Engine;
use crate::error::Result;

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CustomersQuery {
    /// Its number; the published one if left out.
    pub version: Option<i64>,
}

/// The customers in a version of a flow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowCustomers)]
pub struct Customers {
    /// The version; null if none was published.
    pub version: Option<i64>,
    /// Nodes at which customers are or left; all others have none.
    pub nodes: Vec<NodeCustomers>,
}

/// The customers at a node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowNodeCustomers)]
pub struct NodeCustomers {
    pub node: String,
    /// How many are there now.
    pub here: i64,
    /// How many left there: their conversation was closed, or they did not answer in time.
    pub left: i64,
}

/// The customers at each node.
pub async fn of(app: &Engine, id: FlowId, query: &CustomersQuery) -> Result<Customers> {
    let flow = row(app, id).await?;
    let Some(version) = query.version.or(flow.published) else {
        return Ok(Customers { version: None, nodes: Vec::new() });
    };
    let nodes = flow::at_nodes(&app.store, id, version).await?;
    let nodes = nodes.into_iter().map(|(node, at)| NodeCustomers { node, here: at.here, left: at.left });
    Ok(Customers { version: Some(version), nodes: nodes.collect() })
}
