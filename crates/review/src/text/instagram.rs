//! The texts about Instagram's permissions: those of accounts connected through a Page, and those of Instagram Login.

use domain::channel::{Channel, Login};

use super::Texts;
use crate::facts::Facts;

pub(super) const READ_ENGAGEMENT: Texts = Texts {
    why: "Meta grants instagram_basic and instagram_manage_messages only together with it. Deskbell reads the name, the picture and the \
          linked Instagram account of the chosen Pages, and no posts.",
    without: "Everything works, but Meta may hand instagram_basic and instagram_manage_messages back because they depend on it.",
    how_to_call: "Press Connect through Facebook on the tab Instagram, or Refresh, with a login that grants it.",
    recording: "The complete Facebook login of the recording of instagram_basic with this permission visible in the dialog, then the list \
                that shows the Page's name beside its Instagram account. Meta wants to see a post of the Page in the product, which \
                Deskbell has no screen for: say in the text that it is a dependency.",
};

pub(super) const BASIC: Texts = Texts {
    why: "To show an administrator the Instagram accounts that belong to their Pages, so that they choose which of them Deskbell answers for.",
    without: "The list of Instagram accounts stays empty: none can be connected through a Page.",
    how_to_call: "Open the tab Instagram and press Connect through Facebook, or Refresh.",
    recording: "Signed out of everything: sign in to Deskbell, open Chat gateways, Instagram, press Connect through Facebook, go through \
                Facebook's whole login with the choice of the Instagram account, come back, and show the account with its picture, name and \
                user name in the list.",
};

pub(super) const MESSAGES: Texts = Texts {
    why: "To receive what customers write to the Instagram account and to send the answers of the bot and of agents.",
    without: "Messages of people without a role on the app don't arrive, and answers to them are refused.",
    how_to_call: "Write to the Instagram account from a personal one that has a role on the app; the bot's answer is the call.",
    recording: "After the login and the choice of the Instagram account: on one half Instagram's own app or website, on the other Workspace. \
                The customer writes a direct message, it appears in Workspace, the agent answers, and Instagram receives the answer.",
};

pub(super) const LOGIN_BASIC: Texts = Texts {
    why: "To show which Instagram account logged in: its id, name, user name and picture.",
    without: "Instagram Login gives no access at all: no account can be connected without a Page.",
    how_to_call: "Open the tab Instagram and press Log in with Instagram, or Refresh.",
    recording: "Signed out of everything: sign in to Deskbell, open Chat gateways, Instagram, press Log in with Instagram, go through \
                Instagram's whole login with the grant visible, come back, and show the account with its picture and user name in the list.",
};

pub(super) const LOGIN_MESSAGES: Texts = Texts {
    why: "To receive the direct messages of an account that logged in with Instagram, and to answer them.",
    without: "The account can be listed, but messages of people without a role on the app neither arrive nor can be answered.",
    how_to_call: "Write to an account that logged in with Instagram, from one that has a role on the app; the bot's answer is the call.",
    recording: "After Instagram's whole login: on one half Instagram's own app or website, on the other Workspace. The customer writes a direct \
                message, it appears in Workspace, the agent answers, and Instagram receives the answer.",
};

pub(super) fn read_engagement(facts: &Facts) -> String {
    format!(
        "We ask for pages_read_engagement because instagram_basic and instagram_manage_messages depend on it. {business} answers direct \
         messages to {account} in a contact centre called Deskbell. On the screen \"Chat gateways\" > \"{name}\" > \"Instagram\" \
         ({screens}/instagram) we show each Instagram account beside the name of the Page that it is linked to, which we read with GET \
         /me/accounts. We read and show no posts, comments, likes or followers of the Page.",
        business = facts.business(),
        account = account(facts, Login::Facebook),
        name = facts.name,
        screens = facts.screens(),
    )
}

pub(super) fn basic(facts: &Facts) -> String {
    format!(
        "An administrator of {business} opens \"Chat gateways\" > \"{name}\" > \"Instagram\" ({screens}/instagram) and presses \"Connect \
         through Facebook\". After Facebook Login we read, with instagram_basic, the id, user name, name and picture of the Instagram \
         professional account that is linked to each Page the person chose, and list them there. The administrator recognises {account} by \
         its picture and user name and ticks it. Without instagram_basic no Instagram account is listed, so none can be connected. We read \
         no media, no followers and no insights.",
        business = facts.business(),
        name = facts.name,
        screens = facts.screens(),
        account = account(facts, Login::Facebook),
    )
}

pub(super) fn messages(facts: &Facts) -> String {
    format!(
        "People write direct messages to {account} to ask {business} for help: questions before a purchase, orders, complaints. With \
         instagram_manage_messages these messages reach our contact centre. An automatic greeting offers choices and, on request, hands the \
         conversation over to a person. Our agents read it and answer in \"Workspace\" ({workspace}), where they see the customer's name and \
         picture; what they write goes back to the same Instagram conversation by POST /{{page-id}}/messages. The customer always writes \
         first, a person can be asked for at any time, and nothing promotional is sent. Without the permission no one who writes to us on \
         Instagram is answered.",
        account = account(facts, Login::Facebook),
        business = facts.business(),
        workspace = facts.workspace(),
    )
}

pub(super) fn login_basic(facts: &Facts) -> String {
    format!(
        "{business} has an Instagram professional account without a Facebook Page. An administrator opens \"Chat gateways\" > \"{name}\" > \
         \"Instagram\" ({screens}/instagram), presses \"Log in with Instagram\" and logs in as {account}. With instagram_business_basic we \
         read the id, user name, name and picture of that one account (GET /me), and show them so that the administrator sees which account \
         was connected. Without it Instagram Login gives no access at all, and instagram_business_manage_messages depends on it.",
        business = facts.business(),
        name = facts.name,
        screens = facts.screens(),
        account = account(facts, Login::Instagram),
    )
}

pub(super) fn login_messages(facts: &Facts) -> String {
    format!(
        "Customers of {business} send direct messages to {account}, which is connected to our contact centre with Instagram Login. With \
         instagram_business_manage_messages we receive them, and what the automatic greeting and our agents answer in \"Workspace\" \
         ({workspace}) is sent by POST /{{ig-id}}/messages to the conversation that the customer began. Agents see who is writing, answer \
         within Instagram's messaging window, and take over from the bot as soon as the customer asks for a person. We send nothing to \
         people who have not written to us. Without the permission these customers get no answer.",
        business = facts.business(),
        account = account(facts, Login::Instagram),
        workspace = facts.workspace(),
    )
}

fn account(facts: &Facts, login: Login) -> String {
    let found = facts.main_account(|account| account.channel == Channel::INSTAGRAM && account.login == login);
    found.map_or_else(
        || "our Instagram account".to_owned(),
        |account| format!("our Instagram account {}", account.shown()),
    )
}
