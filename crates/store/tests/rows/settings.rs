//! Settings, the audit log, the lease, pause causes, quick replies, teams and skills, close reasons, forms, macros and roles.

use domain::audit_detail::AuditDetail;
use domain::form::{FieldKind, Form, FormField};
use domain::id::{FormId, MacroId, QueueId, RoleId, SkillId, TeamId, UserId};
use domain::macros::Action;
use domain::pause_limit::PauseLimit;
use domain::queue::QueueSettings;
use domain::quick_reply::Audience;
use domain::role::{Permission, Permissions, Role};
use domain::service::{AgentSkill, Qualifications, Service, SkillNeed};
use domain::time::Micros;
use store::Store;
use store::table::agent::{AgentEdit, update};
use store::table::named::{self, Kind};
use store::table::queue::{self, QueueEdit};
use store::table::quick_reply::Content;
use store::table::{audit, form, lease, macros, pause_cause, quick_reply, role, setting, user};

use crate::engines::on_both_engines;
use crate::fixture::{agent, commit, conflict, duplicate};

on_both_engines! {
    a_setting_is_replaced_only_as_it_was_read
    the_audit_log_is_read_backwards
    one_node_holds_the_lease
    pause_causes_and_quick_replies_are_edited
    close_reasons_and_forms_are_edited
    macros_are_edited_and_a_role_stays_while_a_user_has_it
    a_team_or_skill_stays_while_an_agent_or_a_queue_needs_it
}

async fn a_setting_is_replaced_only_as_it_was_read(store: Store) {
    let get = async || setting::get(&store, "key").await.unwrap();
    commit(&store, |batch| setting::replace(batch, "key", None, "1")).await.unwrap();
    conflict(&store, |batch| setting::replace(batch, "key", None, "2")).await;
    conflict(&store, |batch| setting::claim(batch, "key", "2")).await;
    commit(&store, |batch| setting::replace(batch, "key", Some("1"), "2")).await.unwrap();
    conflict(&store, |batch| setting::replace(batch, "key", Some("1"), "3")).await;
    commit(&store, |batch| setting::put(batch, "key", "4")).await.unwrap();
    assert_eq!(get().await.as_deref(), Some("4"));
    conflict(&store, |batch| setting::remove(batch, "key", "2")).await;
    commit(&store, |batch| setting::remove(batch, "key", "4")).await.unwrap();
    assert_eq!(get().await, None);
    for number in 1..=3 {
        assert_eq!(setting::next_number(&store, "node").await.unwrap(), number);
    }
}

async fn the_audit_log_is_read_backwards(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Administrator).await;
    let mut next = 100;
    for (by, action) in [(Some(ann), "user.create"), (None, "user_x"), (Some(ann), "queue.update")] {
        commit(&store, |batch| {
            let mut ids = || {
                next += 1;
                next
            };
            audit::insert(batch, &mut ids, Micros(5), by, action, "object", AuditDetail::named("detail"));
        })
        .await
        .unwrap();
    }
    let read = async |user, action: &str, below| {
        let lines = audit::list(&store, user, action, below, 9).await.unwrap();
        lines.into_iter().map(|line| (line.id, line.user.map(|user| user.1))).collect::<Vec<_>>()
    };
    let name = || Some("ann".to_owned());
    assert_eq!(read(None, "", i64::MAX).await, [(103, name()), (102, None), (101, name())]);
    assert_eq!(read(None, "", 102).await, [(101, name())]);
    assert_eq!(read(Some(ann), "user.", i64::MAX).await, [(101, name())]);
    assert_eq!(read(None, "user_", i64::MAX).await, [(102, None)]);
}

async fn one_node_holds_the_lease(store: Store) {
    let take = async |node: &str, now, until| {
        lease::take(&store, "work", node, Micros(now), Micros(until)).await.unwrap()
    };
    assert!(take("a", 1, 10).await);
    assert!(!take("b", 5, 15).await);
    assert!(take("a", 6, 20).await, "renewed");
    assert!(take("b", 21, 30).await, "run out");
    commit(&store, |batch| lease::release(batch, "work", "a")).await.unwrap();
    assert!(!take("a", 22, 40).await, "another's is not given back");
    commit(&store, |batch| lease::release(batch, "work", "b")).await.unwrap();
    assert!(take("a", 22, 40).await);
}

async fn pause_causes_and_quick_replies_are_edited(store: Store) {
    let limit = Some(PauseLimit { minutes: 45, refuses: true });
    commit(&store, |batch| pause_cause::insert(batch, 1, "Lunch", None)).await.unwrap();
    duplicate(&store, |batch| pause_cause::insert(batch, 2, "Lunch", None)).await;
    commit(&store, |batch| pause_cause::update(batch, 1, "Break", limit, Some(1))).await.unwrap();
    conflict(&store, |batch| pause_cause::update(batch, 1, "Pause", None, Some(1))).await;
    let causes = pause_cause::list(&store).await.unwrap();
    assert_eq!(causes, [pause_cause::PauseCause { id: 1, name: "Break".into(), limit, version: 2 }]);
    commit(&store, |batch| pause_cause::delete(batch, 1)).await.unwrap();
    assert!(pause_cause::list(&store).await.unwrap().is_empty());

    let reply = |shortcut: &str, text: &str| Content {
        folder: "Greetings".into(),
        audience: Audience::Shared { teams: vec![TeamId(7)], queues: vec![QueueId(8)] },
        ..Content::of(shortcut, "Greeting", text)
    };
    let personal = |owner| Content { audience: Audience::Personal(UserId(owner)), ..reply("hi", "Mine") };
    commit(&store, |batch| quick_reply::insert(batch, 1, &reply("hi", "Hello"))).await.unwrap();
    duplicate(&store, |batch| quick_reply::insert(batch, 2, &reply("hi", "Hey"))).await;
    commit(&store, |batch| quick_reply::insert(batch, 3, &personal(1))).await.unwrap();
    commit(&store, |batch| quick_reply::insert(batch, 4, &personal(2))).await.unwrap();
    duplicate(&store, |batch| quick_reply::insert(batch, 5, &personal(2))).await;
    commit(&store, |batch| quick_reply::update(batch, 1, &reply("aha", "Hey"), None)).await.unwrap();
    conflict(&store, |batch| quick_reply::update(batch, 1, &reply("hi", "Hey"), Some(1))).await;
    let all = quick_reply::list(&store).await.unwrap();
    assert_eq!(all.iter().map(|it| it.id).collect::<Vec<_>>(), [1, 3, 4]);
    assert_eq!((&all[0].content, all[0].version), (&reply("aha", "Hey"), 2));
    assert_eq!(all[1].content, personal(1));
    for id in [1, 3, 4] {
        commit(&store, |batch| quick_reply::delete(batch, id)).await.unwrap();
    }
    assert!(quick_reply::list(&store).await.unwrap().is_empty());
}

async fn a_team_or_skill_stays_while_an_agent_or_a_queue_needs_it(store: Store) {
    let ann = agent(&store, 1, "ann", Role::Agent).await;
    for (kind, id) in [(Kind::Team, 7), (Kind::Skill, 8)] {
        commit(&store, |batch| named::insert(batch, kind, id, "Ukrainian")).await.unwrap();
        duplicate(&store, |batch| named::insert(batch, kind, 9, "Ukrainian")).await;
        commit(&store, |batch| named::update(batch, kind, id, "English", Some(1))).await.unwrap();
        conflict(&store, |batch| named::update(batch, kind, id, "German", Some(1))).await;
        let all = named::list(&store, kind).await.unwrap();
        assert_eq!(all, [named::Named { id, name: "English".into(), version: 2 }]);
    }
    let both_stay = async || {
        conflict(&store, |batch| named::delete(batch, Kind::Team, 7)).await;
        conflict(&store, |batch| named::delete(batch, Kind::Skill, 8)).await;
    };

    let skills = vec![AgentSkill { skill: SkillId(8), level: 1 }];
    let needed = Qualifications { team: Some(TeamId(7)), skills };
    let edit = |qualifications| AgentEdit { capacity: 5, capacity_by_channel: Default::default(), qualifications };
    commit(&store, |batch| update(batch, ann, &edit(needed), None, Micros(2))).await.unwrap();
    both_stay().await;
    commit(&store, |batch| update(batch, ann, &edit(Qualifications::default()), None, Micros(2))).await.unwrap();

    let skills = vec![SkillNeed { skill: SkillId(8), min_level: 1, relax_after: None }];
    let service = Service { teams: vec![TeamId(7)], skills, ..Service::default() };
    let settings = QueueSettings::default();
    let needs = QueueEdit { name: "Sales", settings: &settings, service: &service };
    let needs_none = QueueEdit { service: &Service::default(), ..needs };
    commit(&store, |batch| queue::insert(batch, QueueId(5), needs, Micros(2))).await.unwrap();
    both_stay().await;
    commit(&store, |batch| queue::update(batch, QueueId(5), needs_none, None, Micros(2))).await.unwrap();
    for (kind, id) in [(Kind::Team, 7), (Kind::Skill, 8)] {
        commit(&store, |batch| named::delete(batch, kind, id)).await.unwrap();
        assert!(named::list(&store, kind).await.unwrap().is_empty());
    }
}

async fn close_reasons_and_forms_are_edited(store: Store) {
    let kind = Kind::CloseReason;
    commit(&store, |batch| named::insert(batch, kind, 1, "Solved")).await.unwrap();
    duplicate(&store, |batch| named::insert(batch, kind, 2, "Solved")).await;
    commit(&store, |batch| named::update(batch, kind, 1, "Answered", Some(1))).await.unwrap();
    conflict(&store, |batch| named::update(batch, kind, 1, "Done", Some(1))).await;
    let all = named::list(&store, kind).await.unwrap();
    assert_eq!(all, [named::Named { id: 1, name: "Answered".into(), version: 2 }]);
    commit(&store, |batch| named::delete(batch, kind, 1)).await.unwrap();
    assert!(named::list(&store, kind).await.unwrap().is_empty());

    let (id, blank) = (FormId(1), Form::default());
    commit(&store, |batch| form::insert(batch, id, "Order", &blank)).await.unwrap();
    duplicate(&store, |batch| form::insert(batch, FormId(2), "Order", &blank)).await;
    let (key, label) = ("topic".to_owned(), "Topic".to_owned());
    let field = FormField { key, label, kind: FieldKind::Text, required: true, choices: Vec::new() };
    let after = Form { fields: vec![field] };
    commit(&store, |batch| form::update(batch, id, "Orders", &after, Some(1))).await.unwrap();
    conflict(&store, |batch| form::update(batch, id, "Orders", &after, Some(1))).await;
    let stored = form::list(&store).await.unwrap();
    assert_eq!(stored, [form::StoredForm { id, name: "Orders".into(), form: after, version: 2 }]);
    commit(&store, |batch| form::delete(batch, id)).await.unwrap();
    conflict(&store, |batch| form::delete(batch, id)).await;
}

async fn macros_are_edited_and_a_role_stays_while_a_user_has_it(store: Store) {
    let (id, actions) = (MacroId(1), [Action::Note { text: "Done".into() }]);
    commit(&store, |batch| macros::insert(batch, id, "Done", &actions)).await.unwrap();
    duplicate(&store, |batch| macros::insert(batch, MacroId(2), "Done", &actions)).await;
    commit(&store, |batch| macros::update(batch, id, "Ready", &actions, Some(1))).await.unwrap();
    conflict(&store, |batch| macros::update(batch, id, "Ready", &[], Some(1))).await;
    let stored = macros::list(&store).await.unwrap();
    assert_eq!(stored, [macros::Macro { id, name: "Ready".into(), actions: actions.into(), version: 2 }]);
    commit(&store, |batch| macros::delete(batch, id)).await.unwrap();
    conflict(&store, |batch| macros::delete(batch, id)).await;

    let (id, permissions) = (RoleId(7), Permissions::of(&[Permission::SeeAll, Permission::Answer]));
    let ann = agent(&store, 1, "ann", Role::Custom(id, Permissions::default())).await;
    let role_of = async |user: UserId| user::by_id(&store, user).await.unwrap().unwrap();
    assert_eq!(role_of(ann).await.role, Role::Custom(id, Permissions::default()), "gone, so it allows nothing");
    commit(&store, |batch| role::insert(batch, id, "Reader", permissions)).await.unwrap();
    duplicate(&store, |batch| role::insert(batch, RoleId(8), "Reader", permissions)).await;
    let found = role_of(ann).await;
    assert_eq!((found.role, found.role_name.as_deref()), (Role::Custom(id, permissions), Some("Reader")));
    let agents = store::table::agent::list(&store).await.unwrap();
    assert_eq!(agents[0].role, Role::Custom(id, permissions));
    conflict(&store, |batch| role::delete(batch, id)).await;
    commit(&store, |batch| role::update(batch, id, "Nobody", Permissions::default(), Some(1))).await.unwrap();
    conflict(&store, |batch| role::update(batch, id, "Nobody", permissions, Some(1))).await;
    let edit = user::UserEdit { email: "ann@example.org", name: "ann", role: Role::Agent, agent: true };
    commit(&store, |batch| user::update(batch, ann, &edit, None)).await.unwrap();
    commit(&store, |batch| role::delete(batch, id)).await.unwrap();
    assert!(role::list(&store).await.unwrap().is_empty());
}
