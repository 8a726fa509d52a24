//! The question after the close: when it is asked, and what counts as an answer.

use std::sync::Arc;

use super::*;
use crate::channel::Account;
use crate::conversation::{Conversation, State};
use crate::decision::Decision;
use crate::id::{ContactId, GatewayId, IdentityId, QueueId, UserId};
use crate::queue::QueueSettings;
use crate::satisfaction::{CsatSettings, answer};
use crate::time::{DAY, HOUR, MINUTE};
use crate::turn::{Actor, NewConversation, QueueFacts, Templates, fixture};

const T: Micros = Micros(1_000 * HOUR);
const QUEUE: QueueId = QueueId(5);
const BEN: Actor<'static> = Actor { user: UserId(7), name: "Ben", supervises: false };

fn queue(enabled: bool) -> QueueFacts {
    let csat = CsatSettings { enabled, ..CsatSettings::default() };
    QueueFacts { settings: Arc::new(QueueSettings { csat, ..QueueSettings::default() }), ..fixture::queue(QUEUE) }
}

/// Runs a turn; `last_user_at` is when the customer last wrote.
fn play(
    it: Option<Conversation>,
    queue: QueueFacts,
    now: Micros,
    last_user_at: Micros,
    play: impl FnOnce(&mut Turn<'_>),
) -> Decision {
    let (templates, queues) = (Templates::default(), [queue]);
    let mut context = fixture::context(now, &templates, &queues);
    context.last_user_at = Some(last_user_at);
    let mut next = now.0;
    let mut ids = move || {
        next += 1;
        next
    };
    let mut turn = match it {
        Some(it) => Turn::of(it, &context, &mut ids),
        None => {
            let with = NewConversation {
                identity: IdentityId(1),
                contact: ContactId(2),
                gateway: GatewayId(3),
                account: Account::page("200"),
                entry: None,
            };
            Turn::begin(with, &context, &mut ids)
        }
    };
    play(&mut turn);
    turn.finish()
}

/// A conversation that Ben holds.
fn held() -> Conversation {
    let mut it = play(None, queue(true), T, T, |turn| turn.join_queue(Some(QUEUE), None, None)).conversation;
    it.state = State::Active;
    (it.agent, it.last_agent) = (Some(BEN.user), Some(BEN.user));
    it.data.accepted_at = Some(T);
    it
}

fn close(it: Conversation, queue: QueueFacts, now: Micros) -> Decision {
    play(Some(it), queue, now, T, |turn| turn.close(BEN, None).unwrap())
}

fn texts(decision: &Decision) -> Vec<&str> {
    decision.messages.iter().filter_map(|message| message.text.as_deref()).collect()
}

fn words_of(text: &str, payload: Option<String>) -> Said {
    Said { mid: text.into(), text: Some(text.into()), payload, ..Said::default() }
}

#[test]
fn a_customer_is_asked_once_by_queues_that_want_it_and_only_while_the_window_is_open() {
    let asked = close(held(), queue(true), T.plus(MINUTE));
    let question = asked.messages.iter().find(|message| !message.data.choices.is_empty()).unwrap();
    assert_eq!(question.data.choices.len(), 5);
    assert_eq!(question.data.choices[4].title, "5 ★★★★★");
    assert_eq!(asked.conversation.data.csat.as_ref().unwrap().asked_at, T.plus(MINUTE));
    assert!(close(held(), queue(false), T.plus(MINUTE)).conversation.data.csat.is_none());

    let late = close(held(), queue(true), T.plus(2 * DAY));
    assert!(late.conversation.data.csat.is_none() && late.sends.is_empty(), "left out quietly");

    let again = play(Some(asked.conversation), queue(true), T.plus(2 * MINUTE), T, |turn| {
        turn.reopen(BEN).unwrap();
        turn.close(BEN, None).unwrap();
    });
    assert!(again.messages.iter().all(|message| message.data.choices.is_empty()), "once");

    let mut waiting = held();
    (waiting.state, waiting.agent, waiting.data.accepted_at) = (State::Queued, None, None);
    let boss = Actor { supervises: true, ..BEN };
    let closed = play(Some(waiting), queue(true), T.plus(MINUTE), T, |turn| turn.close(boss, None).unwrap());
    assert!(closed.conversation.data.csat.is_none(), "no agent had it");
}

#[test]
fn a_tap_is_the_score_what_follows_soon_is_the_comment_and_the_conversation_stays_closed() {
    let asked = close(held(), queue(true), T.plus(MINUTE));
    let payload = asked.messages.iter().find_map(|message| message.data.choices.get(3)).unwrap().payload.clone();
    let closed = asked.conversation;
    let now = T.plus(3 * MINUTE);
    let tap = words_of("4 ★★★★", Some(payload));
    let found = answer(&closed, &tap, now).unwrap();
    assert_eq!(found, Answer::Score(4));
    let rated =
        play(Some(closed.clone()), queue(true), now, now, |turn| turn.rated(&tap, &found, Some(now), None));
    assert_eq!(rated.conversation.state, State::Closed);
    let csat = rated.conversation.data.csat.clone().unwrap();
    assert_eq!((csat.score, csat.at, csat.comment), (Some(4), Some(now), None));
    assert_eq!(texts(&rated), ["4 ★★★★", &CsatSettings::default().thanks]);

    let words = words_of("Ben was kind", None);
    let soon = now.plus(5 * MINUTE);
    let found = answer(&rated.conversation, &words, soon).unwrap();
    let commented = play(Some(rated.conversation.clone()), queue(true), soon, soon, |turn| {
        turn.rated(&words, &found, Some(soon), None);
    });
    assert_eq!(commented.conversation.data.csat.as_ref().unwrap().comment.as_deref(), Some("Ben was kind"));
    assert_eq!(texts(&commented), ["Ben was kind"], "no second thanks");
    assert_eq!(answer(&commented.conversation, &words_of("And another thing", None), soon), None, "one comment");
    assert_eq!(answer(&rated.conversation, &words, now.plus(HOUR)), None, "too late: a new conversation");

    for (text, expected) in [("5", Some(5)), (" ５ ", Some(5)), ("3 ★★★", Some(3)), ("6", None), ("Hello", None)]
    {
        assert_eq!(answer(&closed, &words_of(text, None), now), expected.map(Answer::Score), "{text}");
    }
    let foreign = words_of("4 ★★★★", Some("csat:999:4".into()));
    assert_eq!(answer(&closed, &foreign, now), None, "of another conversation");
    let open = Conversation { state: State::Active, ..closed };
    assert_eq!(answer(&open, &words_of("5", None), now), None);
}
