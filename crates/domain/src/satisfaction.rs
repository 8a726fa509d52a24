//! How satisfied customers are: what a queue asks after a conversation, and what the customer answered.

use serde::{Deserialize, Serialize};

use crate::conversation::{Conversation, ConversationData};
use crate::id::ConversationId;
use crate::inbound::Said;
use crate::outbound::Choice;
use crate::same::same;
use crate::time::{MINUTE, Micros};

/// The prefix of the payloads of scores.
const PAYLOAD: &str = "csat:";
/// A text within this time after the score is a comment on it.
const COMMENT: i64 = 10 * MINUTE;

/// The question of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CsatSettings {
    /// Whether customers are asked when an agent has closed their conversation.
    #[serde(default)]
    pub enabled: bool,
    /// What they are asked; they answer by tapping 1 to 5.
    #[serde(default = "question")]
    pub question: String,
    /// What they are sent when they have answered; empty for nothing.
    #[serde(default = "thanks")]
    pub thanks: String,
}

fn question() -> String {
    "How satisfied are you with our help? 1 is not at all, 5 is very.".into()
}

fn thanks() -> String {
    "Thank you! If you would like to add something, write it here.".into()
}

impl Default for CsatSettings {
    fn default() -> Self {
        Self { enabled: false, question: question(), thanks: thanks() }
    }
}

/// The question in a conversation and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Csat {
    /// When it was asked.
    pub asked_at: Micros,
    /// 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// When it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Micros>,
    /// What the customer added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An answer to the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 1 to 5.
    Score(u8),
    /// A comment on the score.
    Comment(String),
}

/// The scores to tap.
pub fn choices(conversation: ConversationId) -> Vec<Choice> {
    (1..=5_u8)
        .map(|score| Choice {
            title: format!("{score} {}", "★".repeat(score.into())),
            payload: format!("{PAYLOAD}{conversation}:{score}"),
        })
        .collect()
}

/// The conversation and score that a tap names.
pub fn tapped(payload: &str) -> Option<(ConversationId, u8)> {
    let (id, score) = payload.strip_prefix(PAYLOAD)?.split_once(':')?;
    let score = score.parse().ok().filter(|score| (1..=5).contains(score))?;
    Some((ConversationId(id.parse().ok()?), score))
}

/// What a customer's message means for their closed conversation: a tap on a score, a score that is typed, or a
/// comment soon after it. None if it is something else: then a new conversation begins.
pub fn answer(it: &Conversation, message: &Said, now: Micros) -> Option<Answer> {
    let csat = it.data.csat.as_ref()?;
    if it.state.is_open() {
        return None;
    }
    if let Some(payload) = &message.payload {
        return tapped(payload).filter(|(id, _)| *id == it.id).map(|(_, score)| Answer::Score(score));
    }
    let text = message.text.as_deref().filter(|_| message.files.is_empty())?;
    match (csat.at, &csat.comment) {
        (None, _) => typed(text).map(Answer::Score),
        (Some(at), None) if now.since(at) < COMMENT => {
            Some(typed(text).map_or_else(|| Answer::Comment(text.trim().to_owned()), Answer::Score))
        }
        _ => None,
    }
}

/// A score that was typed: the digit alone, or as written on the choice.
fn typed(text: &str) -> Option<u8> {
    let text = same(text);
    (1..=5).find(|score| {
        text == score.to_string() || text == same(&format!("{score} {}", "★".repeat((*score).into())))
    })
}

/// Records an answer. False if the question was answered before, so no thanks are sent.
pub fn record(data: &mut ConversationData, answer: &Answer, now: Micros) -> bool {
    let Some(csat) = &mut data.csat else { return false };
    let first = csat.score.is_none();
    match answer {
        Answer::Score(score) => (csat.score, csat.at) = (Some(*score), csat.at.or(Some(now))),
        Answer::Comment(text) => csat.comment = Some(text.clone()),
    }
    first
}
