//! What customers do, and what the bot makes of it.

use super::Turn;
use crate::conversation::State;
use crate::flow::{self, Effect, Input};
use crate::id::{MediumId, MessageId};
use crate::inbound::{Echo, Referral, RemoteFile, Said};
use crate::message::{Direction, Extra, File, Kind, Sender, Status};
use crate::time::Micros;

impl Turn<'_> {
    /// The customer said something. `at` is the channel's time of it, `reply_to` the message of ours that
    /// it answers, where we know it.
    pub fn receive(&mut self, said: Said, at: Option<Micros>, reply_to: Option<MessageId>) {
        let now = self.scene.now;
        let mut message = self.blank_message(said.form.into(), Direction::In, Sender::contact());
        message.at = at.unwrap_or(now);
        message.text.clone_from(&said.text);
        if let (Kind::Referral, None) = (message.kind, &message.text) {
            message.text = said.referral.as_ref().map(came_by);
        }
        message.extra = Extra {
            files: self.files(&said.files),
            reply_to,
            payload: said.payload.clone(),
            place: said.place,
            link: said.link.clone(),
            ..Extra::default()
        };
        let text = message.text.clone().unwrap_or_default();
        self.decision.mids.push((said.mid.clone(), message.id));
        self.add(message);
        self.moved_window(at.unwrap_or(now));

        let has_files = !said.files.is_empty();
        let conversation = self.it();
        conversation.unread = conversation.unread.saturating_add(1);
        if conversation.more.first_text.is_none() && !text.is_empty() {
            conversation.more.first_text = Some(super::shorten(&text));
        }
        match conversation.state {
            State::Bot => {
                let input =
                    Input::Said { text: said.text.as_deref(), payload: said.payload.as_deref(), files: has_files };
                self.run_flow(input);
            }
            State::Queued | State::Offered | State::Active => {
                let since = &mut conversation.more.answer_due_since;
                *since = Some(since.unwrap_or(now));
            }
            State::WrapUp | State::Closed => {}
        }
    }

    /// The customer came by a link or an advertisement into the thread. It opens the window and starts nothing.
    pub fn referred(&mut self, referral: &Referral, at: Option<Micros>) {
        let mut message = self.blank_message(Kind::Referral, Direction::In, Sender::contact());
        message.at = at.unwrap_or(self.scene.now);
        message.text = Some(came_by(referral));
        self.decision.mids.push((referral.key.clone(), message.id));
        self.add(message);
        self.moved_window(at.unwrap_or(self.scene.now));
    }

    /// An act that opens the window without words: a reaction, a link into the thread.
    pub fn moved_window(&mut self, at: Micros) {
        let at = at.min(self.scene.now);
        self.decision.window_at = self.decision.window_at.max(Some(at));
    }

    /// Something that has no words of its own, as one quiet line.
    pub fn notice(&mut self, text: String) {
        self.note_event(text);
    }

    /// Somebody answered for the page outside Deskbell. It is shown as theirs and starts nothing.
    pub fn answered_elsewhere(&mut self, echo: &Echo, at: Option<Micros>, sender: &str) {
        let kind = if echo.files.is_empty() { Kind::Text } else { Kind::Attachment };
        let mut message = self.blank_message(kind, Direction::Out, Sender::page(sender));
        message.at = at.unwrap_or(self.scene.now);
        message.status = Status::Sent;
        message.text.clone_from(&echo.text);
        message.extra.files = self.files(&echo.files);
        self.decision.mids.push((echo.mid.clone(), message.id));
        self.add(message);
        self.it().more.answer_due_since = None;
    }

    fn files(&mut self, files: &[RemoteFile]) -> Vec<File> {
        files
            .iter()
            .map(|file| File {
                medium: MediumId::fresh(self.ids),
                kind: file.kind,
                name: file.name.clone().unwrap_or_default(),
                url: file.url.clone(),
            })
            .collect()
    }

    /// Lets the bot take its next step: the run that stands goes on in its version, else the gateway's flow begins.
    /// Without a flow the customer joins the queue at once.
    pub(super) fn run_flow(&mut self, input: Input<'_>) {
        let scene = flow::Scene {
            contact_name: self.scene.contact_name,
            page_name: self.scene.page_name,
            now: self.scene.now,
        };
        let run = self.it().more.run.take();
        let going_on = run.is_some();
        let body = match (going_on, self.scene.running, self.scene.flow) {
            (true, Some(body), _) => body,
            (_, _, Some((reference, body))) => {
                self.it().more.flow = Some(reference);
                body
            }
            // Without a flow nobody is lost: they wait for a person at once.
            _ => return self.join_queue(None, None, None),
        };
        // A run that begins has nobody's words to read yet: they are its occasion, not its answer. Only a
        // tap on an earlier menu says where to go.
        let input = match input {
            Input::Said { payload: Some(_), .. } => input,
            _ if going_on => input,
            _ => Input::Start,
        };
        let step = flow::step(body, run, input, &scene);
        self.it().more.run = step.run;
        for effect in step.effects {
            match effect {
                Effect::Say { text, choices, template } => self.say_as_bot(&text, choices, template),
                Effect::JoinQueue { queue, waiting_text, nobody_text } => {
                    self.join_queue(queue, waiting_text, nobody_text);
                }
                Effect::Close { text, reason } => {
                    self.say_automatically(text.as_deref().unwrap_or_default(), Vec::new());
                    self.end(reason, "Bot closed the conversation".into());
                }
            }
        }
        if self.decision.conversation.state != State::Bot {
            self.it().more.run = None;
        }
    }
}

/// Where a customer came from, in words.
fn came_by(referral: &Referral) -> String {
    let from = referral.ad.as_ref().or(referral.code.as_ref());
    from.map_or_else(|| "Came by a link".into(), |from| format!("Came by a link: {from}"))
}
