//! The shots that the films consist of. Each also describes what to do manually.

use film::{Seat, Thing};
use serde_json::json;

use super::{HUMAN_AGENT, MESSAGING, METADATA, PROFILE, Request, SHOW_LIST, Shot, Step};
use crate::film::{FilmSetup, Operator};

/// From signed out to granted: every recording shows this completely.
pub(super) fn grant(setup: &FilmSetup, about: Option<&'static str>) -> Vec<Shot> {
    let person = &setup.sandbox.person;
    let granted = match about {
        None => {
            "The grant: Facebook's dialog asks for pages_show_list, pages_messaging and pages_manage_metadata."
                .into()
        }
        Some(PROFILE | HUMAN_AGENT) => {
            format!(
                "{person} grants the permissions. {} belongs to the app and is used with pages_messaging.",
                about.unwrap_or_default()
            )
        }
        Some(about) => format!("{person} grants {about} here, in Facebook's own dialog."),
    };
    let mut shots = vec![Shot {
        caption: "No one is signed in yet. We sign in to Deskbell.".into(),
        tag: None,
        instruction: format!(
            "Sign out of Facebook, Messenger and Deskbell. Open {} and sign in as {}.",
            setup.deskbell_url, setup.email
        ),
        steps: vec![
            Step::Hold(1.6),
            Step::Write(Seat::Right, Thing::named("input", "E-mail"), setup.email.clone()),
            Step::Write(Seat::Right, Thing::named("input", "Password"), setup.password.0.clone()),
            Step::Click(Seat::Right, Thing::named("button", "Sign in")),
            Step::Sees(Seat::Right, Thing::named("a", "Work")),
            Step::Hold(0.8),
        ],
    }];
    let login = match &setup.operator {
        Operator::Administrator(gateway) => {
            shots.push(Shot {
                caption: "Admin, Chat gateways: the gateway is our Meta app. Its Facebook Pages are not connected yet.".into(),
                tag: None,
                instruction:
                    "Open Admin, Chat gateways, the gateway, and its tab Facebook pages. Show that no Page is connected."
                        .into(),
                steps: vec![
                    Step::Click(Seat::Right, Thing::named("a", "Admin")),
                    Step::Click(Seat::Right, Thing::named("a", "Chat gateways")),
                    Step::Sees(Seat::Right, Thing::named("a", gateway)),
                    Step::Hold(0.7),
                    Step::Click(Seat::Right, Thing::named("a", gateway)),
                    Step::Click(Seat::Right, Thing::named("[role=tab]", "Facebook pages")),
                    Step::Hold(1.4),
                ],
            });
            "Add or remove pages"
        }
        Operator::Reviewer(_) => {
            shots.push(Shot {
                caption: "Facebook Pages is where Pages are connected. None is connected yet.".into(),
                tag: None,
                instruction: "Show the page Facebook Pages, and that no Page is connected.".into(),
                steps: vec![
                    Step::Click(Seat::Right, Thing::named("a", "Pages")),
                    Step::Sees(Seat::Right, Thing::named("button", "Log in with Facebook")),
                    Step::Hold(1.8),
                ],
            });
            "Log in with Facebook"
        }
    };
    shots.extend([
        Shot {
            caption: format!("“{login}” is the Facebook Login button. Facebook's login opens in a window of its own."),
            tag: about,
            instruction: format!(
                "Press “{login}” and log in to Facebook in the window that opens: show it whole, address included."
            ),
            steps: vec![
                Step::Click(Seat::Right, Thing::named("button", login)),
                Step::Popup("Facebook Login (sandbox)", Thing::new("button.person")),
                Step::Hold(1.8),
                Step::Click(Seat::Popup, Thing::named("button", person)),
                Step::Sees(Seat::Popup, Thing::named("h1", "Choose the Pages")),
            ],
        },
        Shot {
            caption: format!("{person} chooses the Page that Deskbell may use: {}, and no other.", setup.page),
            tag: about,
            instruction: "Choose the Page, slowly, and show what is ticked before you continue.".into(),
            steps: vec![
                Step::Hold(1.2),
                Step::Click(Seat::Popup, Thing::named("input[name=page]", &setup.page)),
                Step::Hold(1.2),
                Step::Click(Seat::Popup, Thing::named("button", "Continue")),
                Step::Sees(Seat::Popup, Thing::named("h1", "may do")),
            ],
        },
        Shot {
            caption: granted,
            tag: about,
            instruction: match about {
                Some(about) if !matches!(about, PROFILE | HUMAN_AGENT) => {
                    format!("Rest on {about} for three seconds: its grant must be seen. Don't cut here. Then continue.")
                }
                _ => "Rest on the list of permissions for three seconds: the grant must be seen. Don't cut here. Then continue.".into(),
            },
            steps: vec![
                Step::Hold(1.0),
                Step::Point(Seat::Popup, Thing::named("label", match about {
                    None | Some(PROFILE | HUMAN_AGENT) => MESSAGING,
                    Some(about) => about,
                })),
                Step::Hold(3.0),
                Step::Click(Seat::Popup, Thing::named("button", "Continue")),
                Step::Closed,
            ],
        },
    ]);
    shots
}

pub(super) fn choose(setup: &FilmSetup) -> Shot {
    Shot {
        caption: format!(
            "Back in Deskbell: the Page that {} manages is listed here, read with pages_show_list.",
            setup.sandbox.person
        ),
        tag: Some(SHOW_LIST),
        instruction: "Show the list of Pages that Deskbell read, and tick the Page.".into(),
        steps: vec![
            Step::Sees(Seat::Right, Thing::named("dialog li", &setup.page)),
            Step::Hold(2.2),
            Step::Click(Seat::Right, Thing::named("dialog input[type=checkbox]", &setup.page)),
            Step::Hold(1.2),
        ],
    }
}

pub(super) fn subscribe(setup: &FilmSetup) -> Shot {
    Shot {
        caption: "Save choice subscribes the Page's webhooks: from now on its messages reach Deskbell.".into(),
        tag: Some(METADATA),
        instruction: "Press “Save choice” and show that the Page's webhook subscription is on.".into(),
        steps: vec![
            Step::Click(Seat::Right, Thing::named("dialog button", "Save choice")),
            Step::Sees(Seat::Right, switch_of(setup)),
            Step::Hold(0.4),
            Step::Point(Seat::Right, switch_of(setup)),
            Step::Hold(2.2),
        ],
    }
}

pub(super) fn switch_of(setup: &FilmSetup) -> Thing {
    Thing::named("[role=switch][aria-checked=true]", &format!("Webhook subscription for {}", setup.page))
}

pub(super) fn listed(setup: &FilmSetup) -> Shot {
    Shot {
        caption: format!(
            "{} is connected: Deskbell shows it in the list of Pages, with its name, picture and ID.",
            setup.page
        ),
        tag: Some(SHOW_LIST),
        instruction: "Save the choice and show the Page in Deskbell's own list.".into(),
        steps: vec![
            Step::Click(Seat::Right, Thing::named("dialog button", "Save choice")),
            Step::Sees(Seat::Right, switch_of(setup)),
            Step::Hold(1.0),
            Step::Point(Seat::Right, Thing::named("main .title", &setup.page)),
            Step::Hold(3.0),
        ],
    }
}

pub(super) fn go_online(_: &FilmSetup) -> Shot {
    Shot {
        caption: "In Workspace we switch Call Center on: from now on customers are offered to us.".into(),
        tag: None,
        instruction: "Open Workspace and switch Call Center on.".into(),
        steps: vec![
            Step::Click(Seat::Right, Thing::named("a", "Work")),
            Step::Click(Seat::Right, Thing::named("[role=switch]", "Call Center")),
            Step::Sees(Seat::Right, Thing::named("[role=switch][aria-checked=true]", "Call Center")),
            Step::Hold(1.0),
        ],
    }
}

pub(super) fn customer_writes(setup: &FilmSetup) -> Vec<Shot> {
    let customer = &setup.sandbox.customer;
    let (caption, instruction, words) = match &setup.operator {
        Operator::Administrator(_) => (
            format!("{customer} opens Messenger and writes to the Page."),
            "In Messenger, log in as the customer, open the Page and write “Hello”.".into(),
            "Hello!".to_owned(),
        ),
        Operator::Reviewer(word) => (
            format!(
                "{customer} writes to the Page with the review's code word: only such chats are shown to reviewers."
            ),
            format!("In Messenger, log in as the customer, open the Page and write “Hello, {word}”."),
            format!("Hello, {word}"),
        ),
    };
    vec![
        Shot {
            caption,
            tag: None,
            instruction,
            steps: vec![
                Step::Click(Seat::Left, Thing::named("button", customer)),
                Step::Write(Seat::Left, Thing::named("textarea", "Message"), words),
                Step::Click(Seat::Left, Thing::named("button", "Send")),
            ],
        },
        Shot {
            caption: "The bot answers at once and offers a choice. The customer asks for a person.".into(),
            tag: Some(MESSAGING),
            instruction: "Wait for the bot's greeting, show it, and tap “Talk to an agent”.".into(),
            steps: vec![
                Step::Sees(Seat::Left, Thing::named("#replies button", "Talk to an agent")),
                Step::Hold(1.6),
                Step::Click(Seat::Left, Thing::named("#replies button", "Talk to an agent")),
            ],
        },
    ]
}

pub(super) fn offer(setup: &FilmSetup, about_profile: bool) -> Vec<Shot> {
    let customer = &setup.sandbox.customer;
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
        instruction: "Show the offer with the customer's name and picture for three seconds, then accept.".into(),
        steps: vec![
            Step::Sees(Seat::Right, card.clone()),
            Step::Hold(0.6),
            Step::Point(Seat::Right, Thing::new("section[aria-label^=Offer] img")),
            Step::Hold(if about_profile { 3.2 } else { 1.8 }),
            Step::Click(Seat::Right, Thing::named("section[aria-label^=Offer] button", "Accept")),
            Step::Sees(Seat::Right, Thing::named("textarea, [contenteditable]", "Message")),
            Step::Hold(0.8),
        ],
    }]
}

pub(super) fn answer(setup: &FilmSetup) -> Vec<Shot> {
    let customer = &setup.sandbox.customer;
    vec![
        Shot {
            caption: "The customer asks, and the question is in Workspace at once.".into(),
            tag: None,
            instruction: "Write a question in Messenger and show it arriving in Workspace.".into(),
            steps: vec![
                Step::Write(Seat::Left, Thing::named("textarea", "Message"), "Is my order on its way?".into()),
                Step::Click(Seat::Left, Thing::named("button", "Send")),
                Step::Sees(Seat::Right, Thing::named("[role=log]", "Is my order on its way?")),
                Step::Hold(1.0),
            ],
        },
        Shot {
            caption: "We answer in Deskbell, which sends the message with pages_messaging …".into(),
            tag: Some(MESSAGING),
            instruction: "Type the answer in Workspace and send it.".into(),
            steps: vec![
                Step::Write(
                    Seat::Right,
                    Thing::named("textarea, [contenteditable]", "Message"),
                    "Yes! It left this morning and will be with you tomorrow.".into(),
                ),
                Step::Click(Seat::Right, Thing::named("button", "Send")),
            ],
        },
        Shot {
            caption: format!("… and the answer arrives in {customer}'s Messenger."),
            tag: Some(MESSAGING),
            instruction: "Show the answer in Messenger: web or phone, as a recording and not as a picture.".into(),
            steps: vec![
                Step::Sees(Seat::Left, Thing::named("#log", "It left this morning")),
                Step::Point(
                    Seat::Left,
                    Thing::named("#log .bubble", "Yes! It left this morning and will be with you tomorrow."),
                ),
                Step::Hold(2.2),
                Step::Write(Seat::Left, Thing::named("textarea", "Message"), "Wonderful, thank you!".into()),
                Step::Click(Seat::Left, Thing::named("button", "Send")),
                Step::Sees(Seat::Right, Thing::named("[role=log]", "Wonderful, thank you!")),
                Step::Hold(2.0),
            ],
        },
    ]
}

pub(super) fn close(setup: &FilmSetup) -> Shot {
    let mut caption = "We close the conversation, and the customer gets the closing text.".to_owned();
    let mut steps = vec![
        Step::Click(Seat::Right, Thing::named("button", "Close conversation")),
        Step::Hold(0.7),
        Step::Click(Seat::Right, Thing::named("dialog button", "Close conversation")),
        Step::Hold(3.0),
    ];
    // A reviewer no longer sees a closed conversation.
    if matches!(setup.operator, Operator::Administrator(_)) {
        caption.push_str(" It stays in the history.");
        steps.extend([Step::Click(Seat::Right, Thing::named("a", "History")), Step::Hold(3.0)]);
    }
    let instruction = "Close the conversation and show the closing text in Messenger.".into();
    Shot { caption, tag: Some(MESSAGING), instruction, steps }
}

pub(super) fn panel(setup: &FilmSetup) -> Shot {
    Shot {
        caption: format!(
            "Name and picture of {} stay beside the conversation. They are not shown to anyone else.",
            setup.sandbox.customer
        ),
        tag: Some(PROFILE),
        instruction: "Show name and picture in the head of the conversation and beside it.".into(),
        steps: vec![
            Step::Point(Seat::Right, Thing::named("h1, h2, h3", &setup.sandbox.customer)),
            Step::Hold(1.5),
            Step::Click(Seat::Right, Thing::named("button", "Customer")),
            Step::Hold(3.5),
        ],
    }
}

/// What a customer wrote when no agent was online, and how a person takes over: the bot can no longer answer it.
pub(super) fn yesterday(setup: &FilmSetup) -> Vec<Shot> {
    let customer = &setup.sandbox.customer;
    let body = json!({"text": "Hello, do you deliver on Sundays?", "age_seconds": 93_600});
    vec![
        Shot {
            caption: format!("{customer} wrote more than 24 hours ago, and has no answer yet."),
            tag: Some(HUMAN_AGENT),
            instruction: "Prepare this: a customer wrote more than 24 hours ago and waits. Show the date of that message in Messenger."
                .into(),
            steps: vec![
                Step::Behind(Request { path: "messages", body }),
                Step::Click(Seat::Left, Thing::named("button", customer)),
                Step::Sees(Seat::Left, Thing::named("#log .bubble", "Hello, do you deliver on Sundays?")),
                Step::Point(Seat::Left, Thing::new("#log .day")),
                Step::Hold(2.5),
            ],
        },
        Shot {
            caption: "After 24 hours Meta doesn't allow bots to write, and Deskbell doesn't try to get around that: \
                a person takes over.".into(),
            tag: Some(HUMAN_AGENT),
            instruction: "Open the conversation, show that automatic texts were not sent, and take it over.".into(),
            steps: vec![
                Step::Click(Seat::Right, Thing::named("a", "History")),
                Step::Click(Seat::Right, Thing::named("main a, main tr", customer)),
                Step::Hold(1.0),
                Step::Click(Seat::Right, Thing::named("a, button", "Open in Workspace")),
                Step::Hold(2.0),
                Step::Click(Seat::Right, Thing::named("button", "Take over")),
                Step::Sees(Seat::Right, Thing::named("textarea", "Message")),
            ],
        },
    ]
}

pub(super) fn late_answer(setup: &FilmSetup) -> Vec<Shot> {
    let customer = &setup.sandbox.customer;
    vec![
        Shot {
            caption:
                "Above the composer Deskbell shows until when a person may write: 7 days, with Human Agent. We \
                 answer in person."
                    .into(),
            tag: Some(HUMAN_AGENT),
            instruction: "Show what Workspace says about the closed window, then type the answer and send it."
                .into(),
            steps: vec![
                Step::Hold(2.5),
                Step::Write(
                    Seat::Right,
                    Thing::named("textarea, [contenteditable]", "Message"),
                    "Good morning! Yes, we deliver on Sundays until noon.".into(),
                ),
                Step::Click(Seat::Right, Thing::named("button", "Send")),
            ],
        },
        Shot {
            caption: format!("The person's answer arrives in {customer}'s Messenger."),
            tag: Some(HUMAN_AGENT),
            instruction: "Show the answer in Messenger.".into(),
            steps: vec![
                Step::Sees(Seat::Left, Thing::named("#log", "we deliver on Sundays")),
                Step::Point(
                    Seat::Left,
                    Thing::named("#log .bubble", "Good morning! Yes, we deliver on Sundays until noon."),
                ),
                Step::Hold(3.0),
            ],
        },
    ]
}
