//! Conversations of days gone by, as the demo has them: they are in History and in the reports, and nothing of them is sent.

use domain::channel::{Account, Address};
use domain::id::{ContactId, IdentityId, QueueId, UserId};
use domain::role::Role;
use domain::time::{DAY, Micros, SECOND};
use engine::past_days::{self, Step, Visit};
use serde_json::json;
use store::table::contact::Identity;
use store::testing;

use crate::app::{LAVKA, TestApp};
use crate::fixture::user_id;
use crate::routes::on_both_engines;

on_both_engines! {
    past_visits_are_in_the_reports_and_send_nothing
}

/// The customers of the test write at the same moment.
fn visit(it: &TestApp, gateway: &str, queue: QueueId, begun: Micros, steps: Vec<(i64, Step)>) -> Visit {
    let id = it.app().ids.next();
    let customer = Identity {
        id: IdentityId(id),
        gateway: gateway.parse().unwrap(),
        address: Address::new(Account::page(LAVKA), format!("past-{id}")),
        contact: ContactId(it.app().ids.next()),
        last_user_at: None,
        profile_tries: 0,
        profile_next_at: None,
        name: Some("Ann".into()),
        picture: None,
        created_at: begun,
        phone: None,
        marketing_stopped_at: None,
        channel_name: Some("Ann".into()),
        known_as: None,
    };
    let steps = steps.into_iter().map(|(second, step)| (begun.plus(second * SECOND), step)).collect();
    Visit { customer, is_first: true, queue, steps }
}

async fn past_visits_are_in_the_reports_and_send_nothing(it: &TestApp) {
    let gateway = it.connected().await;
    let ben = it.user("Ben", Role::Agent).await;
    let agent = UserId(user_id(it, &ben).await.parse().unwrap());
    let list = it.get(&it.admin, "/queues").await;
    let queue = QueueId(list["items"][0]["id"].as_str().unwrap().parse().unwrap());
    let before = it.get(&ben, "/me").await["status"].clone();
    let begun = it.clock.now().plus(-3 * DAY);
    let writes = |text: &str| Step::Writes(text.into());
    let answered = || {
        let says = Step::Says(agent, "It left this morning.".into());
        vec![(0, writes("Where is it?")), (30, Step::Takes(agent)), (60, says), (90, writes("Thanks"))]
    };
    let mut rated = answered();
    rated.extend([(120, Step::Closes(agent)), (150, Step::Rates(5))]);
    let mut closed = answered();
    closed.push((240, Step::Closes(agent)));
    let given_up = vec![(0, writes("Hello?")), (600, Step::Closes(agent))];
    let visits = [rated, closed, given_up].map(|steps| visit(it, &gateway, queue, begun, steps));
    past_days::write(it.app(), visits.into()).await.unwrap();

    let total = async |name: &str| it.get(&it.admin, &format!("/reports/{name}")).await["total"].clone();
    it.until("the reports", async || (total("volume").await["closed"] == 3).then_some(())).await;
    let volume = total("volume").await;
    assert_eq!((&volume["started"], &volume["answered"], &volume["abandoned"]), (&json!(3), &json!(2), &json!(1)));
    assert_eq!(total("csat").await["answered"], 1, "{}", total("csat").await);
    let outbox = testing::number(&it.store, "SELECT count(*) FROM outbox", vec![]).await.unwrap();
    assert_eq!(outbox, 0);
    assert_eq!(it.get(&ben, "/me").await["status"], before);
    let history = it.get(&it.admin, "/conversations?state=closed").await;
    assert_eq!(history["items"].as_array().unwrap().len(), 3);
}
