//! Reads a language model's answer while it arrives: as server-sent events, or as one JSON document from an endpoint
//! that does not stream. Only an answer whose end has arrived counts, so that customers never get half of one.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use domain::flow::call::{Answer, CallFault, LARGEST_ANSWER};
use futures_util::{Stream, StreamExt};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::super::ask::{Outcome, outcome};
use super::events::Events;
use crate::clients::hook::OutsideError;

/// The largest stream that is read, in bytes. Each token comes in a JSON object of a few hundred bytes.
const LARGEST_STREAM: usize = 4 * 1024 * 1024;
/// More characters than a token has on average in any language. Tokens themselves cannot be counted: an endpoint may
/// send several in one event, or one in several.
const TOKEN_CHARACTERS: usize = 6;

/// What stops an answer, besides the time limit of its request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The longest answer, in tokens. Endpoints get the same limit, but not all of them observe it.
    pub tokens: u32,
    /// The longest pause between two tokens. The first one may take as long as the request.
    pub pause: Duration,
}

/// Reads the body of an answer whose status is success.
pub(super) async fn read(body: impl Stream<Item = Result<Bytes, OutsideError>>, limits: Limits) -> Outcome {
    let mut body = pin!(body);
    let mut reader = Reader::new(limits.tokens);
    let mut deadline = None;
    loop {
        let next = match deadline {
            Some(deadline) => timeout_at(deadline, body.next()).await,
            None => Ok(body.next().await),
        };
        match next {
            Ok(Some(Ok(piece))) => match reader.add(&piece) {
                Step::Text => deadline = Some(Instant::now() + limits.pause),
                Step::Nothing => {}
                Step::End(outcome) => return outcome,
            },
            Ok(Some(Err(OutsideError::BrokenOff))) if reader.has_begun() => return broken_off(),
            Ok(Some(Err(error))) => return outcome(Err(error), true),
            Ok(None) => return reader.end(),
            Err(_) => return outcome(Err(OutsideError::TimedOut), true),
        }
    }
}

/// What a piece brought.
enum Step {
    /// No text: comments, or the beginning of an event.
    Nothing,
    /// Text.
    Text,
    /// The answer has ended, well or badly.
    End(Outcome),
}

/// The form of an answer.
enum Form {
    /// Not known before its first character.
    Unknown,
    /// One JSON document.
    Document(Vec<u8>),
    /// Events.
    Stream(Events),
}

struct Reader {
    form: Form,
    /// How many bytes have arrived.
    bytes: usize,
    /// The text so far.
    text: String,
    /// Characters of the text and of the model's reasoning, which costs as much.
    characters: usize,
    /// The limit, in tokens.
    tokens: u32,
    has_events: bool,
}

impl Reader {
    fn new(tokens: u32) -> Self {
        Self { form: Form::Unknown, bytes: 0, text: String::new(), characters: 0, tokens, has_events: false }
    }

    /// Whether a part of a streamed answer has arrived.
    fn has_begun(&self) -> bool {
        self.has_events
    }

    fn add(&mut self, piece: &[u8]) -> Step {
        self.bytes += piece.len();
        if let Form::Unknown = self.form {
            self.form = match piece.iter().find(|byte| !byte.is_ascii_whitespace()) {
                Some(b'{') => Form::Document(Vec::new()),
                Some(_) => Form::Stream(Events::default()),
                None if self.bytes > LARGEST_ANSWER => return too_large(),
                None => return Step::Nothing,
            };
        }
        match &mut self.form {
            Form::Document(_) if self.bytes > LARGEST_ANSWER => too_large(),
            Form::Stream(_) if self.bytes > LARGEST_STREAM => too_large(),
            Form::Document(document) => {
                document.extend_from_slice(piece);
                Step::Nothing
            }
            Form::Stream(events) => {
                let ended = events.add(piece);
                self.hear_all(&ended)
            }
            Form::Unknown => Step::Nothing,
        }
    }

    fn hear_all(&mut self, events: &[String]) -> Step {
        let mut step = Step::Nothing;
        for data in events {
            match self.hear(data) {
                Step::End(outcome) => return Step::End(outcome),
                Step::Text => step = Step::Text,
                Step::Nothing => {}
            }
        }
        step
    }

    /// Reads one event.
    fn hear(&mut self, data: &str) -> Step {
        if data.trim() == "[DONE]" {
            return Step::End(whole(&self.text));
        }
        let Ok(chunk @ Value::Object(_)) = serde_json::from_str::<Value>(data) else {
            return failed(CallFault::NoJson {});
        };
        self.has_events = true;
        if let Some(outcome) = error_in(&chunk) {
            return Step::End(outcome);
        }
        let choice = &chunk["choices"][0];
        let part = |name: &str| choice["delta"][name].as_str().unwrap_or_default();
        let text = part("content");
        // Endpoints name it differently.
        let reasoning = part("reasoning_content").chars().count().max(part("reasoning").chars().count());
        self.text.push_str(text);
        self.characters += text.chars().count() + reasoning;
        if let Some(outcome) = ended(choice, &self.text, self.tokens) {
            return Step::End(outcome);
        }
        if self.has_passed_limit(&chunk) {
            return failed(CallFault::CutShort { tokens: self.tokens });
        }
        if text.is_empty() && reasoning == 0 { Step::Nothing } else { Step::Text }
    }

    fn has_passed_limit(&self, chunk: &Value) -> bool {
        let counted = chunk["usage"]["completion_tokens"].as_u64().unwrap_or_default();
        counted > u64::from(self.tokens) || self.characters > self.tokens as usize * TOKEN_CHARACTERS
    }

    /// The connection has ended as it should.
    fn end(mut self) -> Outcome {
        let last = match std::mem::replace(&mut self.form, Form::Unknown) {
            Form::Document(document) => return document_read(&document, self.tokens),
            Form::Stream(events) => events.end(),
            Form::Unknown => None,
        };
        let has_begun = self.has_begun();
        match last.map(|data| self.hear(&data)) {
            Some(Step::End(outcome)) if !has_begun || !is_unreadable(&outcome) => outcome,
            // Half an event is no garbage if whole ones came before it.
            _ if self.has_begun() => broken_off(),
            _ => Outcome::Answer(Answer::Failed(CallFault::NoJson {})),
        }
    }
}

fn is_unreadable(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answer(Answer::Failed(CallFault::NoJson {})))
}

fn document_read(document: &[u8], tokens: u32) -> Outcome {
    let document: Value = serde_json::from_slice(document).unwrap_or_default();
    if let Some(outcome) = error_in(&document) {
        return outcome;
    }
    let choice = &document["choices"][0];
    let text = choice["message"]["content"].as_str().unwrap_or_default();
    ended(choice, text, tokens).unwrap_or_else(|| whole(text))
}

/// An error instead of an answer, although the status was success. Some endpoints give it the status as a number.
fn error_in(value: &Value) -> Option<Outcome> {
    let error = value.get("error").filter(|error| !error.is_null())?;
    let status = error["code"].as_u64().and_then(|code| u16::try_from(code).ok());
    Some(match status.filter(|status| (400..600).contains(status)) {
        Some(status) => outcome(Ok((status, None, String::new())), true),
        None => broken_off(),
    })
}

/// How an answer ended, by the reason that the endpoint gives; None if it gives none.
fn ended(choice: &Value, text: &str, tokens: u32) -> Option<Outcome> {
    Some(match choice["finish_reason"].as_str().filter(|reason| !reason.is_empty())? {
        "length" => Outcome::Answer(Answer::Failed(CallFault::CutShort { tokens })),
        // The endpoint's own filter has stopped it: the next attempt would end in the same way.
        "content_filter" => Outcome::Answer(Answer::Failed(CallFault::BrokenOff {})),
        _ => whole(text),
    })
}

fn whole(text: &str) -> Outcome {
    Outcome::Answer(match text.trim() {
        "" => Answer::Failed(CallFault::NoJson {}),
        text => Answer::Text { text: text.to_owned(), unsure: false },
    })
}

fn failed(fault: CallFault) -> Step {
    Step::End(Outcome::Answer(Answer::Failed(fault)))
}

fn too_large() -> Step {
    failed(CallFault::TooLarge {})
}

fn broken_off() -> Outcome {
    Outcome::Retry { answer: Answer::Failed(CallFault::BrokenOff {}), after: None }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use serde_json::json;

    use super::*;

    const LIMITS: Limits = Limits { tokens: 10, pause: Duration::from_millis(20) };

    fn delta(text: &str) -> String {
        format!("data: {}\n\n", json!({ "choices": [{ "delta": { "content": text } }] }))
    }

    fn end(reason: &str) -> String {
        format!("data: {}\n\n", json!({ "choices": [{ "delta": {}, "finish_reason": reason }] }))
    }

    /// What is read from pieces, and whether it may be asked for again.
    async fn read_from(pieces: Vec<Result<Bytes, OutsideError>>, hangs: bool) -> (Answer, bool) {
        let rest = if hangs { stream::pending().left_stream() } else { stream::empty().right_stream() };
        match read(stream::iter(pieces).chain(rest), LIMITS).await {
            Outcome::Answer(answer) => (answer, false),
            Outcome::Retry { answer, .. } => (answer, true),
        }
    }

    async fn answer_of(text: &str) -> (Answer, bool) {
        read_from(vec![Ok(Bytes::copy_from_slice(text.as_bytes()))], false).await
    }

    fn text(text: &str) -> (Answer, bool) {
        (Answer::Text { text: text.into(), unsure: false }, false)
    }

    fn fault(fault: CallFault, again: bool) -> (Answer, bool) {
        (Answer::Failed(fault), again)
    }

    #[tokio::test]
    async fn an_answer_is_put_together_wherever_its_bytes_are_cut() {
        let stream = format!(": hello\n\n{}{}{}data: [DONE]\n\n", delta(" Ми ї"), delta("мо 🥖 "), end("stop"));
        for size in 1..stream.len() {
            let pieces = stream.as_bytes().chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            assert_eq!(read_from(pieces, false).await, text("Ми їмо 🥖"), "{size}");
        }
        assert_eq!(
            answer_of(&format!("{}data: [DONE]", delta("Hi"))).await,
            text("Hi"),
            "without a reason or an end"
        );
        let pieces = vec![Ok(Bytes::from(delta("Hi") + &end("stop")))];
        assert_eq!(read_from(pieces, true).await, text("Hi"), "nothing more is waited for");
    }

    #[tokio::test]
    async fn a_document_is_read_as_before() {
        let document = |text: &str, reason: Value| {
            json!({ "choices": [{ "message": { "content": text }, "finish_reason": reason }] }).to_string()
        };
        assert_eq!(answer_of(&document(" We open at 9. ", json!("stop"))).await, text("We open at 9."));
        assert_eq!(answer_of(&format!("\r\n {}", document("Hi", json!(null)))).await, text("Hi"));
        assert_eq!(
            answer_of(&document("We op", json!("length"))).await,
            fault(CallFault::CutShort { tokens: 10 }, false)
        );
        assert_eq!(answer_of(&document(" ", json!("stop"))).await, fault(CallFault::NoJson {}, false));
        assert_eq!(answer_of("{}").await, fault(CallFault::NoJson {}, false));
        assert_eq!(
            answer_of(&document(&"x".repeat(LARGEST_ANSWER), json!("stop"))).await,
            fault(CallFault::TooLarge {}, false)
        );
        let error = json!({ "error": { "code": 502, "message": "No provider" } }).to_string();
        assert!(matches!(answer_of(&error).await, (Answer::Http { status: 502, .. }, true)));
    }

    #[tokio::test]
    async fn half_an_answer_is_no_answer() {
        let broken = fault(CallFault::BrokenOff {}, true);
        assert_eq!(answer_of(&delta("We open")).await, broken, "the connection ended");
        assert_eq!(answer_of(&format!("{}data: {{\"choi", delta("We open"))).await, broken, "in an event");
        let lost = vec![Ok(Bytes::from(delta("We open"))), Err(OutsideError::BrokenOff)];
        assert_eq!(read_from(lost, false).await, broken, "the connection was lost");
        let error = r#"data: {"error":{"message":"overloaded","code":"server_error"}}"#;
        assert_eq!(answer_of(&format!("{}{error}\n\n", delta("We open"))).await, broken);
        let limited = answer_of(&format!("{}data: {{\"error\":{{\"code\":429}}}}\n\n", delta("We open"))).await;
        assert!(matches!(limited, (Answer::Http { status: 429, .. }, true)), "{limited:?}");
        let garbage = format!("{}data: <html>\n\n{}", delta("We open"), end("stop"));
        assert_eq!(answer_of(&garbage).await, fault(CallFault::NoJson {}, false));
        let filtered = format!("{}{}", delta("We open"), end("content_filter"));
        assert_eq!(answer_of(&filtered).await, fault(CallFault::BrokenOff {}, false));
        let pieces = vec![Ok(Bytes::from(delta("We open")))];
        assert_eq!(read_from(pieces, true).await, fault(CallFault::TimedOut {}, true), "nothing follows");
        for nothing in ["", " \n", ": ping\n\n", "<html>", "data: [DONE]\n\n", &end("stop"), &delta("")[..9]] {
            assert_eq!(answer_of(nothing).await, fault(CallFault::NoJson {}, false), "{nothing:?}");
        }
    }

    #[tokio::test]
    async fn reading_stops_at_the_limits_of_cost_and_of_bytes() {
        let cut = fault(CallFault::CutShort { tokens: 10 }, false);
        let pieces = |text: String| vec![Ok(Bytes::from(text))];
        assert_eq!(read_from(pieces(delta("ї").repeat(61)), true).await, cut, "it would have continued");
        assert_eq!(answer_of(&(delta("ї").repeat(60) + &end("stop"))).await, text(&"ї".repeat(60)));
        assert_eq!(answer_of(&(delta("Hi") + &end("length"))).await, cut, "the endpoint observed the limit");
        let counted = r#"data: {"choices":[{"delta":{"content":"x"}}],"usage":{"completion_tokens":11}}"#;
        assert_eq!(read_from(pieces(format!("{counted}\n\n")), true).await, cut);
        let thinks = r#"data: {"choices":[{"delta":{"reasoning_content":"Hm, well"}}]}"#;
        assert_eq!(read_from(pieces(format!("{thinks}\n\n").repeat(8)), true).await, cut);
        let comments = vec![Ok(Bytes::from(": ping\n\n".repeat(LARGEST_STREAM / 8 + 1)))];
        assert_eq!(read_from(comments, true).await, fault(CallFault::TooLarge {}, false));
    }
}
