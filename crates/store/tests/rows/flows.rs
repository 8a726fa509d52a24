//! Flows and their versions, outgoing webhooks, and what Meta stores of files and people.

use domain::entry_point::EntryPoint;
use domain::hook_error::HookError;
use domain::id::{EntryPointId, FlowId, MediumId, UserId};
use domain::time::Micros;
use store::Store;
use store::table::event::Place;
use store::table::persona::{self, Persona, Portrait};
use store::table::reusable_file;
use store::table::webhook::{self, FailedTry, WebhookEdit};
use store::table::{entry_point, flow};

use crate::engines::on_both_engines;
use crate::fixture::{GATEWAY, PAGE, commit, conflict, duplicate};

on_both_engines! {
    a_flow_is_drafted_and_published
    a_webhook_goes_on_from_its_place
    what_meta_stores_is_remembered_and_forgotten
}

fn version(number: i64, by: &str, at: i64) -> flow::Version {
    flow::Version { number, published_at: Micros(at), by: by.into(), note: "Why".into() }
}

async fn a_flow_is_drafted_and_published(store: Store) {
    let id = FlowId(1);
    commit(&store, |batch| flow::insert(batch, id, "Welcome", "{}")).await.unwrap();
    duplicate(&store, |batch| flow::insert(batch, FlowId(2), "Welcome", "{}")).await;
    commit(&store, |batch| flow::update(batch, id, "Hello", "{\"a\":1}", Some(1))).await.unwrap();
    conflict(&store, |batch| flow::update(batch, id, "Hello", "{}", Some(1))).await;
    let draft = flow::by_id(&store, id).await.unwrap().unwrap();
    assert_eq!((draft.name.as_str(), draft.published, draft.version), ("Hello", None, 2));
    assert_eq!(flow::newest_version(&store, id).await.unwrap(), 0);
    commit(&store, |batch| {
        flow::must_be_unchanged(batch, &draft);
        flow::publish(batch, id, &version(1, "Ann", 5), &draft.draft);
    })
    .await
    .unwrap();
    conflict(&store, |batch| flow::must_be_unchanged(batch, &draft)).await;
    duplicate(&store, |batch| flow::publish(batch, id, &version(1, "Bob", 6), "{}")).await;
    commit(&store, |batch| flow::publish(batch, id, &version(2, "Bob", 6), "{\"b\":2}")).await.unwrap();

    let (versions, body) = flow::versions(&store, id, 1).await.unwrap();
    assert_eq!(
        versions.iter().map(|it| (it.number, it.by.as_str())).collect::<Vec<_>>(),
        [(2, "Bob"), (1, "Ann")]
    );
    assert_eq!(body.as_deref(), Some("{\"a\":1}"));
    assert_eq!(flow::body(&store, id, 9).await.unwrap(), None);
    let published = flow::published(&store).await.unwrap();
    assert_eq!((published[0].number, published[0].body.as_str()), (2, "{\"b\":2}"));
    let spring = EntryPoint {
        id: EntryPointId(3),
        gateway: GATEWAY,
        account: None,
        name: "Spring".into(),
        code: Some("spring".into()),
        code_word: None,
        flow: id,
        queue: None,
        ends_at: Some(Micros(9)),
    };
    commit(&store, |batch| entry_point::insert(batch, &spring)).await.unwrap();
    let same = EntryPoint { id: EntryPointId(4), ..spring.clone() };
    duplicate(&store, |batch| entry_point::insert(batch, &same)).await;
    assert_eq!(entry_point::list(&store).await.unwrap(), [spring]);
    conflict(&store, |batch| flow::delete(batch, id)).await;
    commit(&store, |batch| entry_point::delete(batch, EntryPointId(3))).await.unwrap();
    assert!(flow::gateways(&store, id).await.unwrap().is_empty());
    commit(&store, |batch| flow::delete(batch, id)).await.unwrap();
    conflict(&store, |batch| flow::delete(batch, id)).await;
    assert_eq!(flow::body(&store, id, 2).await.unwrap().as_deref(), Some("{\"b\":2}"), "runs go on in it");
    assert!(flow::list(&store).await.unwrap().is_empty());
}

async fn a_webhook_goes_on_from_its_place(store: Store) {
    let place = |seq| Place { xact: 0, seq };
    let events = ["message.new".to_owned()];
    let edit = WebhookEdit { url: "https://example.org", events: &events, enabled: true };
    commit(&store, |batch| webhook::insert(batch, 1, &edit, "sealed", place(5), Micros(1))).await.unwrap();
    let hook = webhook::by_id(&store, 1).await.unwrap().unwrap();
    assert_eq!((hook.place, hook.events.as_slice()), (place(5), events.as_slice()));
    commit(&store, |batch| webhook::set_passed(batch, &hook, place(7))).await.unwrap();
    conflict(&store, |batch| webhook::set_delivered(batch, &hook, place(8), 200, Micros(2))).await;

    let hook = webhook::by_id(&store, 1).await.unwrap().unwrap();
    let refused = HookError::Refused { status: 500 };
    let failed = FailedTry { at: Micros(3), next_at: Micros(9), status: Some(500), error: &refused };
    commit(&store, |batch| webhook::set_failed(batch, 1, &failed)).await.unwrap();
    let it = webhook::by_id(&store, 1).await.unwrap().unwrap();
    assert_eq!((it.tries, it.failing_since, it.last_status), (1, Some(Micros(3)), Some(500)));
    assert_eq!((&it.last_error, &it.stopped), (&Some(refused.clone()), &None));
    commit(&store, |batch| webhook::set_delivered(batch, &hook, place(8), 204, Micros(4))).await.unwrap();
    let it = webhook::by_id(&store, 1).await.unwrap().unwrap();
    assert_eq!((it.place, it.tries, it.delivered, it.failing_since), (place(8), 0, 1, None));

    commit(&store, |batch| webhook::stop(batch, 1, &refused)).await.unwrap();
    assert_eq!(webhook::by_id(&store, 1).await.unwrap().unwrap().stopped, Some(refused));
    conflict(&store, |batch| webhook::update(batch, 1, &edit, Some(1))).await;
    commit(&store, |batch| {
        webhook::update(batch, 1, &edit, Some(2));
        webhook::set_place(batch, 1, place(20));
        webhook::set_secret(batch, 1, "other");
    })
    .await
    .unwrap();
    let it = webhook::list(&store).await.unwrap().remove(0);
    assert_eq!((it.enabled, it.stopped, it.place, &*it.secret), (true, None, place(20), "other"));
    commit(&store, |batch| webhook::delete(batch, 1)).await.unwrap();
    assert_eq!(webhook::by_id(&store, 1).await.unwrap(), None);
}

async fn what_meta_stores_is_remembered_and_forgotten(store: Store) {
    let file = async |now: i64| reusable_file::of(&store, GATEWAY, PAGE, "digest", Micros(now)).await.unwrap();
    commit(&store, |batch| reusable_file::store(batch, GATEWAY, PAGE, "digest", "att", Micros(1), Micros(10)))
        .await
        .unwrap();
    assert_eq!((file(9).await.as_deref(), file(10).await), (Some("att"), None));
    commit(&store, |batch| reusable_file::forget(batch, GATEWAY, PAGE, "att")).await.unwrap();
    assert_eq!(file(9).await, None);

    let ann = UserId(1);
    let it = Persona { id: Some("persona".into()), look: "Ann".into(), tried_at: Micros(1) };
    commit(&store, |batch| persona::set(batch, GATEWAY, PAGE, ann, &it)).await.unwrap();
    assert_eq!(persona::of(&store, GATEWAY, PAGE, ann).await.unwrap(), Some(it));
    commit(&store, |batch| persona::forget(batch, GATEWAY, PAGE, "persona")).await.unwrap();
    assert_eq!(persona::of(&store, GATEWAY, PAGE, ann).await.unwrap(), None);

    for key in ["first", "second"] {
        let portrait = Portrait { key: key.into(), medium: MediumId(5), mime: "image/png".into() };
        commit(&store, |batch| persona::set_portrait(batch, ann, &portrait)).await.unwrap();
        assert_eq!(persona::portrait_of(&store, ann).await.unwrap(), Some(portrait));
    }
    assert_eq!(persona::portrait_by_key(&store, "first").await.unwrap(), None);
    commit(&store, |batch| persona::delete_portrait(batch, ann)).await.unwrap();
    assert_eq!(persona::portrait_by_key(&store, "second").await.unwrap(), None);
}
