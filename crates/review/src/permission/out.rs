//! A permission in the API.

use serde::Serialize;
use utoipa::ToSchema;

use crate::operator_answers::ReviewStage;
use crate::refusal::{Advice, Place};

/// The access that a permission needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Not used, so it is not requested.
    None,
    /// Standard access is enough: no review.
    Standard,
    /// Advanced access: App Review and Business Verification.
    Advanced,
    /// Not known until the operator answers who will write.
    Unknown,
}

/// The last successful call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Evidence {
    /// What was called.
    pub endpoint: String,
    /// When it was made.
    pub at: String,
    /// Until when Meta counts it: 30 days.
    pub until: String,
    /// Whether it is still valid.
    pub fresh: bool,
}

/// Whether Meta granted a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// Meta granted it.
    Granted,
    /// Meta did not grant it.
    NotGranted,
    /// It is not known.
    Unknown,
}

/// Meta's two kinds of app capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PermissionKind {
    /// A person grants it in the login dialog.
    Permission,
    /// Meta grants it to the app.
    Feature,
}

/// What the Graph API reports about a permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FromMeta {
    /// Whether Meta granted it.
    pub state: Grant,
    /// The result, as a sentence.
    pub text: String,
    /// When Meta was asked.
    pub read_at: Option<String>,
}

/// The state of the review of a permission, as set by the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatusOut {
    /// Its progress.
    pub state: ReviewStage,
    /// `YYYY-MM-DD`.
    pub submitted_on: Option<String>,
    /// `YYYY-MM-DD`.
    pub decided_on: Option<String>,
    /// Meta's wording.
    pub reason: Option<String>,
    /// The reason for refusal.
    pub refusal: Option<String>,
    /// What to change for it.
    pub advice: Option<Advice>,
}

/// A permission or feature in the review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PermissionOut {
    /// `pages_show_list`, …
    pub key: &'static str,
    /// As Meta calls it.
    pub name: &'static str,
    /// Its kind.
    pub kind: PermissionKind,
    /// Whether this gateway uses it. Permissions that are not used are not requested.
    pub used: bool,
    /// The access that it needs.
    pub access: Access,
    /// The reason for that.
    pub access_text: String,
    /// Why Deskbell asks for it.
    pub why: &'static str,
    /// The endpoints, as in Meta's table.
    pub endpoints: Vec<&'static str>,
    /// Other permissions that must be requested together with it.
    pub depends_on: Vec<&'static str>,
    /// The text for Meta's form: the operator's own, else ours.
    pub text: String,
    /// Deskbell's own text.
    pub suggested: String,
    /// Whether the operator wrote the text.
    pub own: bool,
    /// The screen that uses it.
    pub screen: Place,
    /// The last successful call; null if there was none.
    pub evidence: Option<Evidence>,
    /// How reliable the evidence is, or how to get it.
    pub evidence_text: String,
    /// What the recording must show.
    pub recording: &'static str,
    /// The recording that was made here.
    pub recorded: Option<String>,
    /// What happens without it.
    pub without: &'static str,
    /// What the Graph API reports.
    pub meta: FromMeta,
    /// The operator's answer.
    pub status: StatusOut,
}
