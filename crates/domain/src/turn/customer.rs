//! What customers do, and how the bot reacts.

use super::Turn;
use super::pause::Heard;
use crate::conversation::{ConversationData, Holder, State};
use crate::flow::Input;
use crate::id::{MediumId, MessageId};
use crate::inbound::{Booking, Card, Echo, FileKind, Referral, RemoteFile, Reported, Said};
use crate::message::{Direction, File, Kind, Message, MessageData, Sender, ShownCard, Status};
use crate::outbound::Speaker;
use crate::thread_event::{SnoozeEnd, ThreadEvent};
use crate::time::{MILLISECOND, Micros};

/// Who answered for the page outside Deskbell.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere<'a> {
    /// Their name.
    pub name: &'a str,
    /// Whether it was a person, as far as is known, and not another program.
    pub person: bool,
}

/// At most this many cards of one message are shown, and as many of their pictures fetched.
const MOST_CARDS: usize = 30;

/// What a conversation began with: a text, or an appointment.
fn remember_first(data: &mut ConversationData, text: &str, booking: Option<&Booking>) {
    if data.first_text.is_some() || data.first_booking.is_some() {
        return;
    }
    if text.is_empty() {
        data.first_booking = booking.cloned();
    } else {
        data.first_text = Some(super::shorten(text));
    }
}

impl Turn<'_> {
    /// The customer sent us a message. `at` is the channel's time for it, `reply_to` the message that it answers, if
    /// we know it.
    pub fn receive(&mut self, received: Said, at: Option<Micros>, reply_to: Option<MessageId>) {
        // The customer writes to the app that has control of the thread, so we have it again, even if the channel did
        // not report it.
        self.regain();
        let text = self.hear(&received, at, reply_to, false);
        let now = self.context.now;
        let conversation = self.it();
        conversation.unread = conversation.unread.saturating_add(1);
        remember_first(&mut conversation.data, &text, received.booking.as_ref());
        match self.conversation().state {
            State::Snoozed | State::Waiting => self.end_snooze(SnoozeEnd::Customer),
            State::WrapUp | State::Closed if self.comes_back(at.unwrap_or(now)) => self.come_back_after_close(),
            _ => {}
        }
        let conversation = self.it();
        match conversation.state {
            State::Bot => {
                let (text, other) = (received.text.as_deref(), received.other_than_text());
                match self.bot_hears(&received, at) {
                    Some(Heard::Said(payload)) => {
                        self.run_flow(Input::Said { text, payload: payload.as_deref(), other: other.as_deref() });
                    }
                    Some(Heard::AsksForAgent) => self.run_flow(Input::AsksForAgent),
                    None => {}
                }
            }
            State::Queued | State::Offered | State::Active => {
                let data = &mut conversation.data;
                data.answer_due_since = Some(data.answer_due_since.unwrap_or(now));
                data.answer_was_due_since = None;
                if self.conversation().data.bot_paused_until.is_some() && self.asked(&received).is_some() {
                    self.wake_bot();
                }
            }
            State::Snoozed | State::Waiting | State::WrapUp | State::Closed => {}
        }
    }

    /// The customer wrote while another app has control of the thread. The message is recorded, and nothing answers
    /// it.
    pub fn overhear(&mut self, received: &Said, at: Option<Micros>, reply_to: Option<MessageId>) {
        self.held_elsewhere(Holder::default());
        let text = self.hear(received, at, reply_to, true);
        let conversation = self.it();
        remember_first(&mut conversation.data, &text, received.booking.as_ref());
    }

    /// Adds the customer's message to the thread and returns its text.
    pub(super) fn hear(
        &mut self,
        event: &Said,
        at: Option<Micros>,
        reply_to: Option<MessageId>,
        standby: bool,
    ) -> String {
        let now = self.context.now;
        let mut message = self.blank_message(event.form.into(), Direction::In, Sender::contact());
        message.at = self.placed(at);
        message.text.clone_from(&event.text);
        message.data = MessageData {
            files: self.files(&event.files),
            reply_to,
            payload: event.payload.clone(),
            place: event.place,
            link: event.link.clone(),
            booking: event.booking.clone(),
            story: event.story.clone(),
            view_once: event.view_once,
            standby,
            forwarded: event.forwarded,
            incomplete: event.incomplete,
            ..MessageData::default()
        };
        self.lay_cards(&mut message, &event.cards);
        if let Some(referral) = &event.referral {
            self.came(&mut message, referral);
        }
        let text = message.text.clone().unwrap_or_default();
        self.decision.mids.push((event.mid.clone(), message.id));
        self.add(message);
        self.moved_window(at.unwrap_or(now));
        text
    }

    /// The customer came by a link or an advertisement into the thread. It opens the window and starts nothing.
    pub fn referred(&mut self, referral: &Referral, at: Option<Micros>) {
        let mut message = self.blank_message(Kind::Referral, Direction::In, Sender::contact());
        message.at = self.placed(at);
        self.came(&mut message, referral);
        self.decision.mids.push((referral.key.clone(), message.id));
        self.add(message);
        self.moved_window(at.unwrap_or(self.context.now));
    }

    /// Records where the customer came from: on the message, and on the conversation as the first and latest
    /// referral.
    fn came(&mut self, message: &mut Message, referral: &Referral) {
        if let Some(url) = &referral.picture {
            message.data.referral_picture = Some(self.picture(&mut message.data, url));
        }
        let referral = Box::new(referral.clone());
        message.data.referral = Some(referral.clone());
        let data = &mut self.it().data;
        data.first_referral.get_or_insert_with(|| referral.clone());
        data.latest_referral = Some(referral);
    }

    fn lay_cards(&mut self, message: &mut Message, cards: &[Card]) {
        for card in cards.iter().take(MOST_CARDS) {
            let picture = card.picture.as_ref().map(|url| self.picture(&mut message.data, url));
            let (title, subtitle, link) = (card.title.clone(), card.subtitle.clone(), card.link.clone());
            message.data.cards.push(ShownCard { title, subtitle, picture, link });
        }
        message.data.incomplete |= cards.len() > MOST_CARDS;
    }

    /// A picture to be fetched for a card.
    fn picture(&mut self, extra: &mut MessageData, url: &str) -> MediumId {
        let medium = MediumId::fresh(self.ids);
        let url = Some(url.to_owned());
        extra.pictures.push(File { url, ..File::of(medium, FileKind::Image) });
        medium
    }

    /// The time at which an event of the channel is shown. The channel's time may be rounded: within one rounding
    /// step, an event that is reported later also happened later. So an answer comes after the bot's question, and
    /// messages within one second stay in order, however late they arrive.
    fn placed(&mut self, at: Option<Micros>) -> Micros {
        let now = self.context.now;
        let Some(at) = at else { return now };
        let step = self.context.capabilities.time_step;
        if step <= MILLISECOND {
            return at;
        }
        let is_new = self.decision.created;
        let conversation = self.it();
        let last = conversation.data.reported.filter(|last| last.at == at).map(|last| last.placed);
        let active = Some(conversation.last_activity_at);
        let active = active.filter(|active| !is_new && at <= *active && active.since(at) < step);
        let placed = last.max(active).map_or(at, |before| before.plus(1).min(at.plus(step - 1)));
        conversation.data.reported = Some(Reported { at, placed });
        placed
    }

    /// An action without text that opens the window: a reaction, a link into the thread.
    pub fn moved_window(&mut self, at: Micros) {
        let at = at.min(self.context.now);
        self.decision.window_at = self.decision.window_at.max(Some(at));
        if self.permit(Speaker::Bot).is_open() {
            self.it().data.texts_left_out = false;
        }
    }

    /// Adds an event that the channel reports. `key` identifies a duplicate.
    pub fn notice(&mut self, event: ThreadEvent, key: String) {
        let id = self.add_event(event);
        self.decision.mids.push((key, id));
    }

    /// An event of an unknown kind: it is shown in the thread and starts nothing.
    pub fn puzzled(&mut self, key: String, at: Option<Micros>) {
        let mut message = self.blank_message(Kind::Unsupported, Direction::In, Sender::contact());
        message.at = self.placed(at);
        self.decision.mids.push((key, message.id));
        self.add(message);
    }

    /// Someone answered for the page outside Deskbell. The message is shown as theirs and starts nothing; after a
    /// person, nothing automatic is sent for a while.
    pub fn answered_elsewhere(
        &mut self,
        echo: &Echo,
        at: Option<Micros>,
        reply_to: Option<MessageId>,
        by: Elsewhere<'_>,
    ) {
        let kind = match Kind::from(echo.form) {
            Kind::Text if !echo.files.is_empty() => Kind::Attachment,
            kind => kind,
        };
        let mut message = self.blank_message(kind, Direction::Out, Sender::page(by.name));
        message.at = self.placed(at);
        message.status = Status::Sent;
        message.text.clone_from(&echo.text);
        message.data = MessageData {
            files: self.files(&echo.files),
            reply_to,
            place: echo.place,
            link: echo.link.clone(),
            booking: echo.booking.clone(),
            story: echo.story.clone(),
            view_once: echo.view_once,
            incomplete: echo.incomplete,
            ..MessageData::default()
        };
        self.lay_cards(&mut message, &echo.cards);
        self.decision.mids.push((echo.mid.clone(), message.id));
        self.add(message);
        self.it().data.expect_no_answer();
        if by.person {
            self.pause_bot(at.unwrap_or(self.context.now));
        }
    }

    /// A message's text changed, or is gone (None): lists must stop showing the old one.
    pub fn reworded(&mut self, message: &Message, text: Option<&str>) {
        let before = super::shorten(message.text.as_deref().unwrap_or_default());
        let after = super::shorten(text.unwrap_or_default());
        let data = &mut self.it().data;
        if let Some(last) = &mut data.last_message
            && last.id == message.id
        {
            last.text.clone_from(&after);
            if text.is_none() {
                (last.file, last.booking, last.story, last.view_once) = (None, None, None, false);
            }
        }
        if !before.is_empty() && data.first_text.as_ref() == Some(&before) {
            data.first_text = Some(after).filter(|text| !text.is_empty());
        }
    }

    fn files(&mut self, files: &[RemoteFile]) -> Vec<File> {
        files
            .iter()
            .map(|file| File {
                medium: MediumId::fresh(self.ids),
                kind: file.kind,
                name: file.name.clone().unwrap_or_default(),
                url: file.url.clone(),
                source_id: file.id.clone(),
                sha256: file.sha256.clone(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Account;
    use crate::id::{ContactId, GatewayId, IdentityId};
    use crate::time::SECOND;
    use crate::turn::{NewConversation, Templates, fixture};

    #[test]
    fn what_is_said_within_a_second_stands_below_what_it_answers() {
        const T: Micros = Micros(1_000 * SECOND);
        let templates = Templates::default();
        let mut next = 100;
        let mut ids = move || {
            next += 1;
            next
        };
        let with = NewConversation {
            identity: IdentityId(1),
            contact: ContactId(2),
            gateway: GatewayId(3),
            account: Account::page("200"),
            entry: None,
        };
        let words = |text: &str| Said { mid: text.into(), text: Some(text.into()), ..Said::default() };
        // The channel of the fixture gives whole seconds, as WhatsApp does.
        let first = fixture::context(T.plus(300_000), &templates, &[]);
        let mut turn = Turn::begin(with, &first, &mut ids);
        turn.receive(words("Hello"), Some(T), None);
        let begun = turn.finish();
        assert_eq!(begun.messages[0].at, T, "the first keeps the channel's time");
        let mut conversation = begun.conversation;
        let mut at = |now: i64, reported: Micros| {
            let context = fixture::context(T.plus(now), &templates, &[]);
            let mut turn = Turn::of(conversation.clone(), &context, &mut ids);
            turn.receive(words("Yes"), Some(reported), None);
            let decision = turn.finish();
            conversation = decision.conversation;
            decision.messages[0].at
        };
        assert_eq!(at(900_000, T), T.plus(300_001), "after all that was said before it in its second");
        assert_eq!(at(60 * SECOND, T), T.plus(900_001), "however late it is brought");
        assert_eq!(at(61 * SECOND, T), T.plus(900_002), "in the order in which it is brought");
        assert_eq!(
            at(90 * SECOND, T.plus(80 * SECOND)),
            T.plus(80 * SECOND),
            "alone in its second, it keeps its time"
        );
    }
}
