//! Message templates: texts that a channel approved in advance, the only ones that may be sent when its window is
//! closed (meta-platform.md §3.8). Their placeholders are filled in with variables: `1`, `2` or a name in the body,
//! `header.1` in the header, `button.0` for the first button.

mod fill;
mod parts;

use serde::{Deserialize, Serialize};

pub use fill::{BadVariable, FilledTemplate, FilledValue, Variables};
pub use parts::{Component, ComponentKind, TemplateButton, Variable, VariableKind};

/// A template as the channel has it. All values are in the channel's own terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MessageTemplate {
    /// Its name.
    pub name: String,
    /// Its language: `en_US`.
    pub language: String,
    /// `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED` …
    pub status: String,
    /// `MARKETING`, `UTILITY`, `AUTHENTICATION`: what a message of it costs.
    pub category: String,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality: Option<String>,
    /// Header, body, footer and buttons.
    pub components: Vec<Component>,
}

/// A template to be sent, with its variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = MessageTemplateToSend))]
#[serde(deny_unknown_fields)]
pub struct TemplateToSend {
    /// Its name.
    pub name: String,
    /// Its language, as in the list of templates.
    pub language: String,
    /// The values of its placeholders: by `1`, `2` or a name; for the header as `header.1`, for buttons as
    /// `button.0`.
    #[serde(default, skip_serializing_if = "Variables::is_empty")]
    pub variables: Variables,
}

/// The channel's term for a template that can be sent.
const APPROVED: &str = "APPROVED";
/// The channel's term for advertising.
const MARKETING: &str = "MARKETING";

impl MessageTemplate {
    /// Whether it can be sent.
    pub fn is_approved(&self) -> bool {
        self.status.eq_ignore_ascii_case(APPROVED)
    }

    /// Whether customers can refuse it.
    pub fn is_marketing(&self) -> bool {
        is_marketing(&self.category)
    }

    /// The variables that have to be filled in, in reading order.
    pub fn variables(&self) -> Vec<Variable> {
        self.components.iter().flat_map(Component::variables).collect()
    }

    /// Whether it has this name and language.
    pub fn is(&self, named: &TemplateToSend) -> bool {
        self.name == named.name && self.language == named.language
    }

    /// A component of a kind.
    fn component(&self, kind: ComponentKind) -> Option<&Component> {
        self.components.iter().find(|component| component.kind == kind)
    }
}

/// Whether a category is advertising, which customers can refuse.
pub fn is_marketing(category: &str) -> bool {
    category.eq_ignore_ascii_case(MARKETING)
}
