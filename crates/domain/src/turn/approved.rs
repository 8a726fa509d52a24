//! Templates that the channel approved, sent without an agent: they may leave at any time, but advertising only to customers
//! who want it.

use super::{OutgoingContent, Refusal, Turn};
use crate::conversation::State;
use crate::id::MessageId;
use crate::message::{Direction, Kind, Sender, SenderKind};
use crate::message_template::{FilledTemplate, is_marketing};
use crate::outbound::Speaker;
use crate::thread_event::{CloseReason, SystemClose};

impl Turn<'_> {
    /// Whether the customer has refused what this template is: advertising.
    pub fn is_refused(&self, approved: &FilledTemplate) -> bool {
        self.context.marketing_stopped && is_marketing(&approved.category)
    }

    /// The message of a campaign, in its name; None if the customer refused marketing messages. In an open
    /// conversation it changes nothing else. A conversation that it begins is closed from the start: it keeps no
    /// agent busy, and the customer's answer begins a new one as usual.
    pub fn send_campaign(
        &mut self,
        campaign: &str,
        content: OutgoingContent,
    ) -> Result<Option<MessageId>, Refusal> {
        let sender = Sender { kind: SenderKind::Bot, name: campaign.to_owned(), user: None };
        let sent = self.send_approved(sender, content)?;
        if self.decision.created {
            let now = self.context.now;
            let conversation = self.it();
            conversation.state = State::Closed;
            conversation.closed_at = Some(now);
            conversation.data.close_reason = Some(CloseReason::System { system: SystemClose::CampaignSent });
        }
        Ok(sent)
    }

    /// The template that a flow sends. The flow has already checked that the channel and the customer accept it.
    pub(super) fn send_template_of_flow(&mut self, text: String, template: FilledTemplate) {
        let approved = Some(Box::new(template));
        self.say_approved(
            Sender::bot(),
            OutgoingContent { text: Some(text), approved, ..OutgoingContent::default() },
        );
    }

    /// Sends it; None if the customer refused marketing messages.
    fn send_approved(&mut self, sender: Sender, content: OutgoingContent) -> Result<Option<MessageId>, Refusal> {
        self.context.capabilities.content(&content).map_err(Refusal::Content)?;
        if content.approved.as_deref().is_some_and(|approved| self.is_refused(approved)) {
            return Ok(None);
        }
        Ok(Some(self.say_approved(sender, content)))
    }

    /// Sends it, whether the window is open or closed.
    fn say_approved(&mut self, sender: Sender, content: OutgoingContent) -> MessageId {
        let mut message = self.blank_message(Kind::Template, Direction::Out, sender);
        message.text = content.text;
        message.client_id = content.client_id;
        message.data.approved = content.approved;
        self.say(message, Speaker::Bot)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::context;
    use super::super::{NewConversation, Templates, TurnContext};
    use super::*;
    use crate::capabilities::Capabilities;
    use crate::capabilities::tests::SAMPLE;
    use crate::channel::Account;
    use crate::conversation::{Conversation, FlowRef};
    use crate::decision::Decision;
    use crate::flow::FlowBody;
    use crate::id::FlowId;
    use crate::id::{ContactId, GatewayId, IdentityId};
    use crate::inbound::Said;
    use crate::message_template::{Component, ComponentKind, MessageTemplate};
    use crate::outbound::Part;
    use crate::thread_event::{TemplateFault, ThreadEvent};
    use crate::time::{DAY, Micros};

    fn content(category: &str) -> OutgoingContent {
        let approved = FilledTemplate {
            name: "sale".into(),
            language: "en_US".into(),
            category: category.into(),
            header: None,
            body: Vec::new(),
            buttons: Vec::new(),
        };
        OutgoingContent {
            text: Some("Sale!".into()),
            approved: Some(Box::new(approved)),
            client_id: Some("campaign:1:1".into()),
            ..OutgoingContent::default()
        }
    }

    fn new() -> NewConversation {
        NewConversation {
            identity: IdentityId(1),
            contact: ContactId(2),
            gateway: GatewayId(3),
            account: Account::page("200"),
            entry: None,
        }
    }

    fn sent(context: &TurnContext<'_>, category: &str) -> (Option<MessageId>, Decision) {
        let mut next = 100;
        let mut ids = move || {
            next += 1;
            next
        };
        let mut turn = Turn::begin(new(), context, &mut ids);
        let sent = turn.send_campaign("Summer", content(category)).unwrap();
        (sent, turn.finish())
    }

    #[test]
    fn a_campaign_writes_to_who_never_wrote_and_leaves_no_open_conversation() {
        let texts = Templates::default();
        let capabilities = Capabilities { message_templates: true, ..SAMPLE };
        let mut facts = context(Micros(9 * DAY), &texts, &[]);
        (facts.capabilities, facts.last_user_at) = (&capabilities, None);
        let (id, decision) = sent(&facts, "MARKETING");
        assert_eq!(decision.conversation.state, State::Closed);
        let [message] = &decision.messages[..] else { panic!("{:?}", decision.messages) };
        assert_eq!((Some(message.id), &*message.sender.name), (id, "Summer"));
        assert!(matches!(decision.sends[..], [ref send] if matches!(send.part, Part::Approved { .. })));

        facts.marketing_stopped = true;
        let (id, decision) = sent(&facts, "MARKETING");
        assert_eq!((id, decision.messages.len(), decision.sends.len()), (None, 0, 0));
        assert!(sent(&facts, "UTILITY").0.is_some(), "other messages are still wanted");
    }

    #[test]
    fn a_channel_without_templates_refuses_it() {
        let texts = Templates::default();
        let facts = context(Micros(9 * DAY), &texts, &[]);
        let mut ids = || 7;
        let mut turn = Turn::begin(new(), &facts, &mut ids);
        assert!(matches!(turn.send_campaign("Summer", content("UTILITY")), Err(Refusal::Content(_))));
    }

    /// Asks for a day, then writes again with a template, and sends a text if it could not.
    fn reminder() -> FlowBody {
        let nodes = serde_json::json!({
            "ask": {"type": "ask", "text": "Which size?", "variable": "size", "timeout_seconds": 86_400, "on_timeout": "remind"},
            "remind": {
                "type": "send", "text": "", "on_error": "sorry",
                "message_template": {"name": "sale", "language": "en_US"},
            },
            "sorry": {"type": "join_queue"},
        });
        crate::flow::parse_value(serde_json::json!({"schema": 1, "start": "ask", "nodes": nodes})).unwrap()
    }

    fn sale(category: &str) -> MessageTemplate {
        let text = Some("Are you still there?".into());
        MessageTemplate {
            name: "sale".into(),
            language: "en_US".into(),
            status: "APPROVED".into(),
            category: category.into(),
            quality: None,
            components: vec![Component { kind: ComponentKind::Body, format: None, text, buttons: Vec::new() }],
        }
    }

    /// What the flow does after the customer wrote and then was silent for a day.
    fn reminded(templates: &[MessageTemplate], marketing_stopped: bool) -> Decision {
        let (texts, flow) = (Templates::default(), reminder());
        let capabilities = Capabilities { message_templates: true, ..SAMPLE };
        let at = |now| TurnContext {
            capabilities: &capabilities,
            flow: Some((FlowRef { flow: FlowId(1), version: 1 }, &flow)),
            running: Some(&flow),
            last_user_at: Some(Micros(0)),
            message_templates: templates,
            marketing_stopped,
            ..context(now, &texts, &[])
        };
        let mut next = 100;
        let mut ids = move || {
            next += 1;
            next
        };
        let first = at(Micros(0));
        let mut turn = Turn::begin(new(), &first, &mut ids);
        turn.receive(Said { mid: "m1".into(), text: Some("Hello".into()), ..Said::default() }, None, None);
        let asked: Conversation = turn.finish().conversation;
        let later = at(Micros(DAY));
        let mut turn = Turn::of(asked, &later, &mut ids);
        turn.tick();
        turn.finish()
    }

    #[test]
    fn a_flow_writes_with_a_template_when_the_window_is_closed() {
        let decision = reminded(&[sale("UTILITY")], true);
        let [message] = &decision.messages[..] else { panic!("{:?}", decision.messages) };
        assert_eq!((message.kind, message.sender.kind), (Kind::Template, SenderKind::Bot));
        assert_eq!(message.text.as_deref(), Some("Are you still there?"));
        assert!(matches!(decision.sends[..], [ref send] if matches!(send.part, Part::Approved { .. })));
        assert_eq!(decision.conversation.state, State::Bot);
    }

    #[test]
    fn a_flow_writes_no_advertising_to_who_refused_it_and_says_so() {
        let decision = reminded(&[sale("MARKETING")], true);
        let events: Vec<_> =
            decision.messages.iter().filter_map(|message| message.data.event.as_deref()).collect();
        let (template, cause) = ("sale".to_owned(), TemplateFault::MarketingStopped);
        assert_eq!(events[0], &ThreadEvent::TemplateNotSent { template, cause });
        assert_eq!(decision.sends.len(), 0);
        assert_eq!(decision.conversation.state, State::Queued, "on_error leads to people");
        assert_eq!(reminded(&[sale("MARKETING")], false).sends.len(), 1);
    }
}
