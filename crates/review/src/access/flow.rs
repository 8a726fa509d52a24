//! The flow that greets an App Review's conversations: what Meta's reviewer meets when they write to the Page
//! (meta-platform.md §9.3: any text must be answered, and the way to a person must be obvious).

use domain::flow::{FlowBody, MenuOption, Node, SCHEMA};

/// Greets, says what will happen, and leads to the queue of the entry point that brought the reviewer.
pub(super) fn body() -> FlowBody {
    let say = |text: &str, next: &str| Node::Send {
        text: text.into(),
        quick_replies: vec![],
        template: None,
        message_template: None,
        on_error: None,
        next: Some(next.into()),
    };
    let option = |id: &str, title: &str, next: &str| MenuOption {
        id: id.into(),
        title: title.into(),
        next: Some(next.into()),
    };
    let nodes = [
        (
            "greet",
            say(
                "Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %}! This is the App Review of \
                 {{ page.name }}. You are talking to the automated assistant.",
                "menu",
            ),
        ),
        (
            "menu",
            Node::Menu {
                text: "Tap \"Talk to an agent\": this chat then appears in Deskbell's Workspace, where you accept and answer it."
                    .into(),
                options: vec![option("agent", "Talk to an agent", "handover"), option("how", "How it works", "how")],
                retry_text: Some("Please tap one of the choices below.".into()),
                retries: Some(2),
                otherwise: Some("handover".into()),
            },
        ),
        (
            "how",
            say(
                "A customer writes to the Page, this assistant answers, and on request a person continues in \
                 Deskbell. Your name and picture are shown to that person and no one else.",
                "menu",
            ),
        ),
        (
            "handover",
            Node::JoinQueue {
                queue_id: None,
                waiting_text: Some(
                    "Thank you! You are in the queue now. Accept this chat in Deskbell's Workspace and answer there.".into(),
                ),
                nobody_text: Some(
                    "You are in the queue now. In Deskbell's Workspace, switch Call Center on, accept this chat and answer there."
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::flow::{parse, validate};

    #[test]
    fn it_can_be_published_as_it_is() {
        let body = body();
        let text = serde_json::to_string(&body).unwrap();
        assert!(parse(&text).is_ok_and(|read| read == body));
        assert!(
            validate(&body, &channels::messenger::MESSENGER).is_empty(),
            "{:?}",
            validate(&body, &channels::messenger::MESSENGER)
        );
    }
}
