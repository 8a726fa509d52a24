//! Control over a thread (§5.4): taken or passed. The sandbox stores no owner: it checks the call as strictly as Send
//! does, and responds.

use super::Outcome;
use super::auth::{self, Caller};
use super::error::GraphError;
use super::instagram;
use super::request::Call;
use crate::world::World;
use serde_json::{Value, json};

/// `POST /{page}/take_thread_control`, `POST /{page}/pass_thread_control`.
pub fn change(world: &World, call: &Call, caller: &Caller, page_id: &str, edge: &str) -> Outcome {
    let recipient = call.json("recipient")?.ok_or_else(|| GraphError::required("recipient"))?;
    let psid = match &recipient["id"] {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return Err(GraphError::required("recipient[id]")),
    };
    match world.psids.get(&psid) {
        Some((account, _)) if world.instagram.contains_key(account) => {
            instagram::with(world, caller, "POST", account, instagram::Need::Messages)?;
        }
        known => {
            auth::page_with(world, caller, page_id, "POST", "pages_messaging", "MESSAGING")?;
            if known.is_none_or(|(page, _)| page != page_id) {
                return Err(GraphError::new(100, "(#100) No matching user found").subcode(2018001));
            }
        }
    }
    if edge == "pass_thread_control" && call.text("target_app_id").is_none() {
        return Err(GraphError::required("target_app_id"));
    }
    Ok(json!({"success": true}))
}
