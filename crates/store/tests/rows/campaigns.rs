//! Campaigns: each recipient is added once and sent or skipped once; concurrent pauses.

use domain::campaign::{Pause, Skip, State};
use domain::conversation::State as ConversationState;
use domain::failure::Failure;
use domain::id::{CampaignId, ContactId, MessageId, UserId};
use domain::message_template::Variables;
use domain::time::Micros;
use store::Store;
use store::table::campaign::{self, Campaign};
use store::table::campaign_recipient::{self, NewRecipient, Outcome};
use store::table::delivery_status;

use crate::engines::on_both_engines;
use crate::fixture::{
    GATEWAY, account, begun, commit, conflict, conversation, customer, duplicate, failure, outgoing, write,
};

on_both_engines! {
    a_recipient_gets_one_message_or_a_reason
    what_became_of_messages_is_counted_and_listed
    a_campaign_sends_only_while_it_runs
    the_same_key_begins_one_campaign
    an_erased_person_leaves_every_list
}

const ID: CampaignId = CampaignId(500);

fn new(id: CampaignId) -> Campaign {
    Campaign {
        id,
        name: "Autumn".into(),
        gateway: GATEWAY,
        account: account(),
        template: "sale".into(),
        language: "en_US".into(),
        variables: Variables::from([("1".to_owned(), "you".to_owned())]),
        recipients: 3,
        per_minute: 60,
        state: State::Running,
        pause: None,
        consent_by: UserId(7),
        consent_name: "Ann".into(),
        consent_at: Micros(100),
        client_id: Some("key".into()),
        resumed_at: Micros(100),
        next_at: Micros(100),
        ended_at: None,
    }
}

fn to(recipient: &str, skip: Option<Skip>) -> NewRecipient {
    let contact = skip.map(|_| ContactId(9));
    NewRecipient { recipient: recipient.into(), contact, variables: Variables::new(), skip }
}

/// A campaign with these recipients.
async fn begin(store: &Store, recipients: &[NewRecipient]) {
    commit(store, |batch| {
        campaign::insert(batch, &new(ID));
        campaign_recipient::insert(batch, ID, recipients);
    })
    .await
    .unwrap();
}

/// A message to a customer of the same number, and the recipient who gets it.
async fn sent(store: &Store, n: i64, number: i64) -> MessageId {
    let it = conversation(number, &customer(store, number).await, ConversationState::Closed);
    let mut decision = begun(it.clone());
    let message = outgoing(number * 10, &it);
    let id = message.id;
    decision.messages.push(message);
    write(store, &decision).await;
    commit(store, |batch| campaign_recipient::sent(batch, ID, n, id)).await.unwrap();
    id
}

async fn a_recipient_gets_one_message_or_a_reason(store: Store) {
    let twice = [to("4915100", None), to("4915100", None)];
    duplicate(&store, |batch| campaign_recipient::insert(batch, CampaignId(1), &twice)).await;
    begin(&store, &[to("4915100", None), to("4915100", Some(Skip::Duplicate)), to("DE.1", None)]).await;
    let next = campaign_recipient::next(&store, ID).await.unwrap().unwrap();
    assert_eq!((next.n, &*next.recipient), (1, "4915100"));
    sent(&store, 1, 70).await;
    conflict(&store, |batch| campaign_recipient::sent(batch, ID, 1, MessageId(9))).await;
    conflict(&store, |batch| campaign_recipient::skipped(batch, ID, 1, Skip::OptedOut)).await;
    assert_eq!(campaign_recipient::next(&store, ID).await.unwrap().unwrap().n, 3);
    let other = customer(&store, 71).await.id;
    assert!(campaign_recipient::was_written(&store, ID, domain::id::IdentityId(70)).await.unwrap());
    assert!(!campaign_recipient::was_written(&store, ID, other).await.unwrap());
    assert!(!campaign_recipient::was_written(&store, CampaignId(1), domain::id::IdentityId(70)).await.unwrap());
    commit(&store, |batch| campaign_recipient::skipped(batch, ID, 3, Skip::OptedOut)).await.unwrap();
    assert_eq!(campaign_recipient::next(&store, ID).await.unwrap(), None);
}

async fn what_became_of_messages_is_counted_and_listed(store: Store) {
    let mut all: Vec<_> = (1..=4).map(|n| to(&format!("491510{n}"), None)).collect();
    all.push(to("", Some(Skip::NoNumber)));
    begin(&store, &all).await;
    let (failed, gone) = (sent(&store, 1, 71).await, sent(&store, 2, 72).await);
    sent(&store, 3, 73).await;
    commit(&store, |batch| {
        delivery_status::set_failed(batch, failed, &failure("AbC"));
        delivery_status::cancel(batch, gone);
    })
    .await
    .unwrap();
    let report = campaign_recipient::report(&store, ID).await.unwrap();
    let counts: Vec<_> = report.iter().map(|it| (it.outcome, it.skip, it.failure.is_some(), it.count)).collect();
    assert_eq!(counts.len(), 4, "{counts:?}");
    for expected in [
        (Outcome::Failed, None, true, 1),
        (Outcome::Skipped, Some(Skip::NoNumber), false, 1),
        (Outcome::Skipped, Some(Skip::Withdrawn), false, 1),
        (Outcome::Waiting, None, false, 2),
    ] {
        assert!(counts.contains(&expected), "{expected:?}: {counts:?}");
    }
    let list = async |behind, wanted| {
        let found = campaign_recipient::list(&store, ID, behind, wanted, 10).await.unwrap();
        found.into_iter().map(|it| it.n).collect::<Vec<_>>()
    };
    assert_eq!(list(0, None).await, [1, 2, 3, 4, 5]);
    assert_eq!(list(2, None).await, [3, 4, 5]);
    assert_eq!(list(0, Some(Outcome::Waiting)).await, [3, 4]);
    assert_eq!(list(0, Some(Outcome::Skipped)).await, [2, 5]);
    let failures = async |since| campaign_recipient::failures(&store, ID, Micros(since)).await.unwrap();
    assert_eq!(failures(0).await, [failure("AbC")]);
    assert_eq!(failures(i64::MAX).await, Vec::<Failure>::new(), "of messages since then");
}

async fn a_campaign_sends_only_while_it_runs(store: Store) {
    begin(&store, &[to("4915100", None)]).await;
    let read = async || campaign::one(&store, ID).await.unwrap().unwrap();
    assert_eq!(read().await, new(ID));
    assert_eq!(campaign::due(&store, Micros(99), 9).await.unwrap(), []);
    assert_eq!(campaign::due(&store, Micros(100), 9).await.unwrap(), [new(ID)]);
    assert_eq!(campaign::next(&store).await.unwrap(), Some(Micros(100)));
    commit(&store, |batch| campaign::advance(batch, &new(ID), Micros(200))).await.unwrap();
    conflict(&store, |batch| campaign::advance(batch, &new(ID), Micros(300))).await;
    let running = read().await;
    let why = Pause::TemplateStatus { status: "PAUSED".into() };
    commit(&store, |batch| campaign::pause(batch, ID, &why)).await.unwrap();
    conflict(&store, |batch| campaign::pause(batch, ID, &why)).await;
    conflict(&store, |batch| campaign::advance(batch, &running, Micros(300))).await;
    let paused = read().await;
    assert_eq!((paused.state, paused.pause), (State::Paused, Some(why)));
    assert_eq!(campaign::next(&store).await.unwrap(), None);
    assert_eq!(campaign::list(&store, i64::MAX, 9).await.unwrap()[0].1, 1, "one still waits");
    commit(&store, |batch| campaign::resume(batch, ID, Micros(400))).await.unwrap();
    conflict(&store, |batch| campaign::resume(batch, ID, Micros(500))).await;
    let again = read().await;
    assert_eq!((again.state, again.pause, again.resumed_at), (State::Running, None, Micros(400)));
    commit(&store, |batch| {
        campaign::end(batch, ID, State::Cancelled, Micros(600));
        campaign_recipient::skip_waiting(batch, ID, Skip::Cancelled);
    })
    .await
    .unwrap();
    conflict(&store, |batch| campaign::end(batch, ID, State::Done, Micros(700))).await;
    assert_eq!(campaign_recipient::next(&store, ID).await.unwrap(), None);
    assert_eq!(campaign::list(&store, i64::MAX, 9).await.unwrap()[0].1, 0);
}

async fn the_same_key_begins_one_campaign(store: Store) {
    begin(&store, &[]).await;
    duplicate(&store, |batch| campaign::insert(batch, &new(CampaignId(501)))).await;
    let found = campaign::by_client_id(&store, UserId(7), "key").await.unwrap().unwrap();
    assert_eq!(found.id, ID);
    assert_eq!(campaign::by_client_id(&store, UserId(8), "key").await.unwrap(), None);
}

async fn an_erased_person_leaves_every_list(store: Store) {
    begin(&store, &[to("4915100", None), to("psid-72", None), to("4915102", None)]).await;
    sent(&store, 1, 71).await;
    customer(&store, 72).await;
    for number in [71, 72] {
        let person = store::table::contact::find(&store, ContactId(number)).await.unwrap().unwrap();
        let requested = store::table::erasure::Requested { by: None, code: None };
        commit(&store, |batch| {
            store::table::erasure::begin(batch, 900 + number, &person, &[], requested, Micros(1));
        })
        .await
        .unwrap();
    }
    let all = campaign_recipient::list(&store, ID, 0, None, 9).await.unwrap();
    let shown: Vec<_> = all.iter().map(|it| (&*it.recipient, it.skip)).collect();
    assert_eq!(shown, [("", None), ("", Some(Skip::Erased)), ("4915102", None)]);
}
