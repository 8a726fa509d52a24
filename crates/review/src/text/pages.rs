//! The texts about the permissions of Pages and Messenger, and about Human Agent.

use super::Texts;
use crate::facts::Facts;

pub(super) const SHOW_LIST: Texts = Texts {
    why: "To show an administrator the Pages that they manage, so that they choose which of them Deskbell answers for.",
    without: "The list of Pages stays empty: no one can choose a Page, so none can be connected.",
    how_to_call: "Open Facebook pages and press Add or remove pages, or Refresh.",
    recording: "Signed out of everything: sign in to Deskbell, open Chat gateways, Facebook pages, press Add or remove pages, go through \
             Facebook's whole login with \"Show a list of the Pages you manage\" visible, come back, and show that the person's Pages \
             are now listed, with one being ticked.",
};

pub(super) const MESSAGING: Texts = Texts {
    why: "To receive what customers write to the Page and to send the answers of the bot and of agents.",
    without: "Messages of people without a role on the app don't arrive, and answers to them are refused.",
    how_to_call: "Write to the Page from a personal account that has a role on the app; the bot's answer is the call.",
    recording: "After the login and the choice of the Page: on one half Messenger, on the other Workspace. The customer writes, the message \
             appears in Workspace, the agent answers, and Messenger receives the answer. A recording, no screenshots.",
};

pub(super) const METADATA: Texts = Texts {
    why: "To switch message retrieval on and off for a Page: subscribing the app to the Page's webhooks is what brings its \
             messages here.",
    without: "The webhook subscription switch is refused by Meta: a Page can be listed, but none of its messages arrive.",
    how_to_call: "Switch Webhook subscription on for a Page, or press Check again on the tab Health.",
    recording: "After the login: the administrator switches Webhook subscription on for the Page; then a message is written to the Page and \
             its event arrives in Deskbell (last event, and the conversation).",
};

pub(super) const PROFILE_ACCESS: Texts = Texts {
    why: "To show the agent whom they are talking to: the customer's name and picture.",
    without: "Conversations work, but customers have no name and no picture: agents see \"Customer\" with the end of an id.",
    how_to_call: "Write to the Page from a personal account that has a role on the app: Deskbell then asks for its name and picture.",
    recording: "After the login and the choice of the Page: a customer writes, and the offer and the conversation in Workspace show the \
             customer's name and picture; point at both.",
};

pub(super) const HUMAN_AGENT: Texts = Texts {
    why: "To let a person answer up to seven days after the customer's last message, when 24 hours did not suffice.",
    without: "After 24 hours the composer is closed until the customer writes again. Everything else works.",
    how_to_call: "Let an agent answer a conversation whose customer wrote more than 24 hours and less than 7 days ago.",
    recording: "After the login and the choice of the Page: a conversation prepared the day before, whose last message is older than 24 hours \
             (the composer says so); a person takes it over, answers, and Messenger receives the answer.",
};

pub(super) fn show_list(facts: &Facts) -> String {
    format!(
        "{business} answers customers who write to Facebook Pages in a contact centre called Deskbell, which runs at {}. \
             An administrator of ours opens \"Chat gateways\" > \"{}\" > \"Facebook pages\" ({screens}/pages) and presses \"Add or \
             remove pages\". After Facebook Login we call /me/accounts with pages_show_list and list every Page that this person \
             manages, with name and picture, so that they can verify it is theirs and tick the ones to connect (for example {page}). \
             We store the id, the name and the Page token of the ticked Pages and nothing of the others. Without pages_show_list the \
             list is empty and no Page can be connected. It is also the permission that pages_messaging and pages_manage_metadata \
             depend on.",
        facts.public_url,
        facts.name,
        business = facts.business(),
        page = page(facts),
        screens = facts.screens(),
    )
}

pub(super) fn messaging(facts: &Facts) -> String {
    format!(
        "People write to {page} in Messenger to ask {business} for help: questions before a purchase, orders, \
             complaints. With pages_messaging their messages reach our contact centre, where an automatic greeting \
             offers choices and, on request, hands the conversation over to a person. Our agents read it and answer \
             in \"Workspace\" ({workspace}); what they write goes back to the same Messenger conversation by POST \
             /{{page-id}}/messages. Every conversation is started by the customer, answers are sent within Meta's \
             messaging windows, and nothing promotional is sent. For the customer it means one answer from one \
             person who sees the whole conversation; without the permission no one who writes to the Page is \
             answered.",
        business = facts.business(),
        page = page(facts),
        workspace = facts.workspace(),
    )
}

pub(super) fn metadata(facts: &Facts) -> String {
    format!(
        "On the screen \"Facebook pages\" of the gateway \"{}\" each connected Page has a switch called \
             \"Webhook subscription\". When an administrator of {business} switches it on for {page}, we call POST \
             /{{page-id}}/subscribed_apps with pages_manage_metadata, and from then on Meta delivers the Page's \
             message events to {}. Switched off, we call DELETE on the same edge and the delivery ends. Once a day \
             we read that edge, and /{{page-id}}/settings, to notice and report when the subscription was lost or \
             the Page takes no messages, because then customers would write without getting an answer. We change \
             nothing else about the Page: no posts, no settings. Without this permission the Page can be chosen, \
             but no message of it arrives in real time.",
        facts.name,
        facts.webhook_url,
        business = facts.business(),
        page = page(facts),
    )
}

pub(super) fn profile_access(facts: &Facts) -> String {
    format!(
        "When someone writes to {page}, our agent sees the offer and the conversation in \"Workspace\" \
             ({workspace}) with the customer's name and profile picture. We read them once when the person first \
             writes, by GET /{{psid}}?fields=name,first_name,last_name,profile_pic with the Page's token, and \
             refresh them while the conversation continues. The agent addresses the customer by name, recognises \
             who comes back, and does not mix up two people who write at the same time. Names and pictures are \
             shown to agents of {business} only, are not combined with other sources, are not used for advertising, \
             and are erased with the conversation. Without this feature every customer is an anonymous id.",
        business = facts.business(),
        page = page(facts),
        workspace = facts.workspace(),
    )
}

pub(super) fn human_agent(facts: &Facts) -> String {
    format!(
        "Some questions that customers of {business} ask in Messenger cannot be solved within 24 hours: a \
             delivery must be traced, a technician asked, or the question came at the weekend. An agent then opens \
             the conversation in \"Workspace\" ({workspace}) and answers personally, up to seven days after the \
             customer's last message, with the HUMAN_AGENT tag. The tag is set only for what a person typed into \
             that conversation; the bot and every automatic text stop at 24 hours. The composer shows the agent \
             until when an answer is possible. Without Human Agent these customers would have to write again to \
             find out what happened to their question on {page}.",
        business = facts.business(),
        page = page(facts),
        workspace = facts.workspace(),
    )
}

fn page(facts: &Facts) -> String {
    facts
        .main_page()
        .map_or_else(|| "our Facebook Page".to_owned(), |page| format!("our Facebook Page \"{}\"", page.name))
}
