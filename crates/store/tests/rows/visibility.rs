//! Who sees what: the SQL of `store::table::visibility` matches `domain::visibility` for every state, role, kind of
//! queue and relation to the conversation.

use std::collections::BTreeSet;

use domain::conversation::{Conversation, Invitation, Offer, Participant, State, Transfer};
use domain::id::{ContactId, QueueId, UserId};
use domain::role::Role;
use domain::time::Micros;
use domain::visibility::{Viewer, Visibility};
use store::table::contact::Identity;
use store::table::conversation::{self, Filter, Place};
use store::table::{contact, identity, record};
use store::testing;
use store::{Batch, Store};

use crate::engines::on_both_engines;
use crate::fixture::{PAGE, begun, conversation, newcomer};

on_both_engines! {
    sql_and_domain_agree_on_who_sees_what
    a_list_goes_on_behind_what_its_viewer_sees_and_nothing_else
}

const ME: UserId = UserId(1);
const OTHER: UserId = UserId(2);
const ROLES: [Role; 4] = [Role::Administrator, Role::Supervisor, Role::Agent, Role::Guest];
const SERVED: QueueId = QueueId(500);
const NOT_SERVED: QueueId = QueueId(501);
// An id with the same ending as a served one, and one with the same beginning.
const ISOLATED_SERVED: QueueId = QueueId(1_500);
const ISOLATED_NOT_SERVED: QueueId = QueueId(5_001);

/// Each kind of queue, and whether it is isolated.
const QUEUES: [(Option<QueueId>, bool); 5] = [
    (None, false),
    (Some(SERVED), false),
    (Some(NOT_SERVED), false),
    (Some(ISOLATED_SERVED), true),
    (Some(ISOLATED_NOT_SERVED), true),
];

fn viewer(role: Role) -> Viewer {
    // A guest serves isolated queues only.
    let queues = if role == Role::Guest { vec![ISOLATED_SERVED] } else { vec![SERVED, ISOLATED_SERVED] };
    Viewer { user: ME, role, queues }
}

/// Adds a conversation with a customer of its own, whose contact it may share with another one.
fn add(
    batch: &mut Batch,
    number: i64,
    contact: ContactId,
    state: State,
    set: impl FnOnce(&mut Conversation),
) -> Conversation {
    let customer = newcomer(number);
    identity::insert(batch, &customer);
    if contact != customer.contact {
        let sql = "UPDATE identity SET contact_id = $1 WHERE contact_id = $2";
        testing::push(batch, sql, testing::params![contact, customer.contact]);
    }
    let mut it = conversation(number, &Identity { contact, ..customer }, state);
    set(&mut it);
    record::decision(batch, &begun(it.clone()), Micros(1));
    it
}

fn transfer_of_mine() -> Box<Transfer> {
    let (by_name, to_name) = ("Ann".into(), "Ben".into());
    Box::new(Transfer { by: ME, by_name, to_name, note: None, accepted_at: None, moved_from: None })
}

fn invitation(agent: UserId) -> Invitation {
    let (name, by_name) = ("Eva".into(), "Ben".into());
    Invitation { agent, name, by: OTHER, by_name, note: None, until: Micros(9), seconds: 30, shown: true }
}

/// One conversation for every state, kind of queue, holder, last agent, offer, and hold of its contact.
async fn every_conversation(store: &Store) -> Vec<Conversation> {
    let someone = [None, Some(ME), Some(OTHER)];
    let held = ContactId(9_000);
    let mut batch = Batch::new();
    // A contact whom the viewer talks with now, in an ordinary conversation.
    let mut all = vec![add(&mut batch, held.0, held, State::Active, |it| it.agent = Some(ME))];
    for state in State::ALL {
        for (queue, isolated) in QUEUES {
            for (agent, last_agent, offered) in someone
                .into_iter()
                .flat_map(|agent| someone.map(|last| (agent, last)))
                .flat_map(|(agent, last)| someone.map(|offered| (agent, last, offered)))
            {
                for is_held in [false, true] {
                    let number = 10_000 + i64::try_from(all.len()).unwrap();
                    let contact = if is_held { held } else { ContactId(number) };
                    all.push(add(&mut batch, number, contact, state, |it| {
                        (it.queue, it.isolated) = (queue, isolated);
                        (it.agent, it.last_agent) = (agent, last_agent);
                        // An offer to another agent may be the viewer's transfer.
                        let transfer = (agent == Some(ME) && offered == Some(OTHER)).then(transfer_of_mine);
                        it.data.offer = offered.map(|agent| Offer {
                            agent,
                            until: Micros(9),
                            seconds: 30,
                            shown: true,
                            transfer,
                        });
                        // Invited users and participants.
                        if state == State::Active && offered.is_some() {
                            it.data.invitations.extend(offered.map(invitation));
                        } else if let Some(agent) = offered.filter(|_| state == State::Queued) {
                            let participant = Participant { agent, name: "Eva".into(), since: Micros(1) };
                            it.data.participants.push(participant);
                        }
                    }));
                }
            }
        }
    }
    store.commit(batch).await.unwrap();
    all
}

async fn sql_and_domain_agree_on_who_sees_what(store: Store) {
    let all = every_conversation(&store).await;
    for role in ROLES {
        let viewer = viewer(role);
        let held = conversation::held_contacts(&store, ME).await.unwrap();
        let sees = |it: &&Conversation| viewer.sees(it, held.contains(&it.contact));
        let expected: BTreeSet<_> = all.iter().filter(sees).map(|it| it.id).collect();
        assert!(!expected.is_empty(), "{role:?} sees something");
        assert_eq!(expected.len() == all.len(), role.may(domain::role::Permission::Supervise), "{role:?}");

        let every = Filter::default();
        let found = conversation::search(&store, &every, &viewer, Place::LATEST, 10_000).await.unwrap();
        let found: BTreeSet<_> = found.iter().map(|it| it.id).collect();
        let missing: Vec<_> =
            all.iter().filter(|it| expected.contains(&it.id) && !found.contains(&it.id)).collect();
        let leaked: Vec<_> =
            all.iter().filter(|it| !expected.contains(&it.id) && found.contains(&it.id)).collect();
        assert!(missing.is_empty(), "{role:?} should see {:#?}", missing.first());
        assert!(leaked.is_empty(), "{role:?} must not see {:#?}", leaked.first());

        // A contact is visible through any of its conversations.
        let contacts: BTreeSet<_> = all.iter().filter(sees).map(|it| it.contact).collect();
        let listed = contact::search(&store, "", i64::MAX, 10_000, &viewer).await.unwrap();
        let wrote: BTreeSet<_> = all.iter().map(|it| it.contact).collect();
        let (listed, never_wrote): (Vec<_>, Vec<_>) = listed.iter().partition(|it| wrote.contains(&it.id));
        assert_eq!(listed.iter().map(|it| it.id).collect::<BTreeSet<_>>(), contacts, "{role:?}");
        assert_eq!(!never_wrote.is_empty(), viewer.visibility() == Visibility::All, "{role:?}");
        for it in all.iter().step_by(7) {
            let visible = contact::is_visible(&store, it.contact, &viewer).await.unwrap();
            assert_eq!(visible, contacts.contains(&it.contact), "{role:?} {it:?}");
        }
        assert!(conversation::is_any_of_page_visible(&store, PAGE, &viewer).await.unwrap(), "{role:?}");
        assert!(!conversation::is_any_of_page_visible(&store, "201", &viewer).await.unwrap(), "{role:?}");
    }
    let nobody = Viewer { user: UserId(77), role: Role::Guest, queues: vec![] };
    assert!(!conversation::is_any_of_page_visible(&store, PAGE, &nobody).await.unwrap());
}

/// Page by page, by words and by contact, a viewer gets each conversation that they may see exactly once, and no
/// other.
async fn a_list_goes_on_behind_what_its_viewer_sees_and_nothing_else(store: Store) {
    let all = every_conversation(&store).await;
    for role in ROLES {
        let viewer = viewer(role);
        let held = conversation::held_contacts(&store, ME).await.unwrap();
        let of_state = |state: State| -> Vec<_> {
            let seen = all.iter().filter(|it| it.state == state);
            seen.filter(|it| viewer.sees(it, held.contains(&it.contact))).map(|it| it.id).rev().collect()
        };
        for state in State::ALL {
            let states = [state];
            let filter = Filter { states: Some(&states), ..Filter::default() };
            let (mut met, mut place) = (Vec::new(), Place::LATEST);
            loop {
                let page = conversation::search(&store, &filter, &viewer, place, 40).await.unwrap();
                let Some(last) = page.last() else { break };
                place = place.of(last);
                met.extend(page.iter().map(|it| it.id));
            }
            assert_eq!(met, of_state(state), "{role:?} {state:?}");
            let total = conversation::count_unclosed(&store, &filter, &viewer).await.unwrap();
            let expected = if state == State::Closed { 0 } else { met.len() };
            assert_eq!(usize::try_from(total).unwrap(), expected, "{role:?} {state:?}");
        }
        let (mut met, mut place) = (Vec::new(), Place::NEXT_IN_LINE);
        loop {
            let page = conversation::search(&store, &Filter::default(), &viewer, place, 40).await.unwrap();
            let Some(last) = page.last() else { break };
            place = place.of(last);
            met.extend(page.iter().map(|it| it.id));
        }
        met.sort_unstable();
        let mut waiting = [of_state(State::Queued), of_state(State::Offered)].concat();
        waiting.sort_unstable();
        assert_eq!(met, waiting, "{role:?}");
    }
}
