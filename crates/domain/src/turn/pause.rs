//! The bot is paused while a person of the page answers outside Deskbell, for example in Meta's Page inbox. It
//! resumes when the customer asks for it, or after the time set in the gateway. Then it starts from the beginning: a
//! menu from before the person came would make no sense.

use super::Turn;
use super::request::{Request, request};
use crate::conversation::State;
use crate::flow;
use crate::inbound::{Form, Said};
use crate::time::Micros;

impl Turn<'_> {
    /// A person answered outside Deskbell.
    pub(super) fn pause_bot(&mut self, at: Micros) {
        if self.context.bot_pause == 0 || self.conversation().state != State::Bot {
            return;
        }
        let until = at.min(self.context.now).plus(self.context.bot_pause);
        let data = &mut self.it().data;
        data.bot_paused_until = data.bot_paused_until.max(Some(until));
        data.run = None;
    }

    /// The customer asked for the bot in some way.
    pub fn wake_bot(&mut self) {
        self.it().data.bot_paused_until = None;
    }

    /// Whether the bot gets what the customer wrote at `at`, and as what kind of input.
    pub(super) fn bot_hears(&mut self, message: &Said, at: Option<Micros>) -> Option<Heard> {
        let Some(until) = self.conversation().data.bot_paused_until else {
            return Some(Heard::Said(message.payload.clone()));
        };
        let asked = self.asked(message);
        let now = self.context.now;
        if asked.is_none() && at.unwrap_or(now).min(now) < until {
            return None;
        }
        self.wake_bot();
        Some(asked.unwrap_or_else(|| Heard::Said(message.payload.clone())))
    }

    /// Whether the customer asks for the bot or an agent: by tapping a choice or a button, or in words. The title of
    /// a choice is treated as its payload.
    fn asked(&self, message: &Said) -> Option<Heard> {
        let flow = self.context.flow.map(|(_, body)| body);
        let text = message.text.as_deref().unwrap_or_default();
        match (message.payload.as_deref(), flow) {
            _ if message.form == Form::Postback => return Some(Heard::Said(message.payload.clone())),
            (Some(payload), Some(flow)) if flow::offers(flow, payload) => {
                return Some(Heard::Said(message.payload.clone()));
            }
            (None, Some(flow)) if flow::has_keyword(flow, text) => return Some(Heard::Said(None)),
            (None, Some(flow)) => {
                if let Some(payload) = flow::choice_named(flow, text) {
                    return Some(Heard::Said(Some(payload)));
                }
            }
            _ => {}
        }
        request(text).map(|request| match request {
            Request::Agent => Heard::AsksForAgent,
            Request::Bot => Heard::Said(None),
        })
    }
}

/// How the bot treats a customer's message during the pause.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A message with this payload, if it has one.
    Said(Option<String>),
    /// They want an agent: a menu would only ask them again.
    AsksForAgent,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Account;
    use crate::conversation::FlowRef;
    use crate::decision::Decision;
    use crate::flow::welcome;
    use crate::id::{ContactId, FlowId, GatewayId, IdentityId};
    use crate::inbound::Echo;
    use crate::time::{HOUR, MINUTE};
    use crate::turn::{Elsewhere, NewConversation, Templates, TurnContext, fixture};

    const T: Micros = Micros(1_000 * HOUR);
    const PERSON: Elsewhere<'static> = Elsewhere { name: "Page inbox", person: true };

    fn words(text: &str) -> Said {
        Said { mid: text.into(), text: Some(text.into()), ..Said::default() }
    }

    /// Runs `play` `after` the customer got the menu and a person answered from the Page inbox.
    fn after(after: i64, pause: i64, by: Elsewhere<'_>, play: impl FnOnce(&mut Turn<'_>)) -> Decision {
        let (templates, flow) = (Templates::default(), welcome());
        let context = |now| TurnContext {
            flow: Some((FlowRef { flow: FlowId(1), version: 1 }, &flow)),
            running: Some(&flow),
            last_user_at: Some(T),
            bot_pause: pause,
            ..fixture::context(now, &templates, &[])
        };
        let with = NewConversation {
            identity: IdentityId(1),
            contact: ContactId(2),
            gateway: GatewayId(3),
            account: Account::page("200"),
            entry: None,
        };
        let mut next = 100;
        let mut ids = move || {
            next += 1;
            next
        };
        let at_first = context(T);
        let mut turn = Turn::begin(with, &at_first, &mut ids);
        turn.receive(words("Hello"), None, None);
        let echo = Echo { mid: "e".into(), text: Some("I am here".into()), ..Echo::default() };
        turn.answered_elsewhere(&echo, Some(T), None, by);
        let conversation = turn.finish().conversation;
        let later = context(T.plus(after));
        let mut turn = Turn::of(conversation, &later, &mut ids);
        play(&mut turn);
        turn.finish()
    }

    fn bot_says(decision: &Decision) -> usize {
        decision.sends.len()
    }

    #[test]
    fn the_bot_keeps_quiet_until_the_time_is_over_and_then_greets() {
        let quiet =
            after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words("Thanks, and 2 more"), None, None));
        assert_eq!((bot_says(&quiet), quiet.conversation.state), (0, State::Bot));
        assert_eq!(quiet.conversation.data.bot_paused_until, Some(T.plus(30 * MINUTE)));
        assert_eq!(quiet.conversation.due_at(), None, "no timer of the old menu is left");
        let over = after(31 * MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words("Hi again"), None, None));
        assert_eq!(bot_says(&over), 2, "greeting and menu, and no word about the old menu");
        assert_eq!(over.conversation.data.bot_paused_until, None);
    }

    #[test]
    fn what_a_customer_said_in_time_and_was_brought_late_starts_nothing() {
        let late = after(2 * HOUR, 30 * MINUTE, PERSON, |turn| {
            turn.receive(words("Thanks"), Some(T.plus(MINUTE)), None);
        });
        assert_eq!(bot_says(&late), 0);
    }

    #[test]
    fn a_customer_who_asks_for_the_bot_or_an_agent_is_heard_at_once() {
        for text in ["BOT", "menu", "Opening hours?"] {
            let asked = after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words(text), None, None));
            assert!(bot_says(&asked) > 0, "{text}");
            assert_eq!(asked.conversation.state, State::Bot, "{text}");
        }
        for text in ["Agent, please!", "Could I have a human", "оператор", "talk to an agent", "No bot, a human!"]
        {
            let asked = after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words(text), None, None));
            // One text that confirms it, and not the menu again.
            assert_eq!((asked.conversation.state, bot_says(&asked)), (State::Queued, 1), "{text}");
        }
        for (text, payload, form) in
            [("Talk to an agent", "menu:menu:agent", Form::Text), ("Get started", "START", Form::Postback)]
        {
            let tap = Said { payload: Some(payload.into()), form, ..words(text) };
            let tapped = after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(tap, None, None));
            assert!(bot_says(&tapped) > 0, "{text}");
        }
        for text in
            ["1", "Yes, please", "", "Can I see your menu?", "The travel agent says that you are open till six"]
        {
            let quiet = after(MINUTE, 30 * MINUTE, PERSON, |turn| turn.receive(words(text), None, None));
            assert_eq!(bot_says(&quiet), 0, "{text}");
        }
    }

    #[test]
    fn another_program_and_a_gateway_without_the_pause_silence_no_bot() {
        let program = Elsewhere { name: "Another app", person: false };
        for (pause, by) in [(30 * MINUTE, program), (0, PERSON)] {
            let answered = after(MINUTE, pause, by, |turn| turn.receive(words("Thanks"), None, None));
            assert_eq!(bot_says(&answered), 1, "the menu asks again");
        }
    }
}
