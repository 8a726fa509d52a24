//! What agents fill in about a conversation: the form of its queue.

use std::sync::Arc;

use super::{Actor, Refusal, Turn};
use crate::conversation::State;
use crate::form::{Form, Values};

impl<'a> Turn<'a> {
    /// The form of the conversation's queue, if it has one.
    fn form(&self) -> Option<&'a Arc<Form>> {
        self.queue(self.conversation().queue)?.form.as_ref()
    }

    /// Fills in the form; fields that are missing from the answers are cleared. For the agent who holds the
    /// conversation, during wrap-up too, and for supervisors at any time.
    pub fn fill_in(
        &mut self,
        by: Actor<'_>,
        values: std::collections::BTreeMap<String, serde_json::Value>,
    ) -> Result<(), Refusal> {
        let conversation = self.conversation();
        let holds = conversation.agent == Some(by.user);
        match conversation.state {
            _ if by.supervises => {}
            State::Active | State::WrapUp if holds => {}
            State::Closed => {
                let why = "The conversation is closed: a supervisor can still correct its form.";
                return Err(Refusal::State(why.into()));
            }
            _ => self.must_hold(by)?,
        }
        let Some(form) = self.form() else {
            let why = "The queue of this conversation has no form: an administrator can give it one.";
            return Err(Refusal::State(why.into()));
        };
        let values: Values = form.read(values).map_err(Refusal::Form)?;
        self.it().data.form = values;
        Ok(())
    }

    /// The agent who holds the conversation must answer the required fields before finishing it.
    pub(super) fn must_be_filled_in(&self, by: Actor<'_>) -> Result<(), Refusal> {
        let conversation = self.conversation();
        let missing = match self.form() {
            Some(form) if conversation.agent == Some(by.user) => form.missing(&conversation.data.form),
            _ => Vec::new(),
        };
        if missing.is_empty() { Ok(()) } else { Err(Refusal::Form(missing)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::conversation::Conversation;
    use crate::form::{FieldKind, FormField};
    use crate::id::QueueId;
    use crate::queue::QueueSettings;
    use crate::turn::fixture::{ANN, BEN, START, SUE, held};
    use crate::turn::{QueueFacts, Templates, fixture};

    /// Plays a turn in a queue with a form that asks for a topic, with this many seconds of wrap-up.
    fn play<T>(
        it: Conversation,
        wrap_up_seconds: i64,
        play: impl FnOnce(&mut Turn<'_>) -> Result<T, Refusal>,
    ) -> Result<Conversation, Refusal> {
        let field = FormField {
            key: "topic".into(),
            label: "Topic".into(),
            kind: FieldKind::Text,
            required: true,
            choices: Vec::new(),
        };
        let settings = QueueSettings { wrap_up_seconds, ..QueueSettings::default() };
        let form = Form { fields: vec![field] };
        let queue =
            QueueFacts { settings: Arc::new(settings), form: Some(Arc::new(form)), ..fixture::queue(QueueId(7)) };
        let (templates, queues) = (Templates::default(), [queue]);
        let context = fixture::context(START, &templates, &queues);
        let mut next = 100;
        let mut ids = move || {
            next += 1;
            next
        };
        let mut turn = Turn::of(it, &context, &mut ids);
        play(&mut turn)?;
        Ok(turn.finish().conversation)
    }

    fn answers(value: Value) -> std::collections::BTreeMap<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    fn is_asked_for<T: std::fmt::Debug>(result: Result<T, Refusal>) -> bool {
        matches!(result, Err(Refusal::Form(faults)) if faults[0].pointer == "/values/topic")
    }

    #[test]
    fn the_agent_is_not_done_before_what_is_required_is_answered() {
        let close = |it, wrap_up| play(it, wrap_up, |turn| turn.close(ANN, None));
        assert!(is_asked_for(close(held(), 0)), "without wrap-up, closing is the end");
        let wrapping = close(held(), 60).unwrap();
        assert_eq!(wrapping.state, State::WrapUp, "the customer does not wait for it");
        assert!(is_asked_for(close(wrapping.clone(), 60)));
        let filled = play(wrapping.clone(), 60, |turn| turn.fill_in(ANN, answers(json!({ "topic": "Size" }))));
        assert_eq!(close(filled.unwrap(), 60).unwrap().state, State::Closed);
        let ended = play(wrapping, 60, |turn| turn.close(SUE, None)).unwrap();
        assert_eq!(ended.state, State::Closed, "a supervisor is not asked for what the agent knows");
    }

    #[test]
    fn who_holds_the_conversation_fills_in_and_supervisors_correct_it_later() {
        let topic = || answers(json!({ "topic": "Size" }));
        let fill = |it, by| play(it, 0, |turn| turn.fill_in(by, topic()));
        let other = BEN;
        assert!(matches!(fill(held(), other), Err(Refusal::State(_))));
        let closed = play(fill(held(), ANN).unwrap(), 0, |turn| turn.close(ANN, None)).unwrap();
        assert!(matches!(fill(closed.clone(), ANN), Err(Refusal::State(_))));
        assert_eq!(fill(closed, SUE).unwrap().data.form.len(), 1);
        let elsewhere = Conversation { queue: None, ..held() };
        assert!(matches!(fill(elsewhere, ANN), Err(Refusal::State(_))), "no form");
    }
}
