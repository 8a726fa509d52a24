//! Colleagues who help: invited, taking part, leaving.

use crate::conversation::Conversation;
use crate::decision::{AgentEffect, Decision, Event, OfferEnd};
use crate::id::{QueueId, UserId};
use crate::thread_event::{AgentGone, ThreadEvent, TransferEnd};
use crate::time::SECOND;
use crate::turn::fixture::{ANN, BEN, Given, START, SUE, events, held};
use crate::turn::{Actor, OutgoingContent, Target, Turn};
use crate::visibility::TakeScope;

const EVA: Actor<'static> = Actor { user: UserId(4), name: "Eva", supervises: false };

fn invited() -> Decision {
    Given::at(10).play(held(), |turn| turn.invite(ANN, BEN, true, Some("Which part?".into())).unwrap())
}

/// Ben takes part, and Eva is invited.
fn helped() -> Conversation {
    let asked = Given::at(11).play(invited().conversation, |turn| turn.invite(ANN, EVA, true, None).unwrap());
    Given::at(12).play(asked.conversation, |turn| turn.accept(BEN).unwrap()).conversation
}

fn hello() -> OutgoingContent {
    OutgoingContent { text: Some("Hi".into()), ..OutgoingContent::default() }
}

fn withdrawn(decision: &Decision, agent: UserId) -> bool {
    let end = Event::OfferEnded(decision.conversation.id, agent, OfferEnd::Withdrawn);
    decision.events.contains(&end)
}

#[test]
fn it_rings_and_who_accepts_writes_beside_the_agent() {
    let asked = invited();
    let id = asked.conversation.id;
    assert!(asked.events.contains(&Event::Offer(id, BEN.user)) && asked.conversation.data.rings_at(BEN.user));
    assert_eq!(events(&asked), [ThreadEvent::Invited { by: "Ann".into(), agent: "Ben".into() }]);
    assert_eq!(asked.messages[0].text.as_deref(), Some("Which part?"), "the note is in the thread");
    assert_eq!(asked.conversation.agent, Some(ANN.user));
    let joined = Given::at(12).play(asked.conversation, |turn| {
        assert!(turn.say_as_agent(BEN, hello()).is_err(), "not before they accept");
        turn.accept(BEN).unwrap();
        turn.say_as_agent(BEN, hello()).unwrap();
        turn.say_as_agent(ANN, hello()).unwrap();
        // Only the agent decides about the conversation.
        assert!(turn.close(BEN, None).is_err() && turn.snooze(BEN, None).is_err());
        assert!(turn.transfer(BEN, Target::Queue(QueueId(7)), None).is_err());
        assert!(turn.invite(BEN, EVA, true, None).is_err());
        assert!(turn.accept(BEN).is_err(), "once");
    });
    assert_eq!(events(&joined), [ThreadEvent::Joined { agent: "Ben".into() }]);
    assert_eq!(joined.agents, [AgentEffect::Accepted { agent: BEN.user, today: Micros(0) }]);
    assert!(joined.events.contains(&Event::OfferEnded(id, BEN.user, OfferEnd::Accepted)));
    let left = Given::at(13).play(joined.conversation, |turn| {
        assert!(turn.leave(ANN).is_err(), "she holds it");
        turn.leave(BEN).unwrap();
        assert!(turn.leave(BEN).is_err() && turn.say_as_agent(BEN, hello()).is_err());
    });
    assert_eq!(events(&left), [ThreadEvent::Left { agent: "Ben".into(), by: None }]);
}

#[test]
fn two_colleagues_are_asked_apart_and_each_may_join() {
    let both = Given::at(13).play(helped(), |turn| {
        turn.accept(EVA).unwrap();
        assert!(turn.invite(ANN, EVA, true, None).is_err() && turn.invite(ANN, ANN, true, None).is_err());
    });
    let names: Vec<&str> = both.conversation.data.participants.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Ben", "Eva"]);
    assert!(both.conversation.data.invitations.is_empty());
}

#[test]
fn an_invitation_that_is_not_followed_ends_and_says_why() {
    let ended = |cause| [ThreadEvent::InvitationEnded { agent: "Ben".into(), cause }];
    let at = |seconds| move |play: fn(&mut Turn<'_>)| Given::at(seconds).play(invited().conversation, play);
    let declined = at(12)(|turn| turn.decline(BEN).unwrap());
    assert_eq!(events(&declined), ended(TransferEnd::Declined));
    let late = at(41)(|turn| assert!(turn.accept(BEN).is_err()));
    assert_eq!(late.conversation.due_at(), Some(START.plus(40 * SECOND)));
    let missed = at(41)(|turn| turn.tick());
    assert_eq!(events(&missed), ended(TransferEnd::Missed));
    assert_eq!(missed.agents, [AgentEffect::Missed { agent: BEN.user, limit: 3 }]);
    let gone = at(12)(|turn| turn.colleague_gone(BEN.user));
    assert_eq!((events(&gone), gone.agents.len()), (ended(TransferEnd::Unavailable).to_vec(), 0));
    let taken_back = at(12)(|turn| {
        assert!(turn.dismiss(EVA, BEN.user).is_err());
        turn.dismiss(ANN, BEN.user).unwrap();
    });
    assert_eq!(events(&taken_back), ended(TransferEnd::TakenBack));
    let unseen = Given::at(10).play(held(), |turn| turn.invite(ANN, BEN, false, None).unwrap());
    let unseen = Given::at(41).play(unseen.conversation, |turn| turn.tick());
    assert!(unseen.agents.is_empty(), "no screen showed it");
}

#[test]
fn whatever_takes_it_from_its_agent_ends_it_for_all_who_help() {
    type Step = fn(&mut Turn<'_>);
    let steps: [(&str, Step); 7] = [
        ("closed", |turn| turn.close(ANN, None).unwrap()),
        ("to a queue", |turn| turn.transfer(ANN, Target::Queue(QueueId(7)), None).unwrap()),
        ("to a colleague", |turn| {
            turn.transfer(ANN, Target::Agent { colleague: EVA, shown: true }, None).unwrap()
        }),
        ("to the bot", |turn| turn.transfer(ANN, Target::Bot, None).unwrap()),
        ("re-queued", |turn| turn.requeue("Ann", AgentGone::WentOffline)),
        ("taken over", |turn| turn.take(SUE, TakeScope::Any).unwrap()),
        ("snoozed", |turn| turn.snooze(ANN, None).unwrap()),
    ];
    for (name, step) in steps {
        let done = Given::at(20).play(helped(), step);
        let data = &done.conversation.data;
        assert!(data.invitations.is_empty() && data.participants.is_empty(), "{name}");
        assert!(withdrawn(&done, EVA.user), "{name}: it stops ringing");
        Given::at(21).play(done.conversation, |turn| {
            assert!(turn.say_as_agent(BEN, hello()).is_err(), "{name}");
            assert!(name == "to a colleague" || turn.accept(EVA).is_err(), "{name}");
        });
    }
    let gone = Given::at(20).play(helped(), |turn| turn.colleague_gone(BEN.user));
    assert_eq!(events(&gone), [ThreadEvent::Left { agent: "Ben".into(), by: None }]);
    let removed = Given::at(20).play(helped(), |turn| turn.dismiss(SUE, BEN.user).unwrap());
    assert_eq!(events(&removed), [ThreadEvent::Left { agent: "Ben".into(), by: Some("Sue".into()) }]);
}
