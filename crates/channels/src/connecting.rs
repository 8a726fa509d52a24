//! What connecting an account of a channel requires at Meta: permissions, and both levels of subscription
//! (meta-platform.md §5.1, §5.5, §9.1). The engine follows it without naming a channel.

use domain::channel::{Channel, Login};

use crate::meta::graph::{
    INSTAGRAM_BASIC, INSTAGRAM_LOGIN_BASIC, INSTAGRAM_LOGIN_MESSAGES, INSTAGRAM_MESSAGES, READ_ENGAGEMENT,
    WHATSAPP_MANAGEMENT, WHATSAPP_MESSAGING,
};
use crate::meta::oauth::{PAGE_FIELDS, SCOPES};

/// What has to be subscribed to the app, so that an account's events are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscribed {
    /// Nothing: the app's own subscription is enough.
    Nothing,
    /// The node of the Graph API that the account's requests go to.
    Node,
    /// The parent of the account.
    Parent,
}

/// What connecting an account of a channel requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connecting {
    /// What an account is called in sentences.
    pub noun: &'static str,
    /// The object of the app's subscription; empty if there is none.
    pub object: &'static str,
    /// The fields of the app's subscription.
    pub fields: &'static [&'static str],
    /// What is subscribed to the app.
    pub subscribed: Subscribed,
    /// The fields that it is subscribed to; empty where Meta takes none.
    pub node_fields: &'static [&'static str],
    /// The permissions needed with Facebook Login, and with Instagram Login; empty where the login cannot connect
    /// accounts of the channel.
    pub scopes: [&'static [&'static str]; 2],
    /// Further permissions that Facebook Login requests, only because Meta grants the others together with them
    /// (§9.1).
    pub dependencies: &'static [&'static str],
    /// Whether a person needs tasks on the Page that the account belongs to.
    pub page_tasks: bool,
    /// Whether an account can have a callback of its own, so that the app's may belong to another product (§5.5).
    pub own_callback: bool,
    /// Whether an account has to be registered with a PIN before it can send.
    pub registered: bool,
    /// Whether an account works on one gateway at a time: its customers would otherwise get two answers.
    pub exclusive: bool,
}

impl Connecting {
    /// The number of its accounts, in words: "2 Pages".
    pub fn count(&self, number: usize) -> String {
        let noun = self.noun;
        if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
    }

    /// Connecting requires nothing at Meta.
    pub const NOTHING: Self = Self {
        noun: "account",
        object: "",
        fields: &[],
        subscribed: Subscribed::Nothing,
        node_fields: &[],
        scopes: [&[], &[]],
        dependencies: &[],
        page_tasks: false,
        own_callback: false,
        registered: false,
        exclusive: false,
    };

    /// Facebook Pages.
    pub const PAGE: Self = Self {
        noun: "Page",
        object: "page",
        fields: &PAGE_FIELDS,
        subscribed: Subscribed::Node,
        node_fields: &PAGE_FIELDS,
        scopes: [&SCOPES, &[]],
        page_tasks: true,
        ..Self::NOTHING
    };

    /// Instagram accounts, through the Page that they belong to or by Instagram Login. The Page must be subscribed to
    /// at least one field; the app's fields decide which events arrive (§5.1). Two of them are singular in one place
    /// of Meta's reference and plural in another (§2.7).
    pub const INSTAGRAM: Self = Self {
        noun: "Instagram account",
        object: "instagram",
        fields: &[
            "messages",
            "message_reactions",
            "message_edit",
            "messaging_postbacks",
            "messaging_seen",
            "messaging_referral",
            "messaging_handover",
            "standby",
            "comments",
            "mentions",
        ],
        subscribed: Subscribed::Node,
        node_fields: &["messages"],
        scopes: [
            &["pages_show_list", "pages_messaging", "pages_manage_metadata", INSTAGRAM_BASIC, INSTAGRAM_MESSAGES],
            &[INSTAGRAM_LOGIN_BASIC, INSTAGRAM_LOGIN_MESSAGES],
        ],
        dependencies: &[READ_ENGAGEMENT],
        page_tasks: true,
        exclusive: true,
        ..Self::NOTHING
    };

    /// WhatsApp numbers. Their business account is subscribed, and may have a callback of its own.
    pub const WHATSAPP: Self = Self {
        noun: "WhatsApp number",
        object: "whatsapp_business_account",
        fields: &[
            "messages",
            "message_template_status_update",
            "message_template_quality_update",
            "template_category_update",
            "phone_number_quality_update",
            "phone_number_name_update",
            "account_update",
            "account_alerts",
            "business_capability_update",
            "user_preferences",
            "user_id_update",
            "smb_message_echoes",
        ],
        subscribed: Subscribed::Parent,
        scopes: [&[WHATSAPP_MANAGEMENT, WHATSAPP_MESSAGING], &[]],
        own_callback: true,
        registered: true,
        exclusive: true,
        ..Self::NOTHING
    };

    /// What accounts of a channel require; nothing if the channel is not Meta's.
    pub fn of(channel: Channel) -> &'static Self {
        match channel {
            Channel::MESSENGER => &Self::PAGE,
            Channel::INSTAGRAM => &Self::INSTAGRAM,
            Channel::WHATSAPP => &Self::WHATSAPP,
            _ => &Self::NOTHING,
        }
    }

    /// The name of the object in Meta's dashboard, under Webhooks.
    pub fn object_title(&self) -> &'static str {
        match self.object {
            "page" => "Page",
            "instagram" => "Instagram",
            "whatsapp_business_account" => "WhatsApp Business Account",
            other => other,
        }
    }

    /// The permissions that this login must grant.
    pub fn scopes(&self, login: Login) -> &'static [&'static str] {
        match login {
            Login::Facebook => self.scopes[0],
            Login::Instagram => self.scopes[1],
        }
    }

    /// The permissions that Facebook Login's dialog requests.
    pub fn asked(&self) -> Vec<&'static str> {
        [self.scopes(Login::Facebook), self.dependencies].concat()
    }

    /// The permissions of a login that are missing from those that were granted.
    pub fn missing(&self, login: Login, granted: &[String]) -> Vec<String> {
        let missing = self.scopes(login).iter().filter(|scope| !granted.iter().any(|known| known == *scope));
        missing.map(|scope| (*scope).to_owned()).collect()
    }

    /// Whether a person who connects by this login needs tasks.
    pub fn needs_tasks(&self, login: Login) -> bool {
        self.page_tasks && login == Login::Facebook
    }
}
