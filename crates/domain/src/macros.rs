//! Macros: several actions that an agent often takes in a row, done with one click.

use serde::{Deserialize, Serialize};

use crate::id::{FlowId, QueueId, UserId};

/// How many actions a macro may have.
pub const MOST_ACTIONS: usize = 20;

/// One thing that a macro does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = MacroAction))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Sends a text to the customer.
    Reply {
        /// With the same variables as a quick reply: at most 2000 characters.
        text: String,
    },
    /// Adds a note for agents.
    Note {
        /// 1 to 5000 characters.
        text: String,
    },
    /// Changes the labels.
    Label {
        /// Ids of labels to add; names are accepted too.
        #[serde(default)]
        add: Vec<String>,
        /// Ids of labels to remove; names are accepted too.
        #[serde(default)]
        remove: Vec<String>,
    },
    /// Transfers the conversation: exactly one of the three targets is given.
    Transfer {
        /// A queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
        queue_id: Option<QueueId>,
        /// A colleague, who gets an offer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
        agent_id: Option<UserId>,
        /// Back to the bot: the gateway's flow.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
        flow_id: Option<FlowId>,
        /// For the agent who gets it: at most 5000 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Sets the conversation aside.
    Snooze {
        /// For how long, 60 to 31536000; null for until the customer writes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<i64>,
    },
    /// Closes the conversation.
    Close {
        /// The id or the name of a close reason, or other words: at most 500 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl Action {
    /// Its name in the API.
    pub fn word(&self) -> &'static str {
        match self {
            Action::Reply { .. } => "reply",
            Action::Note { .. } => "note",
            Action::Label { .. } => "label",
            Action::Transfer { .. } => "transfer",
            Action::Snooze { .. } => "snooze",
            Action::Close { .. } => "close",
        }
    }

    /// Whether only the agent who holds the conversation can do it.
    fn needs_hold(&self) -> bool {
        match self {
            Action::Reply { .. } | Action::Transfer { .. } | Action::Snooze { .. } | Action::Close { .. } => true,
            Action::Note { .. } | Action::Label { .. } => false,
        }
    }

    /// Whether the agent no longer holds the conversation afterwards.
    fn ends_hold(&self) -> bool {
        match self {
            Action::Transfer { .. } | Action::Snooze { .. } | Action::Close { .. } => true,
            Action::Reply { .. } | Action::Note { .. } | Action::Label { .. } => false,
        }
    }
}

/// The position of the first action that can never work because an earlier one gives the conversation away, and the
/// position of that one.
pub fn too_late(actions: &[Action]) -> Option<(usize, usize)> {
    let end = actions.iter().position(Action::ends_hold)?;
    let late = actions.iter().skip(end + 1).position(Action::needs_hold)?;
    Some((end + 1 + late, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply() -> Action {
        Action::Reply { text: "Hi".into() }
    }

    fn note() -> Action {
        Action::Note { text: "Done".into() }
    }

    const CLOSE: Action = Action::Close { reason: None };

    #[test]
    fn nothing_is_said_after_the_conversation_is_given_away() {
        assert_eq!(too_late(&[reply(), note(), CLOSE]), None);
        assert_eq!(too_late(&[CLOSE, note()]), None, "notes are always possible");
        assert_eq!(too_late(&[note(), CLOSE, note(), reply()]), Some((3, 1)));
        assert_eq!(too_late(&[]), None);
    }

    #[test]
    fn an_action_is_named_by_its_type_and_takes_no_unknown_field() {
        let read = serde_json::from_str::<Action>;
        assert_eq!(read(r#"{"type":"close"}"#).unwrap(), CLOSE);
        assert_eq!(serde_json::to_string(&CLOSE).unwrap(), r#"{"type":"close"}"#);
        for bad in [r#"{"type":"call"}"#, r#"{"type":"reply"}"#, r#"{"type":"close","why":1}"#, "{}"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        for action in [reply(), note(), CLOSE] {
            assert!(serde_json::to_string(&action).unwrap().contains(action.word()));
        }
    }
}
