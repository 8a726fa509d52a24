//! What agents filled in about a conversation, as in responses.

use domain::conversation::Conversation;
use domain::form::Values;
use domain::id::FormId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::directory::Directory;

/// What [`FormValue`](domain::form::FormValue) is in JSON, for the API's document.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum FormAnswer {
    /// A checkbox.
    Checked(bool),
    /// A number.
    Number(f64),
    /// Text, a choice or a date.
    Text(String),
}

/// What agents filled in about a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilledForm {
    /// The form of the conversation's queue; null if it has none.
    #[schema(value_type = Option<String>)]
    pub id: Option<FormId>,
    /// The answers, by the keys of their fields.
    #[schema(value_type = std::collections::BTreeMap<String, FormAnswer>)]
    pub values: Values,
}

impl FilledForm {
    pub(super) fn of(directory: &Directory, it: &Conversation) -> Self {
        let queue = it.queue.and_then(|id| directory.queue(id));
        Self { id: queue.and_then(|queue| queue.settings.form_id), values: it.data.form.clone() }
    }
}
