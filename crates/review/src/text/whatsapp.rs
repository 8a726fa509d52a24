//! The texts about WhatsApp's permissions.

use domain::channel::Channel;

use super::Texts;
use crate::facts::Facts;

pub(super) const MANAGEMENT: Texts = Texts {
    why: "To list the WhatsApp numbers of the business with their quality and limits, to subscribe to their messages, and to read its \
          message templates.",
    without: "No number can be connected: neither its business account nor its subscription can be read.",
    how_to_call: "Connect a number on the tab WhatsApp, or press Sync with Meta above the message templates.",
    recording: "Signed out of everything: sign in to Deskbell, open Chat gateways, WhatsApp, connect a number with the grant visible, and show \
                it in the list with its name, quality and limit; switch its subscription on; then show the message templates and press Sync \
                with Meta.",
};

pub(super) const MESSAGING: Texts = Texts {
    why: "To receive what customers write to the WhatsApp number and to send the answers of the bot and of agents.",
    without: "Messages to the number cannot be answered, and their files cannot be opened.",
    how_to_call: "Write to the number in WhatsApp; the bot's answer is the call.",
    recording: "After the number is connected: on one half WhatsApp (web or phone), on the other Workspace. The customer writes, the message \
                appears in Workspace, the agent answers, and WhatsApp receives the answer. A recording, no screenshots.",
};

pub(super) fn management(facts: &Facts) -> String {
    format!(
        "{business} answers customers who write to {number} in a contact centre called Deskbell. An administrator opens \"Chat gateways\" > \
         \"{name}\" > \"WhatsApp\" ({screens}/whatsapp) and connects the WhatsApp Business account. With whatsapp_business_management we list \
         its numbers with name, quality and limit, so that the administrator chooses which of them are answered here; subscribe the business \
         account to our webhook with POST /{{waba-id}}/subscribed_apps; and read its approved message templates, which agents send when a \
         customer's question is solved after 24 hours. We create, change and delete nothing else in the account. Without the permission no \
         number can be connected.",
        business = facts.business(),
        number = number(facts),
        name = facts.name,
        screens = facts.screens(),
    )
}

pub(super) fn messaging(facts: &Facts) -> String {
    format!(
        "People write to {number} in WhatsApp to ask {business} for help: questions before a purchase, orders, complaints. With \
         whatsapp_business_messaging our contact centre sends the automatic greeting and what our agents answer in \"Workspace\" \
         ({workspace}) by POST /{{phone-number-id}}/messages, marks messages as read, and opens the pictures and documents that customers \
         send. Answers are sent within 24 hours of the customer's last message; after that only approved templates are sent, and customers \
         who write \"stop\" get no marketing templates. Without the permission no one who writes to the number is answered.",
        number = number(facts),
        business = facts.business(),
        workspace = facts.workspace(),
    )
}

fn number(facts: &Facts) -> String {
    let found = facts.main_account(|account| account.channel == Channel::WHATSAPP);
    found.map_or_else(
        || "our WhatsApp number".to_owned(),
        |account| format!("our WhatsApp number {}", account.shown()),
    )
}
