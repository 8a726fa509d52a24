//! A review in the API: everything that the tab needs, in one object.

use engine::clock::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

use crate::archive;
use crate::audience::{self, Audience};
use crate::checklist::{self, Step};
use crate::data::{self, QuestionOut};
use crate::facts::Facts;
use crate::instructions::{self, InstructionsOut};
use crate::legal::{self, LegalOut};
use crate::permission::{self, PermissionOut};
use crate::refusal::{self, Advice};
use crate::scopes::{self, Scopes};

/// Meta's App Review of a gateway.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewView {
    /// Who will write, and whether a review is needed at all.
    pub audience: Audience,
    /// The tasks, in Meta's order.
    pub steps: Vec<Step>,
    /// The number of finished tasks.
    pub done: usize,
    /// The number of all tasks.
    pub total: usize,
    /// Permissions and features.
    pub permissions: Vec<PermissionOut>,
    /// The permissions of the logins, compared with those that are used.
    pub scopes: Scopes,
    /// Meta's common reasons for refusal, and what to change for each.
    pub refusals: Vec<Advice>,
    /// Questions on data handling with their answers.
    pub data: Vec<QuestionOut>,
    /// The public pages.
    pub legal: Vec<LegalOut>,
    /// What the reviewer does.
    pub instructions: InstructionsOut,
    /// Names of the recordings, including the storyboard.
    pub recordings: Vec<String>,
    /// The names that `documents/{name}` accepts. The PDF needs Chromium.
    pub documents: Vec<String>,
    /// When Meta was last asked; null if it never was.
    pub read_at: Option<String>,
    /// Increases with each edit; 0 before the first one.
    pub version: i64,
}

/// Builds the view.
pub fn view(facts: &Facts) -> ReviewView {
    let steps = checklist::steps(facts);
    let (done, total) = checklist::progress(&steps);
    ReviewView {
        audience: audience::audience(facts),
        steps,
        done,
        total,
        permissions: permission::all(facts),
        scopes: scopes::compared(facts),
        refusals: refusal::ALL.iter().map(|it| it.advice(&facts.screens())).collect(),
        data: data::all(facts),
        legal: legal::all(facts),
        instructions: instructions::view(facts),
        recordings: facts.recordings.clone(),
        documents: archive::documents(facts)
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| !name.contains('/'))
            .chain(facts.prints.then(|| archive::PDF.to_owned()))
            .collect(),
        read_at: facts.meta_status.as_ref().map(|status| rfc3339(status.at)),
        version: facts.version,
    }
}
