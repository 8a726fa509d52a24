//! Reactions of agents to the customer's messages.

use axum::Json;
use axum::extract::State;
use domain::id::{ConversationId, MessageId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Path};
use crate::web::problem::{Answer, Problem};
use engine::messages;
use engine::view::{self, MessageView};

/// Longer than any existing emoji, including joined ones.
const LONGEST: usize = 40;

/// A reaction.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReactionIn {
    /// One emoji; null removes the reaction.
    #[serde(deserialize_with = "Option::deserialize")]
    emoji: Option<String>,
}

/// Adds a reaction to a customer's message, or removes it. It is shown at once; if Meta does not accept it, the
/// reaction has an `error`.
#[utoipa::path(post, path = "/conversations/{id}/messages/{message_id}/reactions", tag = "messages",
    params(("id" = String, Path), ("message_id" = String, Path)), request_body = ReactionIn,
    responses((status = 200, body = MessageView)))]
pub(super) async fn react(
    State(app): State<App>,
    who: Principal,
    Path((id, message_id)): Path<(ConversationId, MessageId)>,
    Body(input): Body<ReactionIn>,
) -> Answer<Json<MessageView>> {
    visible(&app, &who, id).await?;
    let emoji = input.emoji.as_deref();
    if emoji.is_some_and(|emoji| !is_emoji(emoji)) {
        return Err(Problem::field("/emoji", "Enter one emoji, or null to remove the reaction."));
    }
    let stored = messages::react(&app, who.actor(), id, message_id, emoji).await?;
    Ok(Json(view::message(&app, stored).await?))
}

/// Whether this can be one emoji: no letters, no spaces, and not long. Meta decides in the end.
fn is_emoji(text: &str) -> bool {
    let plain = |c: char| c.is_alphabetic() || c.is_whitespace() || c.is_control() || c.is_ascii_punctuation();
    !text.is_empty() && text.len() <= LONGEST && !text.is_ascii() && !text.chars().any(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_pass_and_words_do_not() {
        for emoji in ["❤", "❤️", "👍🏽", "👩‍👩‍👧‍👦", "🇺🇦", "1️⃣"] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for other in ["", "love", ":)", "ні", "❤ ❤", "<b>"] {
            assert!(!is_emoji(other), "{other}");
        }
        assert!(!is_emoji(&"👍".repeat(20)));
    }
}
