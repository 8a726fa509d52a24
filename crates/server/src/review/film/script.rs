//! What is shown, shot by shot, as data: the whole story, and one film for each permission and feature.

use film::{Seat, Thing};
use serde_json::{Value, json};

use super::Scene;

/// What every film begins with that isn't made with Facebook itself.
pub const SANDBOX_NOTICE: &str = "Recorded with Deskbell's sandbox, which stands in for Facebook and Messenger. \
    Meta wants to see the real ones: use this film as the pattern for yours, don't submit it.";

/// One film.
#[derive(Debug, Clone)]
pub struct Script {
    /// The file's name without its ending.
    pub name: &'static str,
    /// The permission or feature it is about; None for the whole story.
    pub about: Option<&'static str>,
    /// Above the title of the first card.
    pub over: String,
    /// The title.
    pub title: String,
    /// What one should know before.
    pub lines: Vec<String>,
    /// What happens.
    pub shots: Vec<Shot>,
}

/// What happens below one caption.
#[derive(Debug, Clone)]
pub struct Shot {
    /// In English, for the reviewer.
    pub caption: String,
    /// The permission or feature that is used.
    pub tag: Option<&'static str>,
    /// What to do and to show, for whoever films the real Messenger by hand.
    pub by_hand: String,
    /// What the hand does.
    pub acts: Vec<Act>,
}

/// One act.
#[derive(Debug, Clone)]
pub enum Act {
    /// Nothing, for so many seconds.
    Hold(f64),
    /// Rests on something.
    Point(Seat, Thing),
    /// Clicks something.
    Click(Seat, Thing),
    /// Types into a field.
    Write(Seat, Thing, String),
    /// Presses Enter.
    Enter(Seat),
    /// Waits until something is seen.
    Sees(Seat, Thing),
    /// A window was opened; it has this title and shows this.
    Popup(&'static str, Thing),
    /// The window has closed itself.
    Closed,
    /// The stand-in for Meta does something by itself.
    Behind(Request),
}

/// A request to the sandbox's control API, for the film's Page and customer.
#[derive(Debug, Clone)]
pub struct Request {
    /// Behind the customer's path.
    pub path: &'static str,
    /// What is sent.
    pub body: Value,
}

/// Permissions and features, as Meta calls them.
pub const SHOW_LIST: &str = "pages_show_list";
/// See above.
pub const MESSAGING: &str = "pages_messaging";
/// See above.
pub const METADATA: &str = "pages_manage_metadata";
/// See above.
pub const PROFILE: &str = "Business Asset User Profile Access";
/// See above.
pub const HUMAN_AGENT: &str = "Human Agent";

/// The whole set: the story, and a film for each permission and feature that the app asks for.
#[must_use]
pub fn all(scene: &Scene, human_agent: bool) -> Vec<Script> {
    let mut scripts = vec![story(scene), show_list(scene), messaging(scene), metadata(scene), profile(scene)];
    if human_agent {
        scripts.push(late(scene));
    }
    scripts
}

fn begin(name: &'static str, about: Option<&'static str>, title: &str, lines: &[&str]) -> Script {
    Script {
        name,
        about,
        over: match about {
            None => "Deskbell, the whole story".into(),
            Some(about) => format!("Deskbell, use of {about}"),
        },
        title: title.into(),
        lines: lines.iter().map(|&line| line.into()).collect(),
        shots: Vec::new(),
    }
}

const SIDES: &str =
    "Left: Messenger, as the customer sees it. Right: Deskbell, as our staff see it. Both begin signed out.";

fn story(scene: &Scene) -> Script {
    let mut it = begin("story", None, "A customer writes to the Page, and a person answers", &[SIDES]);
    it.shots.extend(grant(scene, None));
    it.shots.push(choose(scene, None));
    it.shots.push(subscribe(scene, None));
    it.shots.push(go_online(scene));
    it.shots.extend(customer_writes(scene));
    it.shots.extend(offer(scene, false));
    it.shots.extend(answer(scene));
    it.shots.push(close(scene));
    it
}

fn show_list(scene: &Scene) -> Script {
    let mut it = begin(
        "pages_show_list",
        Some(SHOW_LIST),
        "The person's Pages are listed, and they choose one",
        &[
            "Deskbell reads the list of Pages after the login, so that the person can choose which of them our staff answer.",
        ],
    );
    it.shots.extend(grant(scene, Some(SHOW_LIST)));
    it.shots.push(choose(scene, Some(SHOW_LIST)));
    it.shots.push(listed(scene));
    it
}

fn metadata(scene: &Scene) -> Script {
    let mut it = begin(
        "pages_manage_metadata",
        Some(METADATA),
        "The Page's webhooks are subscribed, and a message arrives",
        &["Deskbell subscribes the chosen Page's webhooks, so that messages to the Page reach our staff at once."],
    );
    it.shots.extend(grant(scene, Some(METADATA)));
    it.shots.push(choose(scene, Some(METADATA)));
    it.shots.push(subscribe(scene, Some(METADATA)));
    it.shots.push(go_online(scene));
    it.shots.extend(customer_writes(scene));
    it.shots.extend(offer(scene, false));
    it
}

fn messaging(scene: &Scene) -> Script {
    let mut it = begin(
        "pages_messaging",
        Some(MESSAGING),
        "Our staff answer in Deskbell, and the answer arrives in Messenger",
        &["Left: Messenger, as the customer sees it. Right: Deskbell, where the message is sent."],
    );
    it.shots.extend(grant(scene, Some(MESSAGING)));
    it.shots.push(choose(scene, Some(MESSAGING)));
    it.shots.push(subscribe(scene, None));
    it.shots.push(go_online(scene));
    it.shots.extend(customer_writes(scene));
    it.shots.extend(offer(scene, false));
    it.shots.extend(answer(scene));
    it
}

fn profile(scene: &Scene) -> Script {
    let mut it = begin(
        "business_asset_user_profile_access",
        Some(PROFILE),
        "Our staff see who is writing: the customer's name and picture",
        &[
            "Deskbell shows the name and picture of people who wrote to the Page, and only to the staff who answer them.",
        ],
    );
    it.shots.extend(grant(scene, Some(PROFILE)));
    it.shots.push(choose(scene, Some(PROFILE)));
    it.shots.push(subscribe(scene, None));
    it.shots.push(go_online(scene));
    it.shots.extend(customer_writes(scene));
    it.shots.extend(offer(scene, true));
    it.shots.push(panel(scene));
    it
}

fn late(scene: &Scene) -> Script {
    let mut it = begin(
        "human_agent",
        Some(HUMAN_AGENT),
        "A person answers a question after more than 24 hours",
        &["The customer wrote yesterday; a person at the desk, not a bot, answers within 7 days."],
    );
    it.shots.extend(grant(scene, Some(HUMAN_AGENT)));
    it.shots.push(choose(scene, Some(HUMAN_AGENT)));
    it.shots.push(subscribe(scene, None));
    it.shots.push(go_online(scene));
    it.shots.extend(yesterday(scene));
    it.shots.extend(offer(scene, false));
    it.shots.extend(late_answer(scene));
    it
}

/// From signed out to granted: every recording shows it whole.
fn grant(scene: &Scene, about: Option<&'static str>) -> Vec<Shot> {
    let person = &scene.sandbox.person;
    let granted = match about {
        None => "The dialog names what Deskbell asks for: to list the Pages, to send and receive messages, and to subscribe webhooks.".into(),
        Some(PROFILE | HUMAN_AGENT) => {
            format!("{person} grants the permissions. {} belongs to the app and is used with pages_messaging.", about.unwrap_or_default())
        }
        Some(about) => format!("{person} grants {about} here, in Facebook's own dialog."),
    };
    vec![
        Shot {
            caption: "Nobody is signed in anywhere. We sign in to Deskbell with the account that reviewers get.".into(),
            tag: None,
            by_hand: format!("Sign out of Facebook, Messenger and Deskbell. Open {} and sign in.", scene.desk),
            acts: vec![
                Act::Hold(1.6),
                Act::Write(Seat::Right, Thing::named("input", "E-mail"), scene.email.clone()),
                Act::Write(Seat::Right, Thing::named("input", "Password"), scene.password.clone()),
                Act::Click(Seat::Right, Thing::named("button", "Sign in")),
                Act::Sees(Seat::Right, Thing::named("a", "Admin")),
                Act::Hold(0.8),
            ],
        },
        Shot {
            caption: "Admin, Chat gateways: the gateway is our Meta app. Its Facebook Pages are not connected yet.".into(),
            tag: None,
            by_hand: "Open Admin, Chat gateways, the gateway, and its tab Facebook pages. Show that no Page is connected.".into(),
            acts: vec![
                Act::Click(Seat::Right, Thing::named("a", "Admin")),
                Act::Sees(Seat::Right, Thing::named("a", &scene.gateway)),
                Act::Hold(0.7),
                Act::Click(Seat::Right, Thing::named("a", &scene.gateway)),
                Act::Click(Seat::Right, Thing::named("[role=tab]", "Facebook pages")),
                Act::Hold(1.4),
            ],
        },
        Shot {
            caption: "“Add or remove pages” is the Facebook Login button. Facebook's login opens in a window of its own.".into(),
            tag: about,
            by_hand: "Press “Add or remove pages” and log in to Facebook in the window that opens: show it whole, address included.".into(),
            acts: vec![
                Act::Click(Seat::Right, Thing::named("button", "Add or remove pages")),
                Act::Popup("Facebook Login (sandbox)", Thing::new("button.person")),
                Act::Hold(1.8),
                Act::Click(Seat::Popup, Thing::named("button", person)),
                Act::Sees(Seat::Popup, Thing::named("h1", "Choose the Pages")),
            ],
        },
        Shot {
            caption: format!("{person} chooses the Page that Deskbell may use: {}, and no other.", scene.page),
            tag: about,
            by_hand: "Choose the Page, slowly, and show what is ticked before you continue.".into(),
            acts: vec![
                Act::Hold(1.2),
                Act::Click(Seat::Popup, Thing::new("#all")),
                Act::Hold(0.5),
                Act::Click(Seat::Popup, Thing::named("input[name=page]", &scene.page)),
                Act::Hold(1.2),
                Act::Click(Seat::Popup, Thing::named("button", "Continue")),
                Act::Sees(Seat::Popup, Thing::named("h1", "may do")),
            ],
        },
        Shot {
            caption: granted,
            tag: about,
            by_hand: match about {
                Some(about) if !matches!(about, PROFILE | HUMAN_AGENT) => {
                    format!("Rest on {about} for three seconds: its grant must be seen. Don't cut here. Then continue.")
                }
                _ => "Rest on the list of permissions for three seconds: the grant must be seen. Don't cut here. Then continue.".into(),
            },
            acts: vec![
                Act::Hold(1.0),
                Act::Point(Seat::Popup, Thing::named("label", match about {
                    None | Some(PROFILE | HUMAN_AGENT) => MESSAGING,
                    Some(about) => about,
                })),
                Act::Hold(3.0),
                Act::Click(Seat::Popup, Thing::named("button", "Continue")),
                Act::Closed,
            ],
        },
    ]
}

fn choose(scene: &Scene, about: Option<&'static str>) -> Shot {
    Shot {
        caption: format!(
            "Back in Deskbell: the Page that {} manages is listed here, read with pages_show_list.",
            scene.sandbox.person
        ),
        tag: Some(if about == Some(SHOW_LIST) || about.is_none() {
            SHOW_LIST
        } else {
            about.unwrap_or(SHOW_LIST)
        }),
        by_hand: "Show the list of Pages that Deskbell read, and tick the Page.".into(),
        acts: vec![
            Act::Sees(Seat::Right, Thing::named("[role=dialog]", &scene.page)),
            Act::Hold(2.2),
            Act::Click(Seat::Right, Thing::named("[role=dialog] input[type=checkbox]", &scene.page)),
            Act::Hold(1.2),
        ],
    }
}

fn subscribe(scene: &Scene, about: Option<&'static str>) -> Shot {
    Shot {
        caption: "Save choice subscribes the Page's webhooks: from now on its messages reach Deskbell.".into(),
        tag: Some(about.unwrap_or(METADATA)),
        by_hand: "Press “Save choice” and show that the Page's webhook subscription is on.".into(),
        acts: vec![
            Act::Click(Seat::Right, Thing::named("[role=dialog] button", "Save choice")),
            Act::Sees(Seat::Right, switch_of(scene)),
            Act::Hold(0.4),
            Act::Point(Seat::Right, switch_of(scene)),
            Act::Hold(2.2),
        ],
    }
}

fn switch_of(scene: &Scene) -> Thing {
    Thing::named("[role=switch][aria-checked=true]", &format!("Webhook subscription for {}", scene.page))
}

fn listed(scene: &Scene) -> Shot {
    Shot {
        caption: format!(
            "{} is connected: Deskbell keeps it in the list of Pages, with its name, picture and id.",
            scene.page
        ),
        tag: Some(SHOW_LIST),
        by_hand: "Save the choice and show the Page in Deskbell's own list.".into(),
        acts: vec![
            Act::Click(Seat::Right, Thing::named("[role=dialog] button", "Save choice")),
            Act::Sees(Seat::Right, switch_of(scene)),
            Act::Hold(1.0),
            Act::Point(Seat::Right, Thing::named("main bdi, main td", &scene.page)),
            Act::Hold(3.0),
        ],
    }
}

fn go_online(_: &Scene) -> Shot {
    Shot {
        caption: "In Workspace we switch Call Center on: from now on customers are offered to us.".into(),
        tag: None,
        by_hand: "Open Workspace and switch Call Center on.".into(),
        acts: vec![
            Act::Click(Seat::Right, Thing::named("a", "Workspace")),
            Act::Click(Seat::Right, Thing::named("[role=switch]", "Call Center")),
            Act::Sees(Seat::Right, Thing::named("[role=switch][aria-checked=true]", "Call Center")),
            Act::Hold(1.0),
        ],
    }
}

fn customer_writes(scene: &Scene) -> Vec<Shot> {
    let customer = &scene.sandbox.customer;
    vec![
        Shot {
            caption: format!("{customer} opens Messenger and writes to the Page."),
            tag: None,
            by_hand: "In Messenger, log in as the customer, open the Page and write “Hello”.".into(),
            acts: vec![
                Act::Click(Seat::Left, Thing::named("button", customer)),
                Act::Write(Seat::Left, Thing::named("textarea", "Message"), "Hello!".into()),
                Act::Click(Seat::Left, Thing::named("button", "Send")),
            ],
        },
        Shot {
            caption: "The bot answers at once and offers a choice. The customer asks for a person.".into(),
            tag: Some(MESSAGING),
            by_hand: "Wait for the bot's greeting, show it, and tap “Talk to an agent”.".into(),
            acts: vec![
                Act::Sees(Seat::Left, Thing::named("#replies button", "Talk to an agent")),
                Act::Hold(1.6),
                Act::Click(Seat::Left, Thing::named("#replies button", "Talk to an agent")),
            ],
        },
    ]
}

fn offer(scene: &Scene, about_profile: bool) -> Vec<Shot> {
    let customer = &scene.sandbox.customer;
    let card = Thing::named("section", &format!("Offer from {customer}"));
    vec![Shot {
        caption: if about_profile {
            format!(
                "Who is writing? Deskbell reads the name and picture of {customer}, so that we know whom we answer."
            )
        } else {
            format!("Workspace rings: the offer shows name and picture of {customer}. We accept.")
        },
        tag: Some(PROFILE),
        by_hand: "Show the offer with the customer's name and picture for three seconds, then accept.".into(),
        acts: vec![
            Act::Sees(Seat::Right, card.clone()),
            Act::Hold(0.6),
            Act::Point(Seat::Right, Thing::new("section[aria-label^=Offer] img")),
            Act::Hold(if about_profile { 3.2 } else { 1.8 }),
            Act::Click(Seat::Right, Thing::named("section[aria-label^=Offer] button", "Accept")),
            Act::Sees(Seat::Right, Thing::named("textarea, [contenteditable]", "Message")),
            Act::Hold(0.8),
        ],
    }]
}

fn answer(scene: &Scene) -> Vec<Shot> {
    let customer = &scene.sandbox.customer;
    vec![
        Shot {
            caption: "The customer asks, and the question is in Workspace at once.".into(),
            tag: None,
            by_hand: "Write a question in Messenger and show it arriving in Workspace.".into(),
            acts: vec![
                Act::Write(Seat::Left, Thing::named("textarea", "Message"), "Is my order on its way?".into()),
                Act::Click(Seat::Left, Thing::named("button", "Send")),
                Act::Sees(Seat::Right, Thing::named("[role=log]", "Is my order on its way?")),
                Act::Hold(1.0),
            ],
        },
        Shot {
            caption: "We answer in Deskbell, which sends the message with pages_messaging …".into(),
            tag: Some(MESSAGING),
            by_hand: "Type the answer in Workspace and send it.".into(),
            acts: vec![
                Act::Write(
                    Seat::Right,
                    Thing::named("textarea, [contenteditable]", "Message"),
                    "Yes! It left this morning and will be with you tomorrow.".into(),
                ),
                Act::Click(Seat::Right, Thing::named("button", "Send")),
            ],
        },
        Shot {
            caption: format!("… and the answer arrives in {customer}'s Messenger."),
            tag: Some(MESSAGING),
            by_hand: "Show the answer in Messenger: web or phone, as a recording and not as a picture.".into(),
            acts: vec![
                Act::Sees(Seat::Left, Thing::named("#log", "It left this morning")),
                Act::Point(
                    Seat::Left,
                    Thing::named("#log .bubble", "Yes! It left this morning and will be with you tomorrow."),
                ),
                Act::Hold(2.2),
                Act::Write(Seat::Left, Thing::named("textarea", "Message"), "Wonderful, thank you!".into()),
                Act::Click(Seat::Left, Thing::named("button", "Send")),
                Act::Sees(Seat::Right, Thing::named("[role=log]", "Wonderful, thank you!")),
                Act::Hold(2.0),
            ],
        },
    ]
}

fn close(_: &Scene) -> Shot {
    Shot {
        caption: "We close the conversation. The customer gets the closing text; the conversation is kept in the history.".into(),
        tag: Some(MESSAGING),
        by_hand: "Close the conversation and show the closing text in Messenger.".into(),
        acts: vec![
            Act::Click(Seat::Right, Thing::named("button", "Close conversation")),
            Act::Hold(0.7),
            Act::Click(Seat::Right, Thing::named("[role=dialog] button, [role=alertdialog] button", "Close conversation")),
            Act::Hold(4.0),
        ],
    }
}

fn panel(scene: &Scene) -> Shot {
    Shot {
        caption: format!(
            "Name and picture of {} stay beside the conversation. They are shown to nobody else.",
            scene.sandbox.customer
        ),
        tag: Some(PROFILE),
        by_hand: "Show name and picture in the head of the conversation and beside it.".into(),
        acts: vec![Act::Point(Seat::Right, Thing::named("h1, h2, h3", &scene.sandbox.customer)), Act::Hold(3.5)],
    }
}

fn yesterday(scene: &Scene) -> Vec<Shot> {
    let customer = &scene.sandbox.customer;
    vec![Shot {
        caption: format!("{customer} wrote yesterday, more than 24 hours ago, when nobody was at the desk."),
        tag: Some(HUMAN_AGENT),
        by_hand: "Prepare this: a customer wrote more than 24 hours ago and waits. Show the date of that message in Messenger.".into(),
        acts: vec![
            Act::Behind(Request { path: "messages", body: json!({"text": "Hello, do you deliver on Sundays?", "age_ms": 93_600_000_i64}) }),
            Act::Click(Seat::Left, Thing::named("button", customer)),
            Act::Hold(2.5),
        ],
    }]
}

fn late_answer(scene: &Scene) -> Vec<Shot> {
    let customer = &scene.sandbox.customer;
    vec![
        Shot {
            caption:
                "The 24 hours are over. Deskbell says so, and lets a person answer for 7 days with Human Agent."
                    .into(),
            tag: Some(HUMAN_AGENT),
            by_hand: "Show what Workspace says about the closed window, then type the answer and send it.".into(),
            acts: vec![
                Act::Hold(2.5),
                Act::Write(
                    Seat::Right,
                    Thing::named("textarea, [contenteditable]", "Message"),
                    "Good morning! Yes, we deliver on Sundays until noon.".into(),
                ),
                Act::Click(Seat::Right, Thing::named("button", "Send")),
            ],
        },
        Shot {
            caption: format!("The person's answer arrives in {customer}'s Messenger."),
            tag: Some(HUMAN_AGENT),
            by_hand: "Show the answer in Messenger.".into(),
            acts: vec![
                Act::Sees(Seat::Left, Thing::named("#log", "we deliver on Sundays")),
                Act::Point(
                    Seat::Left,
                    Thing::named("#log .bubble", "Good morning! Yes, we deliver on Sundays until noon."),
                ),
                Act::Hold(3.0),
            ],
        },
    ]
}
