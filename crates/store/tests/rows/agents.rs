//! Agents: status, presence, and the rule for missed offers.

use std::collections::BTreeMap;

use domain::agent::{Agent, BreakOut, Reason, Status};
use domain::channel::Channel;
use domain::decision::AgentEffect;
use domain::id::{SkillId, TeamId};
use domain::role::Role;
use domain::service::{AgentSkill, Qualifications};
use domain::time::Micros;
use store::Store;
use store::table::agent::{self, AgentEdit, Left, StatusChange};
use store::table::event::{self, Event};
use store::table::user::{self, UserEdit};

use crate::engines::on_both_engines;
use crate::fixture::{self, begun, commit, conflict, conversation, write};

on_both_engines! {
    missed_offers_break_out_as_the_domain_says
    a_lost_agent_comes_back_in_time_or_not_at_all
    an_agent_is_edited_on_the_version_that_was_seen
    what_an_agent_closed_is_counted_from_accept
    those_who_left_for_good_are_found_while_they_hold_something
    who_set_a_status_is_known_until_it_changes_otherwise
}

fn chosen() -> StatusChange {
    StatusChange {
        status: Status::Online,
        cause: None,
        limit_at: None,
        reason: Reason::Chosen,
        by: None,
        streamed: None,
    }
}

async fn the_agent(store: &Store, id: domain::id::UserId) -> Agent {
    agent::by_id(store, id).await.unwrap().unwrap()
}

/// SQL applies the rule to the row; for every status and count the result must match the domain's.
async fn missed_offers_break_out_as_the_domain_says(store: Store) {
    let customer = fixture::customer(&store, 70).await;
    let (limit, mut number) = (2, 100);
    for status in Status::ALL {
        number += 1;
        let user = fixture::agent(&store, number, &format!("agent{number}"), Role::Agent).await;
        let change = StatusChange { status, streamed: Some(true), ..chosen() };
        commit(&store, |batch| agent::set_status(batch, user, &change, Micros(2))).await.unwrap();
        for missed in 1..=3 {
            number += 1;
            let before = the_agent(&store, user).await.status;
            let mut decision = begun(conversation(number, &customer, domain::conversation::State::Closed));
            decision.agents = vec![AgentEffect::Missed { agent: user, limit }];
            write(&store, &decision).await;
            let after = the_agent(&store, user).await;
            let rule = BreakOut::after(limit);
            let expected = if rule.applies(before, missed) { rule.to } else { before };
            assert_eq!((after.status, after.missed), (expected, missed), "{status:?}");
            if rule.applies(before, missed) {
                assert_eq!(after.reason, Some(rule.reason));
            }
        }
    }
}

async fn a_lost_agent_comes_back_in_time_or_not_at_all(store: Store) {
    let start = event::newest(&store).await.unwrap();
    let ann = fixture::agent(&store, 1, "ann", Role::Agent).await;
    let online = StatusChange { status: Status::Online, streamed: Some(false), ..chosen() };
    commit(&store, |batch| {
        agent::set_status(batch, ann, &online, Micros(10));
        agent::count_streams(batch, ann, Micros(11));
    })
    .await
    .unwrap();
    assert!(the_agent(&store, ann).await.streamed);

    let lost = Micros(1_000);
    commit(&store, |batch| agent::lose(batch, ann, lost)).await.unwrap();
    let it = the_agent(&store, ann).await;
    assert_eq!((it.status, it.reason, it.lost_at), (Status::Offline, Some(Reason::Lost), Some(lost)));

    commit(&store, |batch| agent::come_back(batch, ann, Micros(999), lost.plus(1))).await.unwrap();
    assert_eq!(the_agent(&store, ann).await.status, Status::Offline, "another loss");
    commit(&store, |batch| agent::come_back(batch, ann, lost, lost.plus(1))).await.unwrap();
    let it = the_agent(&store, ann).await;
    assert_eq!((it.status, it.lost_at), (Status::Online, None));

    commit(&store, |batch| {
        agent::lose(batch, ann, lost);
        agent::give_up(batch, ann, lost);
    })
    .await
    .unwrap();
    commit(&store, |batch| agent::come_back(batch, ann, lost, lost.plus(1))).await.unwrap();
    assert_eq!(the_agent(&store, ann).await.status, Status::Offline, "given up");

    assert!(agent::first_steps(&store).await.unwrap().was_online);
    let events: Vec<Event> = loop {
        let page = event::after(&store, start, 100).await.unwrap();
        // On PostgreSQL a transaction of another database may hold events back for a moment.
        if page.len() == 17 {
            break page.into_iter().filter_map(|it| it.event).collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    assert_eq!(events[0], Event::Agent(ann));
    assert_eq!(events[1..3], [Event::Agent(ann), Event::AgentStatus(ann)]);
}

async fn an_agent_is_edited_on_the_version_that_was_seen(store: Store) {
    let ann = fixture::agent(&store, 1, "ann", Role::Agent).await;
    let skills = vec![AgentSkill { skill: SkillId(5), level: 70 }];
    let edit = |capacity| AgentEdit {
        capacity,
        capacity_by_channel: BTreeMap::from([(Channel::WHATSAPP, 2)]),
        qualifications: Qualifications { team: Some(TeamId(7)), skills: skills.clone() },
    };
    commit(&store, |batch| agent::update(batch, ann, &edit(3), Some(1), Micros(2))).await.unwrap();
    conflict(&store, |batch| agent::update(batch, ann, &edit(9), Some(1), Micros(2))).await;
    commit(&store, |batch| agent::update(batch, ann, &edit(4), None, Micros(2))).await.unwrap();
    let it = the_agent(&store, ann).await;
    assert_eq!((it.capacity, it.version), (4, 3));
    assert_eq!(
        (&it.qualifications, &it.capacity_by_channel),
        (&edit(4).qualifications, &edit(4).capacity_by_channel)
    );
    assert_eq!(agent::list(&store).await.unwrap(), [it]);
    conflict(&store, |batch| {
        let change = StatusChange::offline(Reason::Supervisor, None);
        agent::set_status(batch, domain::id::UserId(99), &change, Micros(2));
    })
    .await;
}

async fn who_set_a_status_is_known_until_it_changes_otherwise(store: Store) {
    let ann = fixture::agent(&store, 1, "ann", Role::Agent).await;
    let sue = fixture::agent(&store, 2, "Sue", Role::Supervisor).await;
    let set = async |change: StatusChange| {
        commit(&store, |batch| agent::set_status(batch, ann, &change, Micros(9))).await.unwrap();
        the_agent(&store, ann).await
    };
    let it =
        set(StatusChange { reason: Reason::Supervisor, by: Some(sue), streamed: Some(true), ..chosen() }).await;
    assert_eq!(it.set_by, Some((sue, "Sue".into())));
    let it = set(StatusChange::offline(Reason::SignedOut, None)).await;
    assert_eq!((it.set_by, it.streamed), (None, true), "they had a browser, and its loss still counts");
    set(StatusChange { reason: Reason::Supervisor, by: Some(sue), ..chosen() }).await;
    commit(&store, |batch| agent::lose(batch, ann, Micros(10))).await.unwrap();
    assert_eq!(the_agent(&store, ann).await.set_by, None);
}

async fn those_who_left_for_good_are_found_while_they_hold_something(store: Store) {
    let ann = fixture::agent(&store, 1, "ann", Role::Agent).await;
    let left = async || agent::left(&store).await.unwrap();
    let mut held = conversation(1_000, &fixture::customer(&store, 70).await, domain::conversation::State::Active);
    held.agent = Some(ann);
    write(&store, &begun(held)).await;
    assert_eq!(left().await, []);
    commit(&store, |batch| user::set_active(batch, ann, false)).await.unwrap();
    assert_eq!(left().await, [Left { user: ann, name: "ann".into(), active: false }]);
    commit(&store, |batch| user::set_active(batch, ann, true)).await.unwrap();

    let edit = UserEdit { email: "ann@example.org", name: "ann", role: Role::Supervisor, agent: false };
    commit(&store, |batch| {
        user::update(batch, ann, &edit, None);
        agent::leave(batch, ann, None, Micros(9));
    })
    .await
    .unwrap();
    assert_eq!(left().await, [Left { user: ann, name: "ann".into(), active: true }]);
    commit(&store, |batch| agent::give_up(batch, ann, Micros(10))).await.unwrap();
    assert_eq!(left().await, [], "what a supervisor takes later stays with them");
}

async fn what_an_agent_closed_is_counted_from_accept(store: Store) {
    let ann = fixture::agent(&store, 1, "ann", Role::Agent).await;
    let customer = fixture::customer(&store, 70).await;
    assert!(!agent::first_steps(&store).await.unwrap().has_answered);
    for (id, accepted, closed) in [(1_000, 1_300, 1_500), (2_000, 2_600, 2_700)] {
        let mut closed_one = conversation(id, &customer, domain::conversation::State::Closed);
        closed_one.last_agent = Some(ann);
        closed_one.closed_at = Some(Micros(closed));
        closed_one.data.accepted_at = Some(Micros(accepted));
        write(&store, &begun(closed_one)).await;
    }
    let (agent, handled) = agent::with_handled(&store, ann, Micros(1_600)).await.unwrap();
    assert_eq!((agent.unwrap().user, handled.count, handled.duration), (ann, 1, 100));
    let (_, handled) = agent::with_handled(&store, ann, Micros(0)).await.unwrap();
    assert_eq!((handled.count, handled.duration), (2, 300));
    assert!(agent::first_steps(&store).await.unwrap().has_answered);
}
