//! The flow that a new store has (contract.md), so that a Page answers before a flow was made for it.

use super::body::{FlowBody, MenuOption, Node, SCHEMA};

/// Greets, offers choices, answers one question, takes another, and hands over on request.
pub fn welcome() -> FlowBody {
    let nodes = [
        (
            "greet",
            Node::Send {
                text: "Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %}! 👋 \
                       Thank you for writing to {{ page.name }}."
                    .into(),
                quick_replies: vec![],
                template: None,
                message_template: None,
                on_error: None,
                next: to("menu"),
            },
        ),
        (
            "menu",
            Node::Menu {
                text: "How can we help you?".into(),
                options: vec![
                    option("agent", "Talk to an agent", "handover"),
                    option("hours", "Opening hours", "hours"),
                    option("other", "Something else", "question"),
                ],
                retry_text: Some("Please tap one of the choices below, or type its number.".into()),
                retries: Some(2),
                // A customer who does not get along with a menu wants a person.
                otherwise: to("handover"),
            },
        ),
        (
            "hours",
            Node::Send {
                text: "We are here Monday to Friday, 9:00 to 18:00. You can write at any time: \
                       we read everything and answer as soon as we are back."
                    .into(),
                quick_replies: vec![],
                template: None,
                message_template: None,
                on_error: None,
                next: to("menu"),
            },
        ),
        (
            "question",
            Node::Ask {
                text: "Of course. Please tell us in your own words what it is about.".into(),
                variable: "question".into(),
                validate: None,
                retry_text: None,
                retries: None,
                timeout_seconds: None,
                on_timeout: None,
                otherwise: None,
                next: to("thanks"),
            },
        ),
        (
            "thanks",
            Node::Menu {
                text: "Thank you, we have noted that. Would you like to talk to an agent about it?".into(),
                options: vec![option("yes", "Yes, please", "handover"), option("no", "Not now", "later")],
                retry_text: Some(
                    "Would you like an agent to join this chat? Please tap one of the choices below.".into(),
                ),
                retries: Some(1),
                otherwise: to("handover"),
            },
        ),
        (
            "later",
            Node::Send {
                text: "All right. We are here whenever you need us.".into(),
                quick_replies: vec![],
                template: None,
                message_template: None,
                on_error: None,
                next: to("menu"),
            },
        ),
        (
            "handover",
            Node::JoinQueue {
                queue_id: None,
                waiting_text: Some(
                    "Thank you! We are finding someone for you. An agent will join this chat in a moment.".into(),
                ),
                nobody_text: Some(
                    "No one is online right now, but you keep your place in the queue. \
                     Feel free to keep writing: we'll read everything and answer here."
                        .into(),
                ),
            },
        ),
    ];
    FlowBody {
        schema: SCHEMA,
        start: "greet".into(),
        nodes: nodes.into_iter().map(|(id, node)| (id.to_owned(), node)).collect(),
    }
}

fn to(id: &str) -> Option<String> {
    Some(id.to_owned())
}

fn option(id: &str, title: &str, next: &str) -> MenuOption {
    MenuOption { id: id.into(), title: title.into(), next: to(next) }
}
