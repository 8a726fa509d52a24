//! Flows as files: exported, imported into another installation, and converted from other products.

use domain::flow::webitel;
use domain::id::{FlowId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::table::{flow, flow_test};
use utoipa::{IntoParams, ToSchema};

use super::dialogues::{self, NewTest};
use super::{FlowView, NewFlow, create, one, row};
use crate::engine::Engine;
use crate::error::{Error, Result};

/// The format name that identifies our files.
const FORMAT: &str = "deskbell-flow";

/// The origin of a file.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FlowSource)]
pub enum Source {
    /// An export of ours, or the body of a flow.
    #[default]
    Deskbell,
    /// The JSON array of a Webitel chat flow.
    Webitel,
}

/// How a file is read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Deskbell if left out.
    #[param(inline)]
    pub from: Option<Source>,
    /// The name of the flow; as in the file if left out.
    pub name: Option<String>,
}

/// A flow that was read from a file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportedFlow)]
pub struct Imported {
    #[serde(flatten)]
    pub flow: FlowView,
    /// What could not be converted, each as a sentence.
    pub left_out: Vec<String>,
}

/// A flow as a file, with its tests.
pub async fn export(app: &Engine, id: FlowId) -> Result<(String, Value)> {
    let flow = row(app, id).await?;
    let body: Value = serde_json::from_str(&flow.draft).unwrap_or_default();
    let tests = flow_test::list(&app.store, id).await?.into_iter().map(|test| {
        let mut script: Value = serde_json::from_str(&test.body).unwrap_or_default();
        script["name"] = json!(test.name);
        script["must_pass"] = json!(test.must_pass);
        script
    });
    let tests: Vec<Value> = tests.collect();
    let file = json!({ "format": FORMAT, "name": flow.name, "body": body, "tests": tests });
    Ok((flow.name, file))
}

/// Creates a flow from a file. Its draft may have problems, such as queues that do not exist here.
pub async fn import(app: &Engine, by: Option<UserId>, query: ImportQuery, file: Value) -> Result<Imported> {
    let mut left_out = Vec::new();
    let mut tests = Vec::new();
    let (name, body) = match query.from.unwrap_or_default() {
        Source::Webitel => {
            let converted = webitel::convert(&file).map_err(|detail| Error::field("", detail))?;
            left_out = converted.left_out;
            ("Webitel".to_owned(), converted.body)
        }
        Source::Deskbell => {
            let is_export = file.get("body").is_some();
            let body = if is_export { file["body"].clone() } else { file.clone() };
            if body.get("nodes").is_none() {
                return Err(Error::field("", "This is no flow: it has no nodes."));
            }
            tests = file["tests"].as_array().filter(|_| is_export).cloned().unwrap_or_default();
            (file["name"].as_str().unwrap_or("Imported").to_owned(), body)
        }
    };
    let name = free_name(app, query.name.as_deref().unwrap_or(&name)).await?;
    let made = create(app, by, NewFlow { name, body: Some(body) }).await?;
    for test in tests {
        let name = test["name"].as_str().unwrap_or_default().to_owned();
        let added = match serde_json::from_value::<NewTest>(test) {
            Ok(test) => {
                dialogues::create(app, by, made.item.id, test).await.map(drop).map_err(|it| it.to_string())
            }
            Err(error) => Err(format!("it can't be read: {error}.")),
        };
        if let Err(why) = added {
            left_out.push(format!("The test \"{name}\" was left out: {why}"));
        }
    }
    Ok(Imported { flow: one(app, made.item.id).await?, left_out })
}

/// A name that no other flow has.
async fn free_name(app: &Engine, wanted: &str) -> Result<String> {
    let wanted: String = wanted.trim().chars().take(70).collect();
    let wanted = if wanted.is_empty() { "Imported".to_owned() } else { wanted };
    let taken: Vec<String> = flow::list(&app.store).await?.into_iter().map(|flow| flow.name).collect();
    let numbered = (2..).map(|number| format!("{wanted} ({number})"));
    let mut names = std::iter::once(wanted.clone()).chain(numbered);
    Ok(names.find(|name| !taken.contains(name)).unwrap_or(wanted))
}
