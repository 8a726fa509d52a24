//! What Meta's reviewer does, step by step, in English: as plain text for Meta's field, and as a page.

use std::fmt::Write as _;

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use utoipa::ToSchema;

use super::document;
use super::facts::Facts;
use super::permission::{Permission, day};
use super::way::{Way, listed};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Step {
    title: String,
    lines: Vec<String>,
    /// What the reviewer sees then.
    expect: String,
}

/// The instructions, as shown in the tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReviewInstructions)]
pub struct InstructionsOut {
    /// For Meta's field, which takes plain text only. It contains the reviewer's sign-in.
    pub text: String,
    /// The operator's additions.
    pub notes: Option<String>,
    /// What is missing before they can be followed, as sentences.
    pub missing: Vec<String>,
}

pub fn view(facts: &Facts) -> InstructionsOut {
    InstructionsOut { text: text(facts), notes: facts.operator.notes.clone(), missing: missing(facts) }
}

/// What is missing before a reviewer can follow them.
pub fn missing(facts: &Facts) -> Vec<String> {
    let mut missing = Vec::new();
    match &facts.reviewer {
        None => missing.push(
            "There is no reviewer account. Create one, so that sign-in, password and code word can be shown here."
                .to_owned(),
        ),
        Some(reviewer) if reviewer.expires_at <= facts.at => {
            missing.push(
                "The reviewer account has expired. Create a new one and paste the instructions again.".into(),
            );
        }
        Some(reviewer) if reviewer.password.is_none() => {
            missing
                .push("The reviewer's password was encrypted with a different key. Create a new account.".into());
        }
        Some(reviewer) if reviewer.expires_at.since(facts.at) < 21 * domain::time::DAY => missing.push(format!(
            "The reviewer account expires on {}, and Meta often takes three weeks. Create a new one before you \
             submit.",
            day(reviewer.expires_at)
        )),
        Some(_) => {}
    }
    for way in facts.by_app() {
        if !facts.of_channel(way.channel()).any(|account| account.subscribed) {
            let account = if way == Way::Messenger { "Page" } else { way.account() };
            missing.push(format!(
                "No {account} is connected and switched on: the reviewer's message would reach no one."
            ));
        }
    }
    if !facts.public_url.starts_with("https://") {
        missing.push(format!("The public URL {} is not https: Meta's reviewers can't open it.", facts.public_url));
    }
    missing
}

/// A link by which Messenger opens the Page, and its name.
fn page_link(facts: &Facts) -> (String, String) {
    if let Some((name, link)) = facts.reviewer.as_ref().and_then(|reviewer| reviewer.links.first()) {
        return (name.clone(), link.clone());
    }
    match facts.main_page() {
        Some(page) => (page.name.clone(), page.link().unwrap_or_default()),
        None => ("(no Page is connected yet)".into(), "(no Page is connected yet)".into()),
    }
}

/// The reviewer's sign-in, and the word that starts their conversation.
struct Access<'f> {
    email: &'f str,
    password: &'f str,
    word: &'f str,
}

impl<'f> Access<'f> {
    fn of(facts: &'f Facts) -> Self {
        match &facts.reviewer {
            Some(it) => Self {
                email: &it.email,
                password: it.password.as_deref().unwrap_or("(lost: create a new one)"),
                word: &it.code_word,
            },
            None => Self { email: "(not made yet)", password: "(not made yet)", word: "(not made yet)" },
        }
    }
}

fn steps(facts: &Facts) -> Vec<Step> {
    let access = Access::of(facts);
    let mut steps = vec![sign_in(facts, &access)];
    if has_pages(facts) {
        steps.extend(connect_page(facts));
    }
    steps.push(Step {
        title: "Be the agent".into(),
        lines: vec![
            format!("Open \"Work\" in the bar on the left: the Workspace at {}", facts.workspace()),
            format!(
                "Switch \"Call Center\" on at the top. Leave this window open; side by side with {} is best.",
                facts.apps("or")
            ),
        ],
        expect: "The state says Online: conversations that wait are offered to you.".into(),
    });
    if facts.has(Way::Messenger) {
        steps.extend(on_messenger(facts, &access));
    }
    for way in facts.ways.iter().filter(|way| **way != Way::Messenger) {
        steps.push(elsewhere(facts, *way, &access));
    }
    if Permission::used(facts).any(|permission| permission == Permission::HumanAgent) {
        let app = facts.ways[0].app();
        steps.push(Step {
            title: "An answer after 24 hours (Human Agent)".into(),
            lines: vec![
                "Leave the conversation open until the next day, then open it in Workspace again, or watch the recording: a review in one \
                 sitting can't wait so long."
                    .into(),
            ],
            expect: format!(
                "The composer says that only a person may answer now, and until when. What you type arrives in {app}; the bot stays silent."
            ),
        });
    }
    steps.push(Step {
        title: "Close the conversation".into(),
        lines: vec!["Press \"Close conversation\" in Workspace.".into()],
        expect: format!("{} shows the closing text, and the conversation moves to Closed.", facts.ways[0].app()),
    });
    steps
}

/// Whether the reviewer connects a Page: Instagram accounts connected through one need its permissions too.
fn has_pages(facts: &Facts) -> bool {
    facts.has(Way::Messenger) || facts.has(Way::InstagramByPage)
}

fn sign_in(facts: &Facts, access: &Access) -> Step {
    let expect = "The product opens in English. This is our own sign-in";
    let expect =
        if has_pages(facts) { format!("{expect}; Facebook Login comes in step 2.") } else { format!("{expect}.") };
    Step {
        title: "Sign in to Deskbell".into(),
        lines: vec![
            format!(
                "Open {} in a desktop browser. No VPN, no app and no second factor is needed.",
                facts.public_url
            ),
            format!("E-mail: {}", access.email),
            format!("Password: {}", access.password),
            "Press \"Sign in\".".to_owned(),
        ],
        expect,
    }
}

fn connect_page(facts: &Facts) -> [Step; 2] {
    [
        Step {
            title: "Find Facebook Login and connect a Page (pages_show_list)".into(),
            lines: vec![
                format!("Open \"Pages\" in the bar on the left: the screen \"Facebook Pages\" at {}/pages", facts.public_url),
                "Press \"Log in with Facebook\". Facebook Login opens in a popup.".into(),
                "Sign in with your own Facebook account, choose a Page that you manage, and grant every permission that is asked for.".into(),
            ],
            expect: "The popup closes. The list shows the Pages that you manage, each with name and picture. Tick one or more and press \"Save choice\".".into(),
        },
        Step {
            title: "Receive the Page's messages (pages_manage_metadata)".into(),
            lines: vec!["In the row of your Page switch \"Webhook subscription\" on.".into()],
            expect: "The switch stays on: the app is now subscribed to the Page's webhooks, and messages to it arrive here. Switching it \
                     off ends that."
                .into(),
        },
    ]
}

fn on_messenger(facts: &Facts, access: &Access) -> [Step; 3] {
    let (page, link) = page_link(facts);
    [
        Step {
            title: "Be the customer (pages_messaging)".into(),
            lines: vec![
                format!("In another window open Messenger with our Page \"{page}\": {link}"),
                "Or open Messenger with the Page that you connected in step 2: it works the same.".into(),
                format!("Send this word as a message: {}", access.word),
                "It marks the conversation as yours, so that you see no real customer and no colleague answers before you.".into(),
            ],
            expect: "The bot greets you within seconds and offers choices. It answers any text, \"Hi\" included.".into(),
        },
        Step {
            title: "Ask for a person".into(),
            lines: vec!["In Messenger tap \"Talk to an agent\".".into()],
            expect: "Workspace rings and shows the offer with the customer's name and profile picture (Business Asset User Profile Access). \
                     The picture may take a few seconds."
                .into(),
        },
        Step {
            title: "Answer, and see the answer in Messenger (pages_messaging)".into(),
            lines: vec![
                "In Workspace press \"Accept\", type an answer and press Enter.".into(),
                "Write back from Messenger, and answer once more.".into(),
            ],
            expect: "The answer appears in Messenger at once, and what you write in Messenger appears in Workspace. \
                The customer's name and picture are shown above the conversation and beside it."
                .into(),
        },
    ]
}

/// A conversation on Instagram or WhatsApp. Our own account stays connected for it (meta-platform.md §9.3): connecting one needs
/// its owner, and the recording shows it.
fn elsewhere(facts: &Facts, way: Way, access: &Access) -> Step {
    let permissions: Vec<&str> = Permission::used(facts)
        .filter(|permission| !permission.is_feature() && permission.is_only_for(way))
        .map(Permission::name)
        .collect();
    let (app, account) = (way.app(), way.account());
    let found = facts.main_account(|account| Way::of(account) == Some(way));
    let address = found.map_or_else(
        || format!("(no {account} is connected yet)"),
        |found| match found.link() {
            Some(link) => format!("{}: {link}", found.shown()),
            None => found.shown(),
        },
    );
    Step {
        title: format!("Write and answer on {app} ({})", permissions.join(", ")),
        lines: vec![
            format!(
                "Our {account} is connected already, because only its owner can do that; the recording shows how."
            ),
            format!("Open {app} with our {account} {address}"),
            format!("Send this word as a message: {}", access.word),
            "Choose \"Talk to an agent\", press \"Accept\" in Workspace, type an answer and press Enter.".into(),
            format!("Write back from {app}, and answer once more."),
        ],
        expect: format!(
            "The bot greets you within seconds. Workspace shows the offer with {app}'s sign, your name and our account's. The answer appears in \
             {app} at once, and what you write there appears in Workspace."
        ),
    }
}

fn intro(facts: &Facts) -> String {
    let business = facts.business();
    let names: Vec<&str> = Permission::used(facts).map(Permission::name).collect();
    let account = |way: Way| match way {
        Way::Messenger => "its Facebook Page in Messenger".to_owned(),
        other => format!("its {}", other.account()),
    };
    let accounts: Vec<String> = facts.by_app().into_iter().map(account).collect();
    format!(
        "{business} answers people who write to {}. The product is a website with screens (Deskbell, at {}); \
         it is used in a desktop browser. These steps take about five minutes and show {}.",
        listed(&accounts, "and"),
        facts.public_url,
        names.join(", ")
    )
}

fn outro(facts: &Facts) -> String {
    let mut outro = "One of us is online while the review runs, and the bot always answers.".to_owned();
    if let Some(reviewer) = &facts.reviewer {
        let _ = write!(outro, " The sign-in works until {}.", day(reviewer.expires_at));
    }
    if let Some(mail) = facts.operator.answer("contact_email") {
        let _ = write!(
            outro,
            " If anything does not work, please write to {mail} before you decide: we fix it the same day."
        );
    }
    outro
}

/// For Meta's field, which takes plain text only.
pub fn text(facts: &Facts) -> String {
    let mut out = intro(facts);
    for (n, step) in steps(facts).into_iter().enumerate() {
        let _ = write!(out, "\n\n{}. {}", n + 1, step.title);
        for line in step.lines {
            let _ = write!(out, "\n   - {line}");
        }
        let _ = write!(out, "\n   Expected: {}", step.expect);
    }
    let _ = write!(out, "\n\n{}", outro(facts));
    if let Some(notes) = &facts.operator.notes {
        let _ = write!(out, "\n\n{}", notes.trim());
    }
    out.push('\n');
    out
}

/// As a separate page.
pub fn html(facts: &Facts) -> String {
    document::render(
        "instructions.html",
        context! {
            title => "Instructions for Meta's reviewer",
            intro => intro(facts),
            missing => missing(facts),
            steps => Serde(steps(facts)),
            outro => outro(facts),
            notes => facts.operator.notes.as_deref().map(str::trim),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::facts::Reviewer;
    use super::super::facts::tests::sample;
    use super::*;
    use domain::time::DAY;

    #[test]
    fn they_name_address_sign_in_code_word_and_what_is_seen() {
        let mut facts = sample();
        assert_eq!(missing(&facts).len(), 1);
        assert!(text(&facts).contains("https://m.me/200"));
        facts.reviewer = Some(Reviewer {
            email: "reviewer@desk.example".into(),
            password: Some("correct-horse".into()),
            expires_at: facts.at.plus(60 * DAY),
            code_word: "BLUEBIRD".into(),
            links: vec![("Lavka".into(), "https://m.me/200?ref=abc".into())],
        });
        facts.operator.notes = Some("Ask for <Ann>.".into());
        assert_eq!(missing(&facts), Vec::<String>::new());
        let text = text(&facts);
        for part in [
            "https://desk.example",
            "reviewer@desk.example",
            "correct-horse",
            "BLUEBIRD",
            "?ref=abc",
            "second factor",
            "Log in with Facebook",
            "Ask for <Ann>.",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("24 hours (Human Agent)"));
        facts.human_agent = true;
        assert!(super::text(&facts).contains("8. An answer after 24 hours"));
        let html = html(&facts);
        assert!(html.contains("Ask for &lt;Ann&gt;.") && html.contains("<a href=\"https://m.me/200?ref=abc\">"));
        facts.at = facts.at.plus(50 * DAY);
        assert!(missing(&facts)[0].contains("Create a new one"));
    }
}
