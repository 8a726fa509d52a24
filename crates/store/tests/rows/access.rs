//! Access: users, sessions, tokens and the set-up link.

use domain::id::UserId;
use domain::role::Role;
use domain::time::Micros;
use store::Store;
use store::table::user::{self, NewUser, UserEdit};
use store::table::{session, setup_link, token};

use crate::engines::on_both_engines;
use crate::fixture::{agent, commit, conflict, duplicate};

on_both_engines! {
    users_are_found_by_address_and_changed_on_the_version_that_was_seen
    an_administrator_who_can_sign_in_is_always_left
    sessions_are_opened_used_and_ended
    tokens_are_made_used_and_ended
    only_the_newest_set_up_link_works_and_only_once
}

fn new(id: i64, email: &str, role: Role) -> NewUser<'_> {
    NewUser { id: UserId(id), email, name: "Ann", role, password: "hash", agent: false }
}

async fn users_are_found_by_address_and_changed_on_the_version_that_was_seen(store: Store) {
    commit(&store, |batch| user::insert(batch, &new(1, "Ann@Example.org", Role::Agent), Micros(5))).await.unwrap();
    duplicate(&store, |batch| user::insert(batch, &new(2, "ann@example.ORG", Role::Agent), Micros(5))).await;
    let ann = user::by_email(&store, " ANN@example.org ").await.unwrap().unwrap();
    assert_eq!(
        (ann.id, ann.email.as_str(), ann.role, ann.version),
        (UserId(1), "Ann@Example.org", Role::Agent, 1)
    );

    let edit = UserEdit { email: "ann@example.com", name: "Anna", role: Role::Supervisor, agent: true };
    commit(&store, |batch| user::update(batch, ann.id, &edit, Some(1))).await.unwrap();
    conflict(&store, |batch| user::update(batch, ann.id, &edit, Some(1))).await;
    commit(&store, |batch| user::set_password(batch, ann.id, "other")).await.unwrap();
    let after = user::by_id(&store, ann.id).await.unwrap().unwrap();
    assert_eq!((after.name.as_str(), after.role, after.agent, after.version), ("Anna", Role::Supervisor, true, 3));
    assert_eq!((&*after.password, user::count(&store).await.unwrap()), ("other", 1));
    assert_eq!(user::list(&store).await.unwrap(), [after]);
}

async fn an_administrator_who_can_sign_in_is_always_left(store: Store) {
    commit(&store, |batch| store::table::setting::claim(batch, "seeded", "1")).await.unwrap();
    commit(&store, |batch| {
        user::serialize_changes(batch);
        user::must_be_empty(batch);
        user::insert(batch, &new(1, "a@example.org", Role::Administrator), Micros(5));
    })
    .await
    .unwrap();
    conflict(&store, user::must_be_empty).await;
    assert_eq!(user::count_administrators(&store).await.unwrap(), 1);
    conflict(&store, |batch| {
        user::set_active(batch, UserId(1), false);
        user::must_keep_administrator(batch);
    })
    .await;
    commit(&store, |batch| user::insert(batch, &new(2, "b@example.org", Role::Administrator), Micros(5)))
        .await
        .unwrap();
    commit(&store, |batch| {
        user::set_active(batch, UserId(1), false);
        user::must_keep_administrator(batch);
    })
    .await
    .unwrap();
    assert!(!user::by_id(&store, UserId(1)).await.unwrap().unwrap().active);
}

async fn sessions_are_opened_used_and_ended(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Agent).await;
    commit(&store, |batch| {
        for (id, hash) in [(1, "one"), (2, "two"), (3, "three")] {
            session::insert(batch, id, hash, ann, "198.51.100.7", Micros(10));
        }
        session::touch(batch, "one", Micros(20));
    })
    .await
    .unwrap();
    let one = session::by_hash(&store, "one").await.unwrap().unwrap();
    assert_eq!((one.user.id, one.created_at, one.seen_at), (ann, Micros(10), Micros(20)));
    let alive = async || {
        let mut alive = Vec::new();
        for hash in ["one", "two", "three"] {
            if session::by_hash(&store, hash).await.unwrap().is_some() {
                alive.push(hash);
            }
        }
        alive
    };
    let listed = session::of_user(&store, ann, Micros(11), Micros(0)).await.unwrap();
    assert_eq!(listed.iter().map(|it| it.id).collect::<Vec<_>>(), [1], "the others were not used since");
    let other = agent(&store, 2, "ben", Role::Agent).await;
    assert!(commit(&store, |batch| session::delete_one(batch, 2, other)).await.is_err());
    commit(&store, |batch| session::delete_one(batch, 2, ann)).await.unwrap();
    assert_eq!(alive().await, ["one", "three"]);
    commit(&store, |batch| session::forget(batch, Micros(11), Micros(0))).await.unwrap();
    assert_eq!(alive().await, ["one"], "the other was not used since");
    commit(&store, |batch| session::delete_others(batch, ann, Some("one"))).await.unwrap();
    assert_eq!(alive().await, ["one"]);
    commit(&store, |batch| session::delete_others(batch, ann, None)).await.unwrap();
    assert!(alive().await.is_empty());
}

async fn tokens_are_made_used_and_ended(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Agent).await;
    commit(&store, |batch| {
        token::insert(batch, 10, ann, "first", "h1", None, Micros(10));
        token::insert(batch, 11, ann, "second", "h2", None, Micros(11));
    })
    .await
    .unwrap();
    assert_eq!(token::by_hash(&store, "h1").await.unwrap().unwrap().used_at, None);
    commit(&store, |batch| token::touch(batch, 10, Micros(50))).await.unwrap();
    let bearer = token::by_hash(&store, "h1").await.unwrap().unwrap();
    assert_eq!((bearer.user.id, bearer.token, bearer.used_at), (ann, 10, Some(Micros(50))));
    let names: Vec<_> = token::of_user(&store, ann).await.unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["second", "first"]);
    conflict(&store, |batch| token::delete(batch, 10, UserId(99))).await;
    commit(&store, |batch| token::delete(batch, 10, ann)).await.unwrap();
    assert_eq!(token::user(&store, 10).await.unwrap(), None);
    assert_eq!(token::user(&store, 11).await.unwrap().map(|user| user.id), Some(ann));
    commit(&store, |batch| token::insert(batch, 12, ann, "third", "h3", None, Micros(12))).await.unwrap();
    commit(&store, |batch| token::delete_others(batch, ann, Some(12))).await.unwrap();
    assert_eq!(token::of_user(&store, ann).await.unwrap().len(), 1);
    commit(&store, |batch| token::delete_others(batch, ann, None)).await.unwrap();
    assert!(token::of_user(&store, ann).await.unwrap().is_empty());
    commit(&store, |batch| token::insert(batch, 13, ann, "fourth", "h4", None, Micros(13))).await.unwrap();
    commit(&store, |batch| token::delete_all(batch, ann)).await.unwrap();
    assert!(token::of_user(&store, ann).await.unwrap().is_empty());
}

async fn only_the_newest_set_up_link_works_and_only_once(store: Store) {
    commit(&store, |batch| setup_link::replace(batch, "old", Micros(100))).await.unwrap();
    commit(&store, |batch| setup_link::replace(batch, "new", Micros(100))).await.unwrap();
    assert!(!setup_link::is_good(&store, "old", Micros(1)).await.unwrap());
    assert!(setup_link::is_good(&store, "new", Micros(1)).await.unwrap());
    assert!(!setup_link::is_good(&store, "new", Micros(100)).await.unwrap(), "expired");
    commit(&store, |batch| setup_link::take(batch, "new", Micros(1))).await.unwrap();
    conflict(&store, |batch| setup_link::take(batch, "new", Micros(1))).await;
}
