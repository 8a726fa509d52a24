//! The permissions and features that Deskbell asks for (meta-platform.md §9.1): why, on which screen, with which
//! evidence, what the recording must show, and the state of its review. It asks for none that it doesn't use.

mod out;

use domain::time::Micros;

pub use self::out::{Access, Evidence, FromMeta, Grant, PermissionKind, PermissionOut, StatusOut};
use super::facts::{FRESH, Facts, Use};
use super::film::real::Video;
use super::meta_status::Login;
use super::operator_answers::{Connectors, Status, Writers};
use super::refusal::{self, Place};
use super::text;
use super::way::Way;
use channels::meta::graph::{INSTAGRAM_BASIC, PROFILE_ACCESS, READ_ENGAGEMENT, WHATSAPP_MANAGEMENT};
use engine::clock::rfc3339;

/// A permission or feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    ShowList,
    Messaging,
    Metadata,
    /// Business Asset User Profile Access.
    ProfileAccess,
    /// Nothing that Deskbell does needs it: Meta grants Instagram's permissions only together with it.
    ReadEngagement,
    InstagramBasic,
    InstagramMessages,
    /// The two of Instagram Login.
    InstagramLoginBasic,
    InstagramLoginMessages,
    WhatsAppManagement,
    WhatsAppMessaging,
    HumanAgent,
}

impl Permission {
    /// All, in the order of Meta's guide.
    const ALL: [Self; 12] = [
        Self::ShowList,
        Self::Messaging,
        Self::Metadata,
        Self::ProfileAccess,
        Self::ReadEngagement,
        Self::InstagramBasic,
        Self::InstagramMessages,
        Self::InstagramLoginBasic,
        Self::InstagramLoginMessages,
        Self::WhatsAppManagement,
        Self::WhatsAppMessaging,
        Self::HumanAgent,
    ];

    /// Those for the ways in which this gateway reaches customers, in the order of Meta's guide.
    pub fn of(facts: &Facts) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|permission| permission.ways().iter().any(|way| facts.has(*way)))
    }

    /// Those that this gateway uses, which are requested.
    pub fn used(facts: &Facts) -> impl Iterator<Item = Self> {
        Self::of(facts).filter(|permission| permission.is_used(facts))
    }

    /// Its name in the API and in files.
    pub fn key(self) -> &'static str {
        match self {
            Self::ShowList => "pages_show_list",
            Self::Messaging => "pages_messaging",
            Self::Metadata => "pages_manage_metadata",
            Self::ProfileAccess => "business_asset_user_profile_access",
            Self::ReadEngagement => READ_ENGAGEMENT,
            Self::InstagramBasic => INSTAGRAM_BASIC,
            Self::InstagramMessages => "instagram_manage_messages",
            Self::InstagramLoginBasic => "instagram_business_basic",
            Self::InstagramLoginMessages => "instagram_business_manage_messages",
            Self::WhatsAppManagement => WHATSAPP_MANAGEMENT,
            Self::WhatsAppMessaging => "whatsapp_business_messaging",
            Self::HumanAgent => "human_agent",
        }
    }

    /// The permission with a key, if this gateway's review has it.
    pub fn find(facts: &Facts, key: &str) -> Option<Self> {
        Self::of(facts).find(|permission| permission.key() == key)
    }

    /// Its name at Meta and in the Graph client.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProfileAccess => PROFILE_ACCESS,
            Self::HumanAgent => "Human Agent",
            other => other.key(),
        }
    }

    /// A feature is never granted by a person in the dialog.
    pub fn is_feature(self) -> bool {
        matches!(self, Self::ProfileAccess | Self::HumanAgent)
    }

    /// Those that make Meta verify a business as a Tech Provider once others connect their accounts (§9.2).
    pub fn verified(facts: &Facts) -> impl Iterator<Item = Self> {
        Self::used(facts).filter(|permission| {
            matches!(
                permission,
                Self::ShowList
                    | Self::ReadEngagement
                    | Self::InstagramBasic
                    | Self::InstagramLoginBasic
                    | Self::WhatsAppManagement
            )
        })
    }

    /// Whether it is needed for one way alone.
    pub fn is_only_for(self, way: Way) -> bool {
        self.ways() == [way]
    }

    /// Whether others depend on it, so that Meta's form contains it even if standard access is enough.
    pub fn is_dependency(self) -> bool {
        matches!(self, Self::ShowList | Self::ReadEngagement)
    }

    /// Whether this gateway uses it.
    fn is_used(self, facts: &Facts) -> bool {
        self != Self::HumanAgent || facts.human_agent
    }

    /// The way whose logins have it.
    pub fn main_way(self) -> Way {
        self.ways()[0]
    }

    /// The ways of reaching customers that need it, the main one first.
    fn ways(self) -> &'static [Way] {
        match self {
            Self::ShowList | Self::Messaging | Self::Metadata => &[Way::Messenger, Way::InstagramByPage],
            Self::ProfileAccess => &[Way::Messenger],
            Self::ReadEngagement | Self::InstagramBasic | Self::InstagramMessages => &[Way::InstagramByPage],
            Self::InstagramLoginBasic | Self::InstagramLoginMessages => &[Way::InstagramLogin],
            Self::WhatsAppManagement | Self::WhatsAppMessaging => &[Way::WhatsApp],
            Self::HumanAgent => &[Way::Messenger, Way::InstagramByPage, Way::InstagramLogin],
        }
    }

    /// Whether a login with these permissions should have it as well.
    pub fn belongs_to(self, scopes: &[String]) -> bool {
        !self.is_feature() && self.main_way().is_login(scopes)
    }

    /// The endpoints, as in Meta's table.
    fn endpoints(self) -> Vec<&'static str> {
        match self {
            Self::ShowList => vec!["/user/accounts"],
            Self::Messaging | Self::InstagramMessages => vec!["/page/messages"],
            Self::Metadata => vec!["/page/subscribed_apps", "/page/settings"],
            Self::ProfileAccess => vec!["/user"],
            Self::ReadEngagement => vec!["/page"],
            Self::InstagramBasic => vec!["/ig-user"],
            Self::InstagramLoginBasic => vec!["graph.instagram.com/me"],
            Self::InstagramLoginMessages => vec!["graph.instagram.com/ig-user/messages"],
            Self::WhatsAppManagement => {
                vec!["/waba/phone_numbers", "/waba/subscribed_apps", "/waba/message_templates"]
            }
            Self::WhatsAppMessaging => vec!["/phone-number/messages", "/phone-number/media"],
            Self::HumanAgent => vec!["/page/messages (tag HUMAN_AGENT)"],
        }
    }

    fn depends_on(self, facts: &Facts) -> Vec<&'static str> {
        match self {
            Self::ShowList | Self::InstagramLoginBasic => vec![],
            Self::Messaging => vec!["pages_manage_metadata", "pages_show_list"],
            Self::Metadata | Self::ReadEngagement => vec!["pages_show_list"],
            Self::ProfileAccess => vec!["pages_messaging"],
            Self::InstagramBasic | Self::InstagramMessages => {
                vec!["pages_show_list", READ_ENGAGEMENT, "pages_manage_metadata"]
            }
            Self::InstagramLoginMessages => vec!["instagram_business_basic"],
            // The sign-up window grants the business's assets (§9.1); a pasted token has them.
            Self::WhatsAppManagement | Self::WhatsAppMessaging if facts.embedded_signup => {
                vec!["business_management"]
            }
            Self::WhatsAppManagement | Self::WhatsAppMessaging => vec![],
            Self::HumanAgent => {
                let sending = [Self::Messaging, Self::InstagramLoginMessages];
                sending
                    .into_iter()
                    .filter(|it| it.ways().iter().any(|way| facts.has(*way)))
                    .map(Self::key)
                    .collect()
            }
        }
    }

    /// The screen that uses it: its name and its address within the installation.
    fn screen(self, facts: &Facts) -> Place {
        let (label, url) = match self {
            Self::ShowList => ("Chat gateways, Facebook pages, Add or remove pages", facts.screens() + "/pages"),
            Self::Metadata => ("Chat gateways, Facebook pages, Webhook subscription", facts.screens() + "/pages"),
            Self::ReadEngagement | Self::InstagramBasic => {
                ("Chat gateways, Instagram, Connect through Facebook", facts.screens() + "/instagram")
            }
            Self::InstagramLoginBasic => {
                ("Chat gateways, Instagram, Log in with Instagram", facts.screens() + "/instagram")
            }
            Self::WhatsAppManagement => ("Chat gateways, WhatsApp", facts.screens() + "/whatsapp"),
            Self::Messaging | Self::InstagramMessages | Self::InstagramLoginMessages | Self::WhatsAppMessaging => {
                ("Workspace, the conversation", facts.workspace())
            }
            Self::ProfileAccess => ("Workspace, name and picture of the customer", facts.workspace()),
            Self::HumanAgent => ("Workspace, an answer after 24 hours", facts.workspace()),
        };
        Place { label: label.to_owned(), url }
    }
}

/// All of them, in the order of Meta's guide.
pub fn all(facts: &Facts) -> Vec<PermissionOut> {
    Permission::of(facts).map(|it| one(facts, it)).collect()
}

pub fn one(facts: &Facts, it: Permission) -> PermissionOut {
    let (access, access_text) = access(facts, it);
    let suggested = text::suggested(facts, it);
    let own = facts.operator.texts.get(it.key());
    let (used, words) = (facts.used(it), text::words(it));
    PermissionOut {
        key: it.key(),
        name: it.name(),
        kind: if it.is_feature() { PermissionKind::Feature } else { PermissionKind::Permission },
        used: it.is_used(facts),
        access,
        access_text,
        why: words.why,
        endpoints: it.endpoints(),
        depends_on: it.depends_on(facts),
        text: own.unwrap_or(&suggested).clone(),
        own: own.is_some(),
        suggested,
        screen: it.screen(facts),
        evidence: used.map(|used| evidence(facts, used)),
        evidence_text: evidence_text(facts, it, used),
        recording: words.recording,
        recorded: facts
            .recordings
            .iter()
            .find(|name| Video::of(name).is_some_and(|video| video.film == it.key()))
            .cloned(),
        without: words.without,
        meta: from_meta(facts, it),
        status: status(facts, it),
    }
}

/// The access that is needed (meta-platform.md §9.2).
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
        Some(true) if it == Permission::ReadEngagement && connectors_have_role => (
            Access::Standard,
            "Only the Pages of people with a role on the app are read: standard access is enough. instagram_basic and \
             instagram_manage_messages depend on it, so Meta's form may put it beside them; then use this text."
                .into(),
        ),
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
            text::words(it).how_to_call
        ),
        None if !it.is_used(facts) => "Never called, and not needed.".to_owned(),
        None => {
            format!(
                "Never called with success yet: Meta's request button stays grey. {}",
                text::words(it).how_to_call
            )
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

/// What Graph reports: the scopes of logins, and whether a customer's profile was opened.
fn from_meta(facts: &Facts, it: Permission) -> FromMeta {
    let Some(status) = &facts.meta_status else {
        let text = "The state at Meta is not known yet: press Read from Meta.".to_owned();
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
            let logins = status.logins.iter().filter(|login| it.belongs_to(&login.scopes));
            let (with, without): (Vec<&Login>, Vec<&Login>) = logins.partition(|login| login.carries(it.name()));
            let names =
                |list: &[&Login]| list.iter().map(|login| login.name.as_str()).collect::<Vec<_>>().join(", ");
            match (with.as_slice(), without.as_slice()) {
                ([], []) => (Grant::Unknown, "No login for it is connected.".to_owned()),
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
