//! The operator's answers about a gateway's review: who will write, what is done in Meta's dashboard, texts in their
//! own words, and how the review goes.

use std::collections::BTreeMap;

use domain::time::Micros;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who will write to the Pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Writers {
    /// Only people with a role on the app.
    Role,
    /// The public.
    Public,
}

/// Who will connect Pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Connectors {
    /// Only people with a role on the app: the installation's own administrators.
    Role,
    /// Other businesses, whose people have no role on it.
    Others,
}

/// The state of the review of one permission or feature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStage {
    /// Nothing was submitted.
    #[default]
    NotYet,
    /// Meta looks at it.
    Submitted,
    /// Meta wants to know something.
    Question,
    /// Meta refused it.
    Refused,
    /// Meta granted it.
    Granted,
}

/// The progress of the review of one permission or feature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Its progress.
    pub state: ReviewStage,
    /// The day of the submission, `YYYY-MM-DD`.
    pub submitted_on: Option<String>,
    /// The day of Meta's answer, `YYYY-MM-DD`.
    pub decided_on: Option<String>,
    pub reason: Option<String>,
    /// Which of Meta's usual refusals it is: a key of [`super::refusal::ALL`].
    pub refusal: Option<String>,
}

/// The answer to one of Meta's questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Answer {
    /// A text, or the chosen option.
    One(String),
    /// The ticked options.
    Many(Vec<String>),
}

/// All answers of the operator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperatorAnswers {
    /// Who will write.
    pub writers: Option<Writers>,
    /// Who will connect Pages.
    pub connectors: Option<Connectors>,
    /// The ticked checks, by key, and since when.
    pub ticks: BTreeMap<String, Micros>,
    /// Texts for Meta's form, by permission.
    pub texts: BTreeMap<String, String>,
    /// Notes for the reviewer besides the steps.
    pub notes: Option<String>,
    /// Answers on data handling, by question.
    pub answers: BTreeMap<String, Answer>,
    /// The public pages in the operator's own words.
    pub legal: BTreeMap<String, String>,
    /// The state of the review, by permission.
    pub status: BTreeMap<String, Status>,
}

impl OperatorAnswers {
    /// Parses the stored answers.
    pub fn read(stored: &str) -> Self {
        serde_json::from_str(stored).unwrap_or_default()
    }

    /// The trimmed text that answers a question; None if there is none.
    pub fn answer(&self, key: &str) -> Option<&str> {
        match self.answers.get(key) {
            Some(Answer::One(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }
}
