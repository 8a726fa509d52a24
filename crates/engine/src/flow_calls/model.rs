//! One request to the configured language model: any endpoint with OpenAI's chat completions API.

mod answer;
mod events;

use std::time::Duration;

use domain::flow::call::{Answer, Call, CallFault};
use domain::message::{Direction, Kind};
use serde::Serialize;
use serde_json::{Value, json};
use store::table::job::Job;
use store::table::message;
use utoipa::ToSchema;

use self::answer::Limits;
use super::ask::{Outcome, outcome};
use crate::ai::{self, AiSettings};
use crate::clients::hook::OutsideRequest;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// How many messages of the conversation it reads.
const MESSAGES: i64 = 20;
/// The longest answer, in tokens: a limit of cost.
const LONGEST_ANSWER: u32 = 500;
/// How long a test waits for an answer, in seconds.
const TEST_SECONDS: u32 = 20;
/// The longest pause between two tokens of an answer that is streamed.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// What the model writes if a person should take over.
const HAND_OVER: &str = "HAND_OVER";

/// The end of a thread.
const NEWEST: message::Place = message::Place { at: i64::MAX, id: i64::MAX };

/// Makes one attempt.
pub(super) async fn ask(
    app: &Engine,
    job: &Job,
    call: &Call,
    instructions: &str,
    knowledge: &[String],
) -> std::result::Result<Outcome, store::Error> {
    let Some(settings) = ai::usable(app).await? else {
        return Ok(Outcome::Answer(Answer::Failed(CallFault::NotConfigured {})));
    };
    let mut messages = vec![json!({ "role": "system", "content": system(instructions, knowledge) })];
    let newest = message::before(&app.store, job.conversation, NEWEST, MESSAGES).await?;
    for stored in newest.iter().rev() {
        let message = &stored.message;
        let text = message.text.as_deref().unwrap_or_default();
        let role = match message.direction {
            Direction::In => "user",
            Direction::Out => "assistant",
            Direction::Internal => continue,
        };
        if !text.is_empty() && !matches!(message.kind, Kind::Event | Kind::Note) {
            messages.push(json!({ "role": role, "content": text }));
        }
    }
    let question =
        Question { messages: json!(messages), most_tokens: LONGEST_ANSWER, seconds: call.timeout_seconds };
    Ok(match put(app, &settings, question, call.id).await {
        Outcome::Answer(Answer::Text { text, .. }) => Outcome::Answer(hand_over(&text)),
        other => other,
    })
}

/// What it is asked.
pub(crate) struct Question {
    /// The messages of the chat, as the API takes them.
    pub messages: Value,
    /// The longest answer, in tokens: a limit of cost.
    pub most_tokens: u32,
    /// The time limit, in seconds.
    pub seconds: u32,
}

/// Asks it once and returns its text.
pub(crate) async fn text(
    app: &Engine,
    settings: &AiSettings,
    question: Question,
) -> std::result::Result<String, CallFault> {
    let (Outcome::Answer(answer) | Outcome::Retry { answer, .. }) =
        put(app, settings, question, app.ids.next()).await;
    match answer {
        Answer::Text { text, .. } => Ok(text),
        Answer::Failed(fault) => Err(fault),
        Answer::Http { status, .. } => Err(CallFault::Status { status }),
    }
}

/// Puts messages to it, once.
async fn put(app: &Engine, settings: &AiSettings, question: Question, id: i64) -> Outcome {
    let AiSettings { url, model, key } = settings;
    let Question { messages, most_tokens, seconds } = question;
    let body = json!({
        "model": model, "messages": messages, "max_tokens": most_tokens, "temperature": 0.2, "stream": true,
    });
    let request = OutsideRequest {
        method: "POST",
        url: &ai::completions(url),
        headers: vec![
            ("Authorization".into(), format!("Bearer {}", &**key)),
            ("Accept".into(), "text/event-stream, application/json".into()),
        ],
        body: Some(body.to_string()),
        key: format!("deskbell-{id}"),
        seconds: u64::from(seconds),
    };
    let opened = match app.hooks.open(request).await {
        Ok(opened) => opened,
        Err(error) => return outcome(Err(error), true),
    };
    match (opened.status, opened.after) {
        (200..300, _) => answer::read(opened.body(), Limits { tokens: most_tokens, pause: LONGEST_PAUSE }).await,
        (status, after) => outcome(Ok((status, after, String::new())), true),
    }
}

/// How a test of the language model went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AiTest)]
pub struct ModelTest {
    /// Whether it answered.
    pub ok: bool,
    /// What it answered, or what went wrong.
    pub message: String,
}

/// Asks the language model of the settings one question without any customer's data, also while it is switched off.
pub async fn test(app: &Engine) -> Result<ModelTest> {
    let settings = ai::tryable(app).await?;
    let settings = settings.ok_or_else(|| Error::conflict("Save the address and the model first."))?;
    let question = json!([{ "role": "user", "content": "Answer with one short sentence: can you hear me?" }]);
    let question = Question { messages: question, most_tokens: LONGEST_ANSWER, seconds: TEST_SECONDS };
    Ok(match text(app, &settings, question).await {
        Ok(message) => ModelTest { ok: true, message },
        Err(fault) => ModelTest { ok: false, message: fault.english() },
    })
}

fn system(instructions: &str, knowledge: &[String]) -> String {
    let mut text = format!(
        "You answer customers of a business in a chat. Answer briefly, in the customer's language, as plain text.\n\
         If you are not sure, or if the customer asks for a person, write {HAND_OVER} and nothing else.\n\n{instructions}"
    );
    if !knowledge.is_empty() {
        text.push_str("\n\nSay only what follows from these texts:");
        for part in knowledge {
            text.push_str("\n---\n");
            text.push_str(part);
        }
    }
    text
}

/// An answer to a customer: whether it asks for a person to take over.
fn hand_over(text: &str) -> Answer {
    Answer::Text { text: text.replace(HAND_OVER, "").trim().to_owned(), unsure: text.contains(HAND_OVER) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_for_a_person_is_noticed() {
        let text = |text: &str, unsure| Answer::Text { text: text.into(), unsure };
        assert_eq!(hand_over("We open at 9."), text("We open at 9.", false));
        assert_eq!(hand_over("HAND_OVER"), text("", true));
        assert_eq!(hand_over("One moment. HAND_OVER"), text("One moment.", true));
    }
}
