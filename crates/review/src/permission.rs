//! The permissions and features that Deskbell asks for (meta-platform.md §9.1): why, on which screen, with which evidence,
//! what the recording must show, and how the review of each goes. It asks for none that it doesn't use.

use domain::time::Micros;
use serde::Serialize;
use utoipa::ToSchema;

use super::facts::{FRESH, Facts, Use};
use super::film::real::Video;
use super::operator_answers::{Connectors, ReviewStage, Status, Writers};
use super::refusal::{self, Advice, Place};
use super::text;
use engine::clock::rfc3339;

/// A permission or feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    ShowList,
    Messaging,
    Metadata,
    /// Business Asset User Profile Access.
    ProfileAccess,
    HumanAgent,
}

impl Permission {
    /// All, in the order of Meta's guide.
    pub const ALL: [Self; 5] =
        [Self::ShowList, Self::Messaging, Self::Metadata, Self::ProfileAccess, Self::HumanAgent];

    /// How the API and files call it.
    pub fn key(self) -> &'static str {
        match self {
            Self::ShowList => "pages_show_list",
            Self::Messaging => "pages_messaging",
            Self::Metadata => "pages_manage_metadata",
            Self::ProfileAccess => "business_asset_user_profile_access",
            Self::HumanAgent => "human_agent",
        }
    }

    /// The one of a key.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.key() == key)
    }

    /// How Meta calls it, and the Graph client with it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProfileAccess => channels::meta::graph::PROFILE_ACCESS,
            Self::HumanAgent => "Human Agent",
            other => other.key(),
        }
    }

    /// A feature is never granted by a person in the dialog.
    pub fn is_feature(self) -> bool {
        matches!(self, Self::ProfileAccess | Self::HumanAgent)
    }

    /// Whether this gateway uses it.
    pub fn is_used(self, facts: &Facts) -> bool {
        self != Self::HumanAgent || facts.human_agent
    }

    /// The endpoints, as Meta's table names them.
    fn endpoints(self) -> Vec<&'static str> {
        match self {
            Self::ShowList => vec!["/user/accounts"],
            Self::Messaging => vec!["/page/messages"],
            Self::Metadata => vec!["/page/subscribed_apps", "/page/settings"],
            Self::ProfileAccess => vec!["/user"],
            Self::HumanAgent => vec!["/page/messages (tag HUMAN_AGENT)"],
        }
    }

    fn depends_on(self) -> Vec<&'static str> {
        match self {
            Self::ShowList => vec![],
            Self::Messaging => vec!["pages_manage_metadata", "pages_show_list"],
            Self::Metadata => vec!["pages_show_list"],
            Self::ProfileAccess | Self::HumanAgent => vec!["pages_messaging"],
        }
    }

    /// The screen that uses it: its name and its address within the installation.
    fn screen(self, facts: &Facts) -> Place {
        let (label, url) = match self {
            Self::ShowList => ("Chat gateways, Facebook pages, Add or remove pages", facts.screens() + "/pages"),
            Self::Metadata => ("Chat gateways, Facebook pages, Webhook subscription", facts.screens() + "/pages"),
            Self::Messaging => ("Workspace, the conversation", format!("{}/workspace", facts.public_url)),
            Self::ProfileAccess => {
                ("Workspace, name and picture of the customer", format!("{}/workspace", facts.public_url))
            }
            Self::HumanAgent => ("Workspace, an answer after 24 hours", format!("{}/workspace", facts.public_url)),
        };
        Place { label: label.to_owned(), url }
    }
}

/// Which access a permission needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Not used: it is not asked for.
    None,
    /// Standard access is enough: no review.
    Standard,
    /// Advanced access: App Review and Business Verification.
    Advanced,
    /// Not known before it is said who will write.
    Unknown,
}

/// The last successful call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Evidence {
    /// What was called.
    pub endpoint: String,
    /// When.
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
    /// It did.
    Granted,
    /// It did not.
    NotGranted,
    /// It cannot be told.
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

/// What the Graph API says about a permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FromMeta {
    /// Whether Meta granted it.
    pub state: Grant,
    /// What was seen, as a sentence.
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
    /// Which of Meta's two kinds.
    pub kind: PermissionKind,
    /// Whether this gateway uses it. Permissions that are not used are not requested.
    pub used: bool,
    /// Which access it needs.
    pub access: Access,
    /// The reason for that.
    pub access_text: String,
    /// Why Deskbell asks for it.
    pub why: &'static str,
    /// The endpoints, as Meta's table names them.
    pub endpoints: Vec<&'static str>,
    /// Other permissions that must be requested together with it.
    pub depends_on: Vec<&'static str>,
    /// The text for Meta's form: the operator's own, else ours.
    pub text: String,
    /// Deskbell's own.
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
    /// What the Graph API says.
    pub meta: FromMeta,
    /// The operator's answer.
    pub status: StatusOut,
}

/// All of them, in the order of Meta's guide.
pub fn all(facts: &Facts) -> Vec<PermissionOut> {
    Permission::ALL.into_iter().map(|it| one(facts, it)).collect()
}

pub fn one(facts: &Facts, it: Permission) -> PermissionOut {
    let (access, access_text) = access(facts, it);
    let suggested = text::suggested(facts, it);
    let own = facts.operator.texts.get(it.key());
    let used = facts.used(it);
    PermissionOut {
        key: it.key(),
        name: it.name(),
        kind: if it.is_feature() { PermissionKind::Feature } else { PermissionKind::Permission },
        used: it.is_used(facts),
        access,
        access_text,
        why: text::why(it),
        endpoints: it.endpoints(),
        depends_on: it.depends_on(),
        text: own.unwrap_or(&suggested).clone(),
        own: own.is_some(),
        suggested,
        screen: it.screen(facts),
        evidence: used.map(|used| evidence(facts, used)),
        evidence_text: evidence_text(facts, it, used),
        recording: text::recording(it),
        recorded: facts
            .recordings
            .iter()
            .find(|name| Video::of(name).is_some_and(|video| video.film == it.key()))
            .cloned(),
        without: text::without(it),
        meta: from_meta(facts, it),
        status: status(facts, it),
    }
}

/// Which access is needed (meta-platform.md §9.2).
fn access(facts: &Facts, it: Permission) -> (Access, String) {
    if !it.is_used(facts) {
        let text = "Not used: the gateway's switch for Human Agent is off. Don't ask Meta for it.";
        return (Access::None, text.to_owned());
    }
    let connectors_have_role = facts.operator.connectors == Some(Connectors::Role);
    match facts.needs_review() {
        None => (Access::Unknown, "First say who will write and who will connect Pages.".to_owned()),
        Some(false) => {
            (Access::Standard, "Everyone has a role on the app, so standard access is enough, without a review.".into())
        }
        Some(true) if it == Permission::ShowList && connectors_have_role => (
            Access::Standard,
            "Only people with a role on the app list their Pages here: standard access is enough. pages_messaging depends on it, \
             so Meta's form may put it beside that one; then use this text."
                .into(),
        ),
        Some(true) if facts.operator.writers == Some(Writers::Role) && it != Permission::ShowList => (
            Access::Advanced,
            "Other businesses connect their Pages: their people have no role on the app.".into(),
        ),
        Some(true) => (
            Access::Advanced,
            "This is about people without a role on the app: advanced access, which needs App Review and Business Verification."
                .into(),
        ),
    }
}

fn evidence(facts: &Facts, used: &Use) -> Evidence {
    Evidence {
        endpoint: used.endpoint.clone(),
        at: rfc3339(used.at),
        until: rfc3339(used.at.plus(FRESH)),
        fresh: facts.is_fresh(used),
    }
}

fn evidence_text(facts: &Facts, it: Permission, used: Option<&Use>) -> String {
    match used {
        Some(used) if facts.is_fresh(used) => format!(
            "Called with success within Meta's 30 days. It counts until {}; Meta's own counter may be a day behind.",
            day(used.at.plus(FRESH))
        ),
        Some(used) => format!(
            "The last good call was on {}, more than 30 days ago: Meta's request button stays grey. {}",
            day(used.at),
            text::how_to_call(it)
        ),
        None if !it.is_used(facts) => "Never called, and not needed.".to_owned(),
        None => {
            format!("Never called with success yet: Meta's request button stays grey. {}", text::how_to_call(it))
        }
    }
}

/// The day of a moment, `YYYY-MM-DD`.
pub fn day(at: Micros) -> String {
    rfc3339(at).chars().take(10).collect()
}

/// A moment to the minute, as "2026-11-23 at 00:35 UTC".
pub fn minute(at: Micros) -> String {
    let text = rfc3339(at);
    format!("{} at {} UTC", day(at), text.get(11..16).unwrap_or_default())
}

/// What Graph tells: the scopes of logins, and whether a customer's profile was opened.
fn from_meta(facts: &Facts, it: Permission) -> FromMeta {
    let Some(status) = &facts.meta_status else {
        let text = "Meta was not asked yet: press Read from Meta.".to_owned();
        return FromMeta { state: Grant::Unknown, text, read_at: None };
    };
    let (state, text) = match it {
        Permission::ProfileAccess => match status.profile {
            Some(true) => (Grant::Granted, "Meta returned the name of the customer who wrote last.".to_owned()),
            Some(false) => (
                Grant::NotGranted,
                "Meta answered the profile of the customer who wrote last with nothing.".into(),
            ),
            None => (Grant::Unknown, "No customer has written yet whose profile could be asked for.".into()),
        },
        Permission::HumanAgent => match facts.used(it) {
            Some(used) => (Grant::Granted, format!("Meta took a late answer of an agent on {}.", day(used.at))),
            None => (Grant::Unknown, "Meta reports this only when an agent answers after 24 hours.".into()),
        },
        _ => {
            let (with, without): (Vec<_>, Vec<_>) =
                status.accounts.iter().partition(|account| account.scopes.iter().any(|scope| scope == it.name()));
            let names = |list: &[&super::meta_status::Account]| {
                list.iter().map(|account| account.name.as_str()).collect::<Vec<_>>().join(", ")
            };
            match (with.as_slice(), without.as_slice()) {
                ([], []) => (Grant::Unknown, "No Facebook account is connected.".to_owned()),
                (with, []) => (
                    Grant::Granted,
                    format!(
                        "In the login of {}. Someone with a role on the app gets it with standard access too; only \
                         the login of a person without one proves advanced access.",
                        names(with)
                    ),
                ),
                (_, without) => (Grant::NotGranted, format!("Missing in the login of {}.", names(without))),
            }
        }
    };
    FromMeta { state, text, read_at: Some(rfc3339(status.at)) }
}

fn status(facts: &Facts, it: Permission) -> StatusOut {
    let Status { state, submitted_on, decided_on, reason, refusal } =
        facts.operator.status.get(it.key()).cloned().unwrap_or_default();
    let advice = refusal.as_deref().and_then(refusal::find).map(|refusal| refusal.advice(&facts.screens()));
    StatusOut { state, submitted_on, decided_on, reason, refusal, advice }
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::sample;
    use super::*;
    use domain::time::DAY;

    #[test]
    fn evidence_is_the_good_call_of_the_last_thirty_days() {
        let mut facts = sample();
        let call = |facts: &Facts| one(facts, Permission::Messaging);
        assert_eq!(call(&facts).evidence, None);
        assert!(call(&facts).evidence_text.contains("Never called"));
        let at = |ago: i64| facts.at.plus(-ago);
        let (fresh, old) = (at(29 * DAY), at(31 * DAY));
        let used =
            |at| Use { permission: "pages_messaging".into(), endpoint: "POST /{page-id}/messages".into(), at };
        facts.uses = vec![used(fresh)];
        assert!(call(&facts).evidence.unwrap().fresh);
        facts.uses = vec![used(old)];
        assert!(!call(&facts).evidence.unwrap().fresh);
        assert!(call(&facts).evidence_text.contains("more than 30 days ago"));
        assert_eq!(one(&facts, Permission::ShowList).evidence, None);
    }

    #[test]
    fn every_text_is_its_own_and_human_agent_is_asked_for_only_if_it_is_used() {
        let mut facts = sample();
        facts.operator.writers = Some(Writers::Public);
        facts.operator.connectors = Some(Connectors::Role);
        let all = super::all(&facts);
        for (n, one) in all.iter().enumerate() {
            assert!(all[..n].iter().all(|other| other.text != one.text), "{}", one.key);
            assert!(one.text.contains("Lavka") || !one.used, "{}", one.text);
        }
        let access: Vec<Access> = all.iter().map(|one| one.access).collect();
        assert_eq!(access, [Access::Standard, Access::Advanced, Access::Advanced, Access::Advanced, Access::None]);
        facts.human_agent = true;
        assert_eq!(one(&facts, Permission::HumanAgent).access, Access::Advanced);
        facts.operator.connectors = Some(Connectors::Others);
        assert_eq!(one(&facts, Permission::ShowList).access, Access::Advanced);
        (facts.operator.writers, facts.operator.connectors) = (Some(Writers::Role), Some(Connectors::Role));
        assert_eq!(one(&facts, Permission::Messaging).access, Access::Standard);
    }
}
