//! The films about Instagram's and WhatsApp's permissions, for filming in the browser: the sandbox does not play
//! them.

use domain::channel::Channel;

use super::{Script, Shot, begin};
use crate::facts::Facts;
use crate::permission::Permission;
use crate::way::Way;

/// Their permissions; a film's name is its permission.
const FILMED: [Permission; 7] = [
    Permission::ReadEngagement,
    Permission::InstagramBasic,
    Permission::InstagramMessages,
    Permission::InstagramLoginBasic,
    Permission::InstagramLoginMessages,
    Permission::WhatsAppManagement,
    Permission::WhatsAppMessaging,
];

/// The permission that one of these films shows.
pub(super) fn about(name: &str) -> Option<&'static str> {
    FILMED.into_iter().map(Permission::key).find(|key| *key == name)
}

/// One film for each permission of Instagram and WhatsApp that a gateway uses.
pub fn films(facts: &Facts) -> Vec<Script> {
    let filmed = Permission::used(facts).filter(|permission| FILMED.contains(permission));
    filmed.map(|permission| film(facts, permission)).collect()
}

fn film(facts: &Facts, permission: Permission) -> Script {
    let way = permission.main_way();
    let (login, account) = (Login::of(facts, way), account(facts, way));
    let (name, app, noun) = (permission.key(), way.app(), way.account());
    let sends = matches!(
        permission,
        Permission::InstagramMessages | Permission::InstagramLoginMessages | Permission::WhatsAppMessaging
    );
    let (title, about) = if sends {
        (
            format!("Our staff answer in Deskbell, and the answer arrives in {app}"),
            format!("Left: {app}, as the customer sees it. Right: Deskbell, where the message is sent."),
        )
    } else {
        (
            format!("The {noun} is connected, and Deskbell shows it"),
            format!(
                "Deskbell reads which {noun}s the person has, so that they choose which of them our staff answer."
            ),
        )
    };
    let mut script = begin(name, Some(name), &title, &[&about]);
    script.shots.extend(connect(facts, &login, way, name));
    script.shots.push(listed(way, &account, name));
    if sends {
        script.shots.extend(conversation(way, &account, name));
    } else if permission == Permission::WhatsAppManagement {
        script.shots.push(templates(name));
    }
    script
}

/// How an account is connected.
struct Login {
    /// Deskbell's button.
    button: &'static str,
    /// The dialog that it opens.
    dialog: &'static str,
    /// What to do there.
    choose: &'static str,
}

impl Login {
    fn of(facts: &Facts, way: Way) -> Self {
        match way {
            Way::InstagramLogin => Self {
                button: "Log in with Instagram",
                dialog: "Instagram Login",
                choose: "Log in as the Instagram account itself.",
            },
            Way::WhatsApp if facts.embedded_signup => Self {
                button: "Connect with WhatsApp",
                dialog: "WhatsApp's sign-up",
                choose: "Choose the business portfolio, the WhatsApp account and the number.",
            },
            Way::WhatsApp => Self {
                button: "Paste a token",
                dialog: "The dialog for a system user's token",
                choose: "Show how the system user's token is generated at Meta with this permission ticked. Cover the token itself.",
            },
            Way::Messenger | Way::InstagramByPage => Self {
                button: "Connect through Facebook",
                dialog: "Facebook Login",
                choose: "Choose the Page and the Instagram account that is linked to it.",
            },
        }
    }
}

fn account(facts: &Facts, way: Way) -> String {
    let found = facts.main_account(|account| Way::of(account) == Some(way));
    found.map_or_else(|| format!("your test {}", way.account()), |account| account.shown())
}

fn shot(tag: Option<&'static str>, caption: impl Into<String>, instruction: impl Into<String>) -> Shot {
    Shot { caption: caption.into(), tag, instruction: instruction.into(), steps: Vec::new() }
}

/// From signed out to granted: every recording shows this completely.
fn connect(facts: &Facts, login: &Login, way: Way, permission: &'static str) -> [Shot; 5] {
    let (tab, noun, url) = (way.app(), way.account(), &facts.public_url);
    let Login { button, dialog, choose } = login;
    [
        shot(
            None,
            "No one is signed in yet. We sign in to Deskbell.",
            format!("Sign out of Facebook, of {tab} and of Deskbell. Open {url} and sign in as yourself."),
        ),
        shot(
            None,
            format!("Admin, Chat gateways: the gateway is our Meta app. Its {noun} is not connected yet."),
            format!("Open Admin, Chat gateways, the gateway, and its tab {tab}. Show that nothing is connected."),
        ),
        shot(
            Some(permission),
            format!("“{button}” is how an account is connected. {dialog} opens."),
            format!("Press “{button}” and show the window whole, address included."),
        ),
        shot(Some(permission), format!("The {noun} is chosen that Deskbell may use."), *choose),
        shot(
            Some(permission),
            format!("{permission} is granted here, by Meta's own page."),
            format!(
                "Rest on {permission} for three seconds: its grant must be seen. Don't cut here. Then continue."
            ),
        ),
    ]
}

fn listed(way: Way, account: &str, permission: &'static str) -> Shot {
    let shown = if way.channel() == Channel::WHATSAPP {
        "with its name, its quality and its limit"
    } else {
        "with its picture, its name and its user name"
    };
    shot(
        Some(permission),
        format!("Back in Deskbell: {account} is listed, {shown}."),
        format!("Tick {account}, press “Save choice”, and show it in the list {shown}, with its subscription on."),
    )
}

fn templates(permission: &'static str) -> Shot {
    shot(
        Some(permission),
        "Deskbell reads the approved message templates, which our staff send after 24 hours.",
        "Show the message templates below the numbers, and press “Sync with Meta”.",
    )
}

fn conversation(way: Way, account: &str, permission: &'static str) -> [Shot; 5] {
    let app = way.app();
    [
        shot(
            None,
            "In Workspace we switch Call Center on: from now on customers are offered to us.",
            "Open Workspace and switch Call Center on.",
        ),
        shot(
            None,
            format!(
                "A customer opens {app} and writes to {account}. The bot answers at once; they ask for a person."
            ),
            format!(
                "In {app}, as the customer, write “Hello” to {account}, wait for the greeting and choose “Talk to an agent”."
            ),
        ),
        shot(
            None,
            "Workspace rings, and we accept.",
            "Show the offer with the customer's name for three seconds, then accept.",
        ),
        shot(
            Some(permission),
            format!("We answer in Deskbell, which sends the message with {permission} …"),
            "Type the answer in Workspace and send it.",
        ),
        shot(
            Some(permission),
            format!("… and the answer arrives in the customer's {app}."),
            format!(
                "Show the answer in {app}: web or phone, as a recording and not as a picture. Write back from there."
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::tests::{sample, with_instagram};

    #[test]
    fn each_permission_of_a_channel_that_is_used_has_its_film_and_others_have_none() {
        assert!(films(&sample()).is_empty());
        let films = films(&with_instagram());
        let names: Vec<&str> = films.iter().map(|film| film.name).collect();
        assert_eq!(names, ["pages_read_engagement", "instagram_basic", "instagram_manage_messages"]);
        for film in &films {
            assert!(film.shots.iter().any(|shot| shot.tag == film.about), "{}", film.name);
            let fits = |shot: &Shot| shot.caption.chars().count() <= 160;
            assert!(film.shots.iter().all(fits), "{}", film.name);
        }
        assert!(films[2].shots.iter().any(|shot| shot.caption.contains("@lavka.shop")));
    }

    #[test]
    fn a_pasted_token_is_filmed_differently_from_a_sign_up() {
        let mut facts = sample();
        facts.ways.push(Way::WhatsApp);
        let button = |facts: &Facts| films(facts)[0].shots[2].caption.clone();
        assert!(button(&facts).contains("Paste a token"));
        facts.embedded_signup = true;
        assert!(button(&facts).contains("Connect with WhatsApp"));
    }
}
