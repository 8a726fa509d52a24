//! Batches: `POST /` with up to 50 requests, answered as `{code,headers,body}` with `body` a JSON string (§11.3).

use super::error::GraphError;
use super::request::{Call, form_pairs};
use super::{Outcome, answer};
use crate::ascii;
use crate::shared::Shared;
use serde_json::{Map, Value, json};

/// Runs a batch; one bad request fails only its own slot.
pub async fn run(shared: &Shared, call: &Call) -> Outcome {
    let batch = call.json("batch")?.ok_or_else(|| GraphError::required("batch"))?;
    let items = batch.as_array().ok_or_else(|| GraphError::parameter("param batch must be an array."))?;
    if items.len() > 50 {
        return Err(GraphError::parameter("Too many requests in batch message. Maximum batch size is 50"));
    }
    let mut answers = Vec::with_capacity(items.len());
    for item in items {
        let sub = sub_call(call, item);
        let outcome = match sub {
            Ok(sub) if sub.segments.is_empty() => Err(GraphError::parameter("A batch cannot hold a batch")),
            Ok(sub) => Box::pin(answer(shared, &sub)).await,
            Err(error) => Err(error),
        };
        let (code, body) = match outcome {
            Ok(value) => (200, value),
            Err(error) => (error.status, error.envelope()),
        };
        let body = String::from_utf8_lossy(&ascii::to_bytes(&body)).into_owned();
        let headers = json!([{"name": "Content-Type", "value": "application/json; charset=UTF-8"}]);
        answers.push(json!({"code": code, "headers": headers, "body": body}));
    }
    Ok(Value::Array(answers))
}

fn sub_call(outer: &Call, item: &Value) -> Result<Call, GraphError> {
    let url = item["relative_url"].as_str().ok_or_else(|| GraphError::required("batch[relative_url]"))?;
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut params = Map::new();
    let body = item["body"].as_str().unwrap_or_default();
    for (name, value) in form_pairs(query).into_iter().chain(form_pairs(body)) {
        params.insert(name, Value::String(value));
    }
    // A request without its own token uses the batch's token and proof (§1.8).
    let own_token = params.contains_key("access_token");
    let mut call = Call::new(item["method"].as_str().unwrap_or("GET"), path, params);
    if !own_token {
        call.token = outer.token.clone();
        if let Some(proof) = outer.params.get("appsecret_proof") {
            call.params.entry("appsecret_proof").or_insert_with(|| proof.clone());
        }
    }
    if call.version.is_none() {
        call.version = outer.version.clone();
    }
    Ok(call)
}
