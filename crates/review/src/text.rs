//! The texts about each permission: for the operator, for Meta's form, and for the recordings. Always in English for
//! the reviewer, each text unique (meta-platform.md §9.3).

mod instagram;
mod pages;
mod whatsapp;

use super::facts::Facts;
use super::permission::Permission;

/// The fixed texts about a permission.
pub struct Texts {
    /// Why Deskbell asks for it.
    pub why: &'static str,
    /// What happens without it.
    pub without: &'static str,
    /// How to make a successful call.
    pub how_to_call: &'static str,
    /// What the recording must show (meta-platform.md §9.3, the table).
    pub recording: &'static str,
}

pub fn words(it: Permission) -> &'static Texts {
    match it {
        Permission::ShowList => &pages::SHOW_LIST,
        Permission::Messaging => &pages::MESSAGING,
        Permission::Metadata => &pages::METADATA,
        Permission::ProfileAccess => &pages::PROFILE_ACCESS,
        Permission::HumanAgent => &pages::HUMAN_AGENT,
        Permission::ReadEngagement => &instagram::READ_ENGAGEMENT,
        Permission::InstagramBasic => &instagram::BASIC,
        Permission::InstagramMessages => &instagram::MESSAGES,
        Permission::InstagramLoginBasic => &instagram::LOGIN_BASIC,
        Permission::InstagramLoginMessages => &instagram::LOGIN_MESSAGES,
        Permission::WhatsAppManagement => &whatsapp::MANAGEMENT,
        Permission::WhatsAppMessaging => &whatsapp::MESSAGING,
    }
}

/// Our text for Meta's form, generated from this installation's facts.
pub fn suggested(facts: &Facts, it: Permission) -> String {
    match it {
        Permission::ShowList => pages::show_list(facts),
        Permission::Messaging => pages::messaging(facts),
        Permission::Metadata => pages::metadata(facts),
        Permission::ProfileAccess => pages::profile_access(facts),
        Permission::HumanAgent => pages::human_agent(facts),
        Permission::ReadEngagement => instagram::read_engagement(facts),
        Permission::InstagramBasic => instagram::basic(facts),
        Permission::InstagramMessages => instagram::messages(facts),
        Permission::InstagramLoginBasic => instagram::login_basic(facts),
        Permission::InstagramLoginMessages => instagram::login_messages(facts),
        Permission::WhatsAppManagement => whatsapp::management(facts),
        Permission::WhatsAppMessaging => whatsapp::messaging(facts),
    }
}
