//! One request to another program over HTTP, with its secrets filled in.

use std::collections::BTreeMap;

use domain::flow::call::{Answer, Call, CallFault, Request, in_address, in_header, in_json, with_secrets};
use domain::id::ConversationId;
use serde_json::{Value, json};
use store::table::conversation;

use crate::clients::hook::{OutsideError, OutsideRequest};
use crate::engine::Engine;
use crate::flow_secrets;
use crate::view;

/// The result of one attempt.
pub(super) enum Outcome {
    /// This is the answer.
    Answer(Answer),
    /// It may be tried again, after this many seconds if the other side asks for it.
    Retry {
        /// The answer if no attempt is left.
        answer: Answer,
        after: Option<i64>,
    },
}

/// Makes one attempt.
pub(super) async fn ask(app: &Engine, id: ConversationId, call: &Call) -> Result<Outcome, store::Error> {
    let (method, url, headers) = match &call.request {
        Request::Http { method, url, headers, .. } => (method.word(), url, headers),
        Request::Webhook { url, headers, .. } => ("POST", url, headers),
        Request::Ai { .. } => return Ok(Outcome::Answer(Answer::Failed(CallFault::NotConfigured {}))),
    };
    let request = OutsideRequest {
        method,
        url: &filled(app, url, in_address),
        headers: headers.iter().map(|(name, text)| (name.clone(), filled(app, text, in_header))).collect(),
        body: body(app, id, call).await?,
        key: format!("deskbell-{}", call.id),
        seconds: u64::from(call.timeout_seconds),
    };
    Ok(outcome(app.hooks.ask(request).await, call.request.is_idempotent()))
}

/// A text with the values of its secrets, each escaped for its place.
fn filled(app: &Engine, text: &str, encode: fn(&str) -> String) -> String {
    with_secrets(text, |name| flow_secrets::value(app, name), encode)
}

async fn body(app: &Engine, id: ConversationId, call: &Call) -> Result<Option<String>, store::Error> {
    match &call.request {
        Request::Http { headers, body, .. } => {
            let is_json = headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
                .is_none_or(|(_, kind)| kind.to_ascii_lowercase().contains("json"));
            let encode: fn(&str) -> String = if is_json { in_json } else { str::to_owned };
            Ok(body.as_ref().map(|body| filled(app, body, encode)))
        }
        Request::Webhook { data, variables, .. } => {
            let data: BTreeMap<&String, String> =
                data.iter().map(|(name, text)| (name, filled(app, text, str::to_owned))).collect();
            webhook_body(app, id, call, &json!(data), variables).await.map(|body| Some(body.to_string()))
        }
        Request::Ai { .. } => Ok(None),
    }
}

/// The body of a flow's webhook: the conversation, the customer, and the run's variables.
async fn webhook_body(
    app: &Engine,
    id: ConversationId,
    call: &Call,
    data: &Value,
    variables: &BTreeMap<String, String>,
) -> Result<Value, store::Error> {
    let shown = match conversation::by_id(&app.store, id).await? {
        Some(stored) => serde_json::to_value(view::conversation(app, &stored).await?).unwrap_or_default(),
        None => Value::Null,
    };
    Ok(json!({
        "id": call.id.to_string(), "type": "flow", "node": call.node, "conversation_id": id, "conversation": shown,
        "variables": variables, "data": data,
    }))
}

/// The meaning of an answer, or of none. A request that may have had effects is not repeated.
pub(super) fn outcome(result: Result<(u16, Option<i64>, String), OutsideError>, idempotent: bool) -> Outcome {
    match result {
        Ok((status, after, body)) => {
            let answer = Answer::Http { status, body };
            match status {
                // Both mean that nothing was done.
                429 | 503 => Outcome::Retry { answer, after },
                500.. if idempotent => Outcome::Retry { answer, after },
                _ => Outcome::Answer(answer),
            }
        }
        Err(error) => {
            let (fault, arrived) = match error {
                OutsideError::Forbidden(detail) => {
                    return Outcome::Answer(Answer::Failed(CallFault::Forbidden { detail }));
                }
                OutsideError::TooLarge => return Outcome::Answer(Answer::Failed(CallFault::TooLarge {})),
                OutsideError::NotReached => (CallFault::Unreachable {}, false),
                OutsideError::TimedOut => (CallFault::TimedOut {}, true),
                OutsideError::BrokenOff => (CallFault::Unreachable {}, true),
            };
            let answer = Answer::Failed(fault);
            if arrived && !idempotent { Outcome::Answer(answer) } else { Outcome::Retry { answer, after: None } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(result: Result<(u16, Option<i64>, String), OutsideError>, idempotent: bool) -> bool {
        matches!(outcome(result, idempotent), Outcome::Retry { .. })
    }

    #[test]
    fn what_may_have_had_effects_is_not_asked_again() {
        let status = |status| Ok((status, None, String::new()));
        assert!(again(Err(OutsideError::NotReached), false), "it never arrived");
        assert!(again(status(429), false) && again(status(503), false), "it says that nothing was done");
        for maybe in [Err(OutsideError::TimedOut), Err(OutsideError::BrokenOff), status(500)] {
            assert!(!again(maybe, false));
        }
        for read in [Err(OutsideError::TimedOut), Err(OutsideError::BrokenOff), status(502)] {
            assert!(again(read, true));
        }
        for never in
            [status(200), status(404), Err(OutsideError::TooLarge), Err(OutsideError::Forbidden("".into()))]
        {
            assert!(!again(never, true));
        }
    }
}
