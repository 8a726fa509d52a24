//! Gateways, Pages, the accounts that reach them, logins, health, App Review, and searches for missed messages.

use domain::account_details::AccountDetails;
use domain::catch_up::SearchProblem;
use domain::channel::{Channel, Login};
use domain::entry_point::EntryPoint;
use domain::id::{EntryPointId, FlowId, GatewayId, QueueId, UserId};
use domain::inbound::PolicyAction;
use domain::login_outcome::LoginOutcome;
use domain::page_trouble::{PageProblem, PageTrouble};
use domain::role::Role;
use domain::secret::Secret;
use domain::time::Micros;
use domain::turn::Templates;
use store::Store;
use store::table::account::{self, NewAccount};
use store::table::account_access::{self, NewAccess};
use store::table::connection::{self, Connection, NewConnection};
use store::table::deletion_request::{self, StoredData};
use store::table::gateway::{self, GatewayEdit, SecretState};
use store::table::login_attempt::{self, NewAttempt, Outcome};
use store::table::review::{self, MetaStatus};
use store::table::review_access::{self, NewReviewAccess};
use store::table::{activity, catch_up, entry_point, flow, health, permission_use, user};

use crate::engines::on_both_engines;
use crate::fixture::{GATEWAY, PAGE, agent, commit, conflict, duplicate, failure};

on_both_engines! {
    an_account_of_any_channel_knows_its_node_its_login_and_who_has_it_too
    a_gateway_is_made_changed_and_deleted_with_its_pages
    accounts_reach_pages_until_they_are_revoked
    a_page_is_paused_and_measured
    a_login_state_works_once
    a_deletion_request_keeps_its_first_code
    health_remembers_and_alarms_once
    a_review_is_saved_on_the_version_that_was_read
    a_gateway_has_one_review_access_that_lives
    a_search_for_what_was_missed_goes_on_where_it_was
}

fn edit<'a>(name: &'a str, templates: &'a Templates) -> GatewayEdit<'a> {
    GatewayEdit {
        name,
        app_id: "app",
        app_secret: "sealed",
        secret_state: SecretState::Unchecked,
        flow: FlowId(1),
        api_version: "v25.0",
        login_config_id: None,
        enabled: true,
        templates,
        human_agent: true,
        page_rate: 40,
        bot_pause_minutes: 30,
        instagram_app_id: Some("900"),
        instagram_app_secret: "sealed too",
        whatsapp_config_id: None,
    }
}

async fn make(store: &Store) {
    let templates = Templates::default();
    commit(store, |batch| {
        gateway::insert(batch, GATEWAY, ("uri", "verify"), &edit("Shop", &templates), Micros(1));
        for (n, page) in [(1, PAGE), (2, "201")] {
            let new = NewAccount::named(n, GATEWAY, Channel::MESSENGER, page, page);
            account::upsert(batch, &new, Micros(1));
        }
    })
    .await
    .unwrap();
}

/// An account with access to the first Page.
async fn connect(store: &Store, id: i64, person: &str, user: Option<UserId>) {
    let scopes = ["pages_messaging".to_owned()];
    let tasks = ["MESSAGING".to_owned()];
    commit(store, |batch| {
        let new = NewConnection {
            id,
            gateway: GATEWAY,
            person,
            name: person,
            token: "t",
            scopes: &scopes,
            user,
            login: Login::Facebook,
            expires_at: None,
            scoped_id: None,
        };
        connection::upsert(batch, &new, Micros(id));
        account_access::upsert(
            batch,
            &NewAccess { gateway: GATEWAY, account_id: PAGE, person, token: "p", tasks: &tasks },
        );
    })
    .await
    .unwrap();
}

async fn a_gateway_is_made_changed_and_deleted_with_its_pages(store: Store) {
    make(&store).await;
    connect(&store, 10, "ann", None).await;
    let templates = Templates::default();
    duplicate(&store, |batch| {
        gateway::insert(batch, GatewayId(8), ("other", "verify"), &edit("Shop", &templates), Micros(1));
    })
    .await;
    commit(&store, |batch| {
        gateway::update(batch, GATEWAY, &edit("Store", &templates), Some(1));
        gateway::set_personas(batch, GATEWAY, true);
        gateway::set_secret_state(batch, GATEWAY, SecretState::Ok);
        gateway::set_verified(batch, GATEWAY, Micros(5));
        gateway::set_logged_in(batch, GATEWAY, Micros(6));
        activity::note_sent(batch, GATEWAY, Micros(7));
        activity::note_event(batch, GATEWAY, PAGE, Micros(8));
        activity::note_event(batch, GATEWAY, PAGE, Micros(9));
        gateway::count_bad_signatures(batch, GATEWAY, 3);
        permission_use::note(batch, GATEWAY, "pages_messaging", "/me/messages", Micros(9));
    })
    .await
    .unwrap();
    conflict(&store, |batch| gateway::update(batch, GATEWAY, &edit("Shop", &templates), Some(1))).await;
    let it = gateway::by_id(&store, GATEWAY).await.unwrap().unwrap();
    assert_eq!((it.name.as_str(), it.personas, it.human_agent, it.signature_failures), ("Store", true, true, 3));
    assert_eq!(it.secret_state, SecretState::Ok);
    let active = activity::all(&store).await.unwrap();
    let times = (active.last_event(GATEWAY), active.last_event_of(GATEWAY, PAGE), active.last_sent(GATEWAY));
    assert_eq!(times, (Some(Micros(8)), Some(Micros(8)), Some(Micros(7))), "once a minute");
    let other = activity::of_gateway(&store, GatewayId(GATEWAY.0 + 1)).await.unwrap();
    assert_eq!((other.last_event(GATEWAY), other.last_event_of(GATEWAY, PAGE)), (None, None));
    let (pages, uses) = account::of_gateway_with_uses(&store, GATEWAY).await.unwrap();
    assert_eq!((pages.len(), uses[0].endpoint.as_str()), (2, "/me/messages"));
    assert_eq!(account::all(&store).await.unwrap().len(), 2);

    commit(&store, |batch| gateway::disable(batch, GATEWAY)).await.unwrap();
    assert!(!gateway::list(&store).await.unwrap()[0].enabled);
    commit(&store, |batch| account::delete(batch, GATEWAY, PAGE)).await.unwrap();
    assert!(account_access::of_account(&store, GATEWAY, PAGE).await.unwrap().is_empty());
    assert_eq!(account::of_gateway(&store, GATEWAY).await.unwrap().len(), 1);
    commit(&store, |batch| gateway::delete(batch, GATEWAY, Micros(20))).await.unwrap();
    assert!(gateway::list(&store).await.unwrap().is_empty());
    assert!(account::of_gateway(&store, GATEWAY).await.unwrap().is_empty());
    assert!(connection::of_gateway(&store, GATEWAY).await.unwrap().is_empty());
}

async fn accounts_reach_pages_until_they_are_revoked(store: Store) {
    make(&store).await;
    let ann = agent(&store, 1, "ann", Role::Administrator).await;
    connect(&store, 10, "ann", Some(ann)).await;
    connect(&store, 11, "bob", None).await;
    let ways = account_access::of_account(&store, GATEWAY, PAGE).await.unwrap();
    assert_eq!(ways.iter().map(|way| way.person.as_str()).collect::<Vec<_>>(), ["bob", "ann"]);
    assert!(ways.iter().all(account_access::Access::is_alive));
    assert_eq!(account::of_login(&store, GATEWAY, ann).await.unwrap().len(), 1);
    let (pages, access) = account::list_with_access(&store, GATEWAY, ("", ""), 1, None, None).await.unwrap();
    assert_eq!((pages.len(), access.len()), (1, 2));
    let place = (pages[0].name.as_str(), pages[0].account_id.as_str());
    let (pages, _) =
        account::list_with_access(&store, GATEWAY, place, 9, None, Some(Channel::MESSENGER)).await.unwrap();
    assert_eq!(pages[0].account_id, "201");
    let (pages, _) = account::list_with_access(&store, GATEWAY, place, 9, Some(ann), None).await.unwrap();
    assert!(pages.is_empty(), "her login does not reach it");

    let bob = connection::by_person(&store, GATEWAY, "bob").await.unwrap().unwrap();
    let token = &ways[0].token;
    let before = Secret("the one before".into());
    conflict(&store, |batch| account_access::set_dead(batch, GATEWAY, PAGE, bob.id, &before)).await;
    commit(&store, |batch| account_access::set_dead(batch, GATEWAY, PAGE, bob.id, token)).await.unwrap();
    conflict(&store, |batch| account_access::set_dead(batch, GATEWAY, PAGE, bob.id, token)).await;
    assert!(
        !account_access::of_account(&store, GATEWAY, PAGE).await.unwrap()[1].is_alive(),
        "the dead one is last"
    );
    commit(&store, |batch| {
        account_access::revive(batch, GATEWAY, PAGE, bob.id);
        account_access::set_tasks(batch, GATEWAY, PAGE, bob.id, &["ANALYZE".into()]);
        connection::set_scopes(batch, GATEWAY, bob.id, &[]);
    })
    .await
    .unwrap();
    let way = account_access::of_account(&store, GATEWAY, PAGE).await.unwrap().remove(0);
    assert_eq!((way.is_alive(), way.tasks.as_slice()), (true, ["ANALYZE".to_owned()].as_slice()));
    commit(&store, |batch| account_access::revoke(batch, GATEWAY, PAGE, bob.id)).await.unwrap();
    commit(&store, |batch| account_access::revive(batch, GATEWAY, PAGE, bob.id)).await.unwrap();
    assert!(
        !account_access::of_account(&store, GATEWAY, PAGE).await.unwrap()[1].alive,
        "without a token it stays dead"
    );

    let stale =
        Connection { token: before, ..connection::by_person(&store, GATEWAY, "ann").await.unwrap().unwrap() };
    conflict(&store, |batch| connection::set_dead(batch, GATEWAY, &stale)).await;
    conflict(&store, |batch| connection::renew(batch, GATEWAY, &stale, "new", Micros(1), None)).await;
    commit(&store, |batch| connection::revoke(batch, GATEWAY, 10)).await.unwrap();
    assert!(account_access::of_gateway(&store, GATEWAY).await.unwrap().iter().all(|way| !way.is_alive()));
    commit(&store, |batch| connection::forget(batch, GATEWAY, bob.id)).await.unwrap();
    assert_eq!(connection::by_person(&store, GATEWAY, "bob").await.unwrap(), None);
    assert_eq!(account_access::of_gateway(&store, GATEWAY).await.unwrap().len(), 1);
    commit(&store, |batch| {
        account_access::revoke_all(batch, GATEWAY, PAGE);
        account_access::delete_of_login(batch, GATEWAY, "201", ann);
        connection::delete_of_login(batch, GATEWAY, ann);
    })
    .await
    .unwrap();
    assert!(account_access::of_gateway(&store, GATEWAY).await.unwrap().is_empty());
}

async fn a_page_is_paused_and_measured(store: Store) {
    make(&store).await;
    let page = async || account::one(&store, GATEWAY, PAGE).await.unwrap().unwrap();
    commit(&store, |batch| {
        account::pause(batch, GATEWAY, PAGE, Micros(100), &failure("busy"), Micros(10));
        account::pause(batch, GATEWAY, PAGE, Micros(900), &failure("again"), Micros(11));
    })
    .await
    .unwrap();
    let it = page().await;
    assert_eq!((it.paused_until, it.pause_reason, it.pauses), (Some(Micros(100)), Some(failure("busy")), 1));
    commit(&store, |batch| account::resume(batch, GATEWAY, PAGE, Micros(99))).await.unwrap();
    assert_eq!(page().await.pauses, 1, "not over yet");
    commit(&store, |batch| account::resume(batch, GATEWAY, PAGE, Micros(100))).await.unwrap();
    assert_eq!(page().await.paused_until, None);

    let trouble = PageTrouble::Refused { failure: failure("token") };
    let problem = PageProblem::NoToken { account: "Ann".into() };
    commit(&store, |batch| {
        account::set_policy(batch, GATEWAY, PAGE, (PolicyAction::Block, Some("Spam")), Micros(20), Micros(21));
        account::set_policy(batch, GATEWAY, PAGE, (PolicyAction::Warning, Some("Late")), Micros(19), Micros(21));
        account::set_trouble(batch, GATEWAY, PAGE, Some(&trouble));
        account::set_problem(batch, GATEWAY, PAGE, Some(&problem));
        account::set_leaving(batch, GATEWAY, PAGE, Micros(50));
        account::wake_sends(batch, GATEWAY, PAGE, Micros(21));
    })
    .await
    .unwrap();
    let it = page().await;
    let policy = it.policy.map(|policy| (policy.is_block(), policy.reason));
    assert_eq!(policy, Some((true, Some("Spam".into()))));
    assert_eq!((it.trouble, it.problem), (Some(trouble), Some(problem)));
    commit(&store, |batch| {
        account::set_policy(batch, GATEWAY, PAGE, (PolicyAction::Unblock, None), Micros(22), Micros(23));
        account::set_trouble(batch, GATEWAY, PAGE, None);
        account::set_subscribed(batch, GATEWAY, PAGE, true, None);
    })
    .await
    .unwrap();
    let it = page().await;
    assert_eq!((it.policy, it.trouble, it.leaving_until, it.subscribed), (None, None, None, true));
    conflict(&store, |batch| account::set_subscribed(batch, GATEWAY, "999", true, None)).await;
}

async fn a_login_state_works_once(store: Store) {
    let new = NewAttempt {
        id: 5,
        gateway: GATEWAY,
        state_hash: "state",
        user: UserId(1),
        session_hash: Some("session"),
        expires_at: Micros(100),
        login: Login::Instagram,
        channel: Channel::INSTAGRAM,
    };
    commit(&store, |batch| login_attempt::insert(batch, &new)).await.unwrap();
    let it = login_attempt::by_state(&store, "state").await.unwrap().unwrap();
    assert_eq!((it.id, it.session_hash.as_deref()), (5, Some("session")));
    commit(&store, |batch| login_attempt::take(batch, 5)).await.unwrap();
    conflict(&store, |batch| login_attempt::take(batch, 5)).await;
    let ended = LoginOutcome::Connected { name: None, accounts: 2, usable: 2 };
    commit(&store, |batch| login_attempt::end(batch, 5, Outcome::Done, &ended)).await.unwrap();
    let it = login_attempt::of_gateway(&store, GATEWAY, 5).await.unwrap().unwrap();
    assert_eq!((it.outcome, it.ended), (Outcome::Done, Some(ended)));
    assert_eq!(login_attempt::of_gateway(&store, GatewayId(1), 5).await.unwrap(), None);
    commit(&store, |batch| login_attempt::forget(batch, Micros(101))).await.unwrap();
    assert_eq!(login_attempt::by_id(&store, 5).await.unwrap(), None);
}

async fn a_deletion_request_keeps_its_first_code(store: Store) {
    for code in ["first", "second"] {
        commit(&store, |batch| deletion_request::insert(batch, code, GATEWAY, "person", Micros(5))).await.unwrap();
    }
    assert_eq!(deletion_request::code_of(&store, GATEWAY, "person").await.unwrap().as_deref(), Some("first"));
    commit(&store, |batch| deletion_request::set_held(batch, "first", StoredData::Contact, None)).await.unwrap();
    commit(&store, |batch| deletion_request::set_nothing_held(batch, "first")).await.unwrap();
    let it = deletion_request::by_code(&store, "first").await.unwrap().unwrap();
    assert_eq!(
        (it.held, it.done_at, it.requested_at),
        (StoredData::Contact, None, Micros(5)),
        "asked twice, nothing is less"
    );
    assert_eq!(deletion_request::by_code(&store, "second").await.unwrap(), None);
}

async fn health_remembers_and_alarms_once(store: Store) {
    make(&store).await;
    commit(&store, |batch| {
        health::note(batch, GATEWAY, PAGE, "worry", Micros(5), "send");
        health::note(batch, GATEWAY, PAGE, "worry", Micros(7), "token");
        health::note_times(batch, GATEWAY, "", "bad_signatures", Micros(6), 4);
        health::raise(batch, GATEWAY, "key", "{}", Micros(8));
    })
    .await
    .unwrap();
    assert_eq!(health::requested_checks(&store).await.unwrap()[&GATEWAY], Micros(7));
    duplicate(&store, |batch| health::raise(batch, GATEWAY, "key", "{}", Micros(8))).await;
    let it = health::snapshot(&store, GATEWAY, Micros(0), Micros(9)).await.unwrap();
    assert_eq!((it.pages.len(), it.alarms.len(), it.failed.len(), it.waiting.len()), (2, 1, 0, 0));
    let facts: Vec<_> = it.facts.iter().map(|fact| (fact.name.as_str(), fact.times, fact.word.as_str())).collect();
    assert_eq!(facts, [("bad_signatures", 4, ""), ("worry", 2, "token")]);
    commit(&store, |batch| {
        health::set_seen(batch, GATEWAY, Micros(10));
        health::clear(batch, GATEWAY, "key");
    })
    .await
    .unwrap();
    conflict(&store, |batch| health::clear(batch, GATEWAY, "key")).await;
    commit(&store, |batch| health::delete_all(batch, GATEWAY)).await.unwrap();
    assert!(health::facts(&store, GATEWAY).await.unwrap().is_empty());
}

async fn a_review_is_saved_on_the_version_that_was_read(store: Store) {
    make(&store).await;
    assert_eq!(review::answers(&store, GATEWAY).await.unwrap(), ("{}".into(), 0));
    commit(&store, |batch| review::save(batch, GATEWAY, "{\"a\":1}", 0)).await.unwrap();
    conflict(&store, |batch| review::save(batch, GATEWAY, "{\"a\":2}", 0)).await;
    commit(&store, |batch| review::save(batch, GATEWAY, "{\"a\":3}", 1)).await.unwrap();
    conflict(&store, |batch| review::save(batch, GATEWAY, "{\"a\":4}", 1)).await;
    assert_eq!(review::answers(&store, GATEWAY).await.unwrap(), ("{\"a\":3}".into(), 2));
    let status = MetaStatus { at: Micros(5), json: "{}".into() };
    commit(&store, |batch| review::set_meta_status(batch, GATEWAY, &status)).await.unwrap();
    assert_eq!(review::snapshot(&store, GATEWAY).await.unwrap().meta_status, Some(status));
    commit(&store, |batch| review::forget_meta_status(batch, GATEWAY)).await.unwrap();
    assert_eq!(review::snapshot(&store, GATEWAY).await.unwrap().meta_status, None);
    commit(&store, |batch| review::delete(batch, GATEWAY)).await.unwrap();
    assert_eq!(review::answers(&store, GATEWAY).await.unwrap().1, 0);
    assert_eq!(review::last_customer(&store, GATEWAY, PAGE).await.unwrap(), None);
}

async fn a_gateway_has_one_review_access_that_lives(store: Store) {
    let access = |user| NewReviewAccess {
        user,
        gateway: GATEWAY,
        password: "sealed",
        entry_point: EntryPointId(user.0),
        queue: QueueId(1),
        flow: FlowId(1),
    };
    let first = agent(&store, 1, "first", Role::Guest).await;
    let second = agent(&store, 2, "second", Role::Guest).await;
    let leads = EntryPoint {
        id: EntryPointId(1),
        gateway: GATEWAY,
        account: None,
        name: "App review".into(),
        code: Some("ref".into()),
        code_word: Some("word".into()),
        flow: FlowId(1),
        queue: Some(QueueId(1)),
        ends_at: Some(Micros(100)),
    };
    commit(&store, |batch| {
        review_access::insert(batch, &access(first), Micros(1));
        user::set_end(batch, first, Micros(100));
        entry_point::insert(batch, &leads);
        flow::insert(batch, FlowId(1), "App review", "{}");
    })
    .await
    .unwrap();
    duplicate(&store, |batch| review_access::insert(batch, &access(second), Micros(1))).await;
    commit(&store, |batch| {
        user::must_be_active(batch, first);
        review_access::set_signed_in(batch, first, Micros(5));
    })
    .await
    .unwrap();
    let it = review_access::of_gateway(&store, GATEWAY).await.unwrap().unwrap();
    assert_eq!((it.email.as_str(), it.signed_in_at), ("first@example.org", Some(Micros(5))));
    assert_eq!((it.code.as_deref(), it.code_word.as_deref()), (Some("ref"), Some("word")));
    assert!(it.lives(Micros(99)) && !it.lives(Micros(100)));
    assert!(review_access::over(&store, Micros(99)).await.unwrap().is_empty());
    assert_eq!(review_access::over(&store, Micros(100)).await.unwrap().len(), 1);
    assert_eq!(review_access::flow(&store, GATEWAY).await.unwrap(), None, "it was not published yet");
    let version =
        store::table::flow::Version { number: 1, published_at: Micros(2), by: "Ann".into(), note: String::new() };
    commit(&store, |batch| flow::publish(batch, FlowId(1), &version, "{}")).await.unwrap();
    commit(&store, |batch| {
        review_access::end(batch, first, Micros(50));
        user::set_active(batch, first, false);
        entry_point::delete(batch, EntryPointId(1));
    })
    .await
    .unwrap();
    conflict(&store, |batch| review_access::end(batch, first, Micros(50))).await;
    conflict(&store, |batch| user::must_be_active(batch, first)).await;
    let over = review_access::over(&store, Micros(60)).await.unwrap();
    assert_eq!((&*over[0].password, over[0].ended_at), ("", Some(Micros(50))));
    assert_eq!((&over[0].code, &over[0].code_word), (&None, &None));
    assert_eq!(review_access::of_user(&store, first).await.unwrap(), None);
    commit(&store, |batch| review_access::insert(batch, &access(second), Micros(60))).await.unwrap();
    commit(&store, |batch| review_access::set_cleared(batch, first, Micros(61))).await.unwrap();
    assert!(review_access::over(&store, Micros(99)).await.unwrap().is_empty());
    assert_eq!(review_access::of_user(&store, second).await.unwrap().map(|it| it.user), Some(second));
    assert_eq!(
        review_access::flow(&store, GATEWAY).await.unwrap(),
        Some(FlowId(1)),
        "the next one greets with it"
    );
}

async fn an_account_of_any_channel_knows_its_node_its_login_and_who_has_it_too(store: Store) {
    make(&store).await;
    let details = AccountDetails { quality: Some("GREEN".into()), ..AccountDetails::default() };
    let phone = NewAccount {
        phone: Some("+380 44 000 00 00"),
        parent_id: Some("waba"),
        details,
        ..NewAccount::named(3, GATEWAY, Channel::WHATSAPP, "700", "Shop")
    };
    let instagram = NewAccount {
        username: Some("shop"),
        node: PAGE,
        parent_id: Some(PAGE),
        login: Login::Instagram,
        ..NewAccount::named(4, GATEWAY, Channel::INSTAGRAM, "1784", "Shop")
    };
    commit(&store, |batch| {
        account::upsert(batch, &phone, Micros(1));
        account::upsert(batch, &instagram, Micros(1));
    })
    .await
    .unwrap();
    connect(&store, 10, "ann", None).await;
    let (page, access) = account::with_access(&store, GATEWAY, PAGE).await.unwrap().unwrap();
    assert_eq!((page.node.as_str(), page.login, access.len()), (PAGE, Login::Facebook, 1));
    assert_eq!(account::with_access(&store, GATEWAY, "999").await.unwrap(), None);
    let known = account::one(&store, GATEWAY, "1784").await.unwrap().unwrap();
    assert_eq!(
        (known.username.as_deref(), known.node.as_str(), known.login),
        (Some("shop"), PAGE, Login::Instagram)
    );
    let known = account::one(&store, GATEWAY, "700").await.unwrap().unwrap();
    assert_eq!((known.phone.as_deref(), known.parent_id.as_deref()), (Some("+380 44 000 00 00"), Some("waba")));
    assert_eq!(known.details.quality.as_deref(), Some("GREEN"));
    let worse = AccountDetails { quality: Some("RED".into()), ..AccountDetails::default() };
    commit(&store, |batch| account::set_details(batch, GATEWAY, "700", &worse)).await.unwrap();
    assert_eq!(account::one(&store, GATEWAY, "700").await.unwrap().unwrap().details, worse);

    // Another gateway that looks up the number gets the name of its gateway; that gateway itself does not.
    let other = GatewayId(98);
    commit(&store, |batch| {
        let number =
            NewAccount { exclusive: true, ..NewAccount::named(5, other, Channel::WHATSAPP, "701", "Shop") };
        account::upsert(batch, &number, Micros(1));
        account::upsert(batch, &NewAccount { id: 6, gateway: GATEWAY, ..number }, Micros(1));
        account::set_subscribed(batch, other, "701", true, None);
        account::set_subscribed(batch, GATEWAY, "700", true, None);
    })
    .await
    .unwrap();
    duplicate(&store, |batch| account::set_subscribed(batch, GATEWAY, "701", true, None)).await;

    let theirs =
        async |gateway| account::of_other_gateway(&store, gateway, Channel::WHATSAPP, "700").await.unwrap();
    assert_eq!((theirs(GatewayId(99)).await.as_deref(), theirs(GATEWAY).await), (Some("Shop"), None));
}

async fn a_search_for_what_was_missed_goes_on_where_it_was(store: Store) {
    let want = |since: i64| {
        move |batch: &mut store::Batch| {
            catch_up::want(batch, GATEWAY, PAGE, Micros(since), Micros(10));
        }
    };
    commit(&store, want(5)).await.unwrap();
    let search = catch_up::due(&store, Micros(10)).await.unwrap().unwrap();
    let progress = catch_up::Progress { cursor: Some("next".into()), checked: 3, found: 1, unreadable: 0 };
    commit(&store, |batch| catch_up::advance(batch, &search, &progress, Micros(11))).await.unwrap();
    conflict(&store, |batch| catch_up::advance(batch, &search, &progress, Micros(11))).await;
    commit(&store, want(6)).await.unwrap();
    let search = catch_up::due(&store, Micros(11)).await.unwrap().unwrap();
    assert_eq!((search.checked, search.cursor.as_deref()), (3, Some("next")), "it goes back as far already");
    let busy = SearchProblem::Delayed { failure: failure("busy") };
    commit(&store, |batch| catch_up::retry(batch, &search, Micros(20), &busy)).await.unwrap();
    assert_eq!(catch_up::due(&store, Micros(19)).await.unwrap(), None);
    assert_eq!(catch_up::due(&store, Micros(20)).await.unwrap().unwrap().problem, Some(busy));
    commit(&store, |batch| catch_up::finish(batch, &search, Micros(21))).await.unwrap();
    let it = catch_up::of_gateway(&store, GATEWAY).await.unwrap().remove(0);
    assert_eq!((it.state, it.problem), (catch_up::State::Done, None));
    commit(&store, want(6)).await.unwrap();
    assert_eq!(catch_up::due(&store, Micros(20)).await.unwrap().map(|it| it.checked), Some(0), "begun anew");
}
