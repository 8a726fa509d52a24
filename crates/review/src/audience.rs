//! Who will write and who will connect Pages: this decides whether Meta must review the app at all (meta-platform.md
//! §9.2).

use serde::Serialize;
use utoipa::ToSchema;

use super::facts::Facts;
use super::operator_answers::{Connectors, Writers};

/// One possible answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReviewChoice)]
pub struct ChoiceOut {
    /// What to send.
    pub key: &'static str,
    /// What it means.
    pub title: &'static str,
    /// The consequences.
    pub text: &'static str,
}

/// Who will write and who will connect, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReviewAudience)]
pub struct Audience {
    /// Who will write; null if not answered.
    pub writers: Option<Writers>,
    /// Who will connect Pages; null if not answered.
    pub connectors: Option<Connectors>,
    /// Whether a review is needed; null if it is not known.
    pub needed: Option<bool>,
    /// The consequence, as a sentence.
    pub text: &'static str,
    /// The answers to "Who will write to you?".
    pub writers_choices: Vec<ChoiceOut>,
    /// The answers to "Who will connect accounts?".
    pub connectors_choices: Vec<ChoiceOut>,
}

/// Who will write and who will connect, and what follows.
pub fn audience(facts: &Facts) -> Audience {
    let needed = facts.needs_review();
    let text = match (needed, facts.operator.connectors) {
        (None, _) => {
            "Say who will write and who will connect accounts: it decides whether Meta must review the app at all."
        }
        (Some(false), _) => {
            "No review is needed: everyone who writes or connects accounts has a role on the app, and standard access \
             is enough. As soon as others write, come back and change the answer."
        }
        (Some(true), Some(Connectors::Others)) => {
            "A review is needed, with Business Verification; and as accounts of other businesses are connected, Meta also verifies the \
             business as a Tech Provider."
        }
        (Some(true), _) => {
            "A review is needed, with Business Verification: people without a role on the app will write, and advanced access opens the \
             app for them. Your own administrators list their accounts with standard access already."
        }
    };
    Audience {
        writers: facts.operator.writers,
        connectors: facts.operator.connectors,
        needed,
        text,
        writers_choices: vec![
            ChoiceOut {
                key: "public",
                title: "Anyone: our customers",
                text: "Advanced access is needed: App Review and Business Verification.",
            },
            ChoiceOut {
                key: "role",
                title: "Only people with a role on the app",
                text: "Standard access is enough, without a review: good for trying it out with colleagues whom you add under App roles.",
            },
        ],
        connectors_choices: vec![
            ChoiceOut {
                key: "role",
                title: "Our own administrators, who have a role on the app",
                text: "Standard access is enough to list their accounts.",
            },
            ChoiceOut {
                key: "others",
                title: "Other businesses connect their own accounts",
                text: "Advanced access for pages_show_list too, and verification as a Tech Provider.",
            },
        ],
    }
}
