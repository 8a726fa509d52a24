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

    /// The message of a campaign, in its name; None if the customer refused such messages. In an open conversation it
    /// changes nothing else. A conversation that it begins is closed from its first moment: no agent is busy with it, and
    /// the customer's answer begins one as usual.
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

    /// Says it; None if the customer refused such messages.
    pub(super) fn send_approved(
        &mut self,
        sender: Sender,
        content: OutgoingContent,
    ) -> Result<Option<MessageId>, Refusal> {
        self.context.capabilities.content(&content).map_err(Refusal::Content)?;
        if content.approved.as_deref().is_some_and(|approved| self.is_refused(approved)) {
            return Ok(None);
        }
        let mut message = self.blank_message(Kind::Template, Direction::Out, sender);
        message.text = content.text;
        message.client_id = content.client_id;
        message.data.approved = content.approved;
        Ok(Some(self.say(message, Speaker::Bot)))
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
    use crate::decision::Decision;
    use crate::id::{ContactId, GatewayId, IdentityId};
    use crate::outbound::Part;
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
}
