//! Campaigns from end to end: what pauses them, who is excluded at the last moment, and a process that is killed.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use store::table::account::Account;

use super::{BOTH, PHONE, USER, WhatsApp, change, on_both_engines};
use crate::app::Engine;
use crate::routes::campaigns::{new, numbers};

on_both_engines! {
    quality_drops => a_drop_in_quality_pauses_it_on_sqlite, a_drop_in_quality_pauses_it_on_postgres;
    template_paused_before_it_is_told => a_template_paused_before_it_is_told_loses_no_one_on_sqlite, a_template_paused_before_it_is_told_loses_no_one_on_postgres;
    template_paused => a_paused_template_pauses_it_on_sqlite, a_paused_template_pauses_it_on_postgres;
    limit_reached => metas_limit_pauses_it_and_no_one_is_written_to_twice_on_sqlite, metas_limit_pauses_it_and_no_one_is_written_to_twice_on_postgres;
    late_refusal => a_refusal_that_is_reported_later_pauses_it_too_on_sqlite, a_refusal_that_is_reported_later_pauses_it_too_on_postgres;
    token_dies => a_dead_token_pauses_it_and_loses_nothing_on_sqlite, a_dead_token_pauses_it_and_loses_nothing_on_postgres;
    opt_out => who_opts_out_before_their_turn_gets_nothing_on_sqlite, who_opts_out_before_their_turn_gets_nothing_on_postgres;
    one_person => one_person_under_two_names_gets_one_message_on_sqlite, one_person_under_two_names_gets_one_message_on_postgres;
    erased => an_erased_customer_leaves_the_list_on_sqlite, an_erased_customer_leaves_the_list_on_postgres;
}

/// A campaign that writes to one recipient a minute.
fn slow(numbers: &[String]) -> Value {
    let mut body = new(numbers);
    body["per_minute"] = json!(1);
    body
}

impl WhatsApp {
    /// The time of the next message of a slow campaign comes.
    fn next_turn(&self) {
        self.it.clock.advance(2 * domain::time::MINUTE);
    }

    /// Checks the number's row.
    async fn account_is(&self, what: &str, is: impl Fn(&Account) -> bool) {
        let gateway = self.gateway.parse().unwrap();
        self.it
            .until(&format!("the number to be {what}"), async || {
                let directory = self.it.app().directory();
                is(directory.account(gateway, "700")?).then_some(())
            })
            .await;
    }

    /// The campaign writes to the rest, everyone once.
    async fn writes_to_the_rest(&self, id: &str, count: usize) {
        let (status, report) = self.does(id, "resume").await;
        assert_eq!(status, StatusCode::OK, "{report}");
        self.it
            .until("the end of the campaign", async || {
                self.next_turn();
                (self.report(id).await["state"] == "done").then_some(())
            })
            .await;
        self.wrote(count).await;
        let mut written = self.written();
        written.sort_unstable();
        assert_eq!(written, numbers(count));
    }
}

async fn quality_drops(it: WhatsApp) {
    it.knows_two().await;
    let id = it.begins(slow(&numbers(3))).await;
    it.wrote(1).await;
    it.quality("FLAGGED", "RED").await;
    it.next_turn();
    let report = it.campaign_is(&id, "paused").await;
    assert_eq!((&report["pause"]["code"], &report["waiting"]), (&json!("quality_low"), &json!(2)), "{report}");
    assert!(report["pause"]["detail"].as_str().unwrap().contains("quality is low"), "{report}");
    let audit = it.it.get(&it.it.admin, "/audit?action=campaign.pause").await;
    assert_eq!(audit["items"][0]["user"], json!(null), "it paused on its own");
    assert_eq!(it.written().len(), 1);
    it.quality("UNFLAGGED", "GREEN").await;
    it.writes_to_the_rest(&id, 3).await;
    it.it.stop().await;
}

async fn template_paused(it: WhatsApp) {
    it.knows_two().await;
    let id = it.begins(slow(&numbers(3))).await;
    it.wrote(1).await;
    let status = |event: &str| {
        change(
            "message_template_status_update",
            &json!({ "message_template_id": 1, "event": event,
            "message_template_name": "order_ready", "message_template_language": "en_US", "reason": "LOW_QUALITY" }),
        )
    };
    it.deliver(&status("PAUSED")).await;
    it.settled().await;
    it.next_turn();
    let report = it.campaign_is(&id, "paused").await;
    let (code, args) = (&report["pause"]["code"], &report["pause"]["args"]);
    assert_eq!((code, args), (&json!("template_status"), &json!({ "status": "PAUSED" })), "{report}");
    assert_eq!(it.does(&id, "resume").await.0, StatusCode::CONFLICT);
    it.deliver(&status("APPROVED")).await;
    it.settled().await;
    it.writes_to_the_rest(&id, 3).await;
    it.it.stop().await;
}

async fn template_paused_before_it_is_told(it: WhatsApp) {
    it.knows_two().await;
    let id = it.begins(slow(&numbers(3))).await;
    it.wrote(1).await;
    it.meta.refuse(132_015);
    it.next_turn();
    let refused = async || (it.report(&id).await["counts"]["failed"] == 1).then_some(());
    it.it.until("the refusal", refused).await;
    it.next_turn();
    let report = it.campaign_is(&id, "paused").await;
    assert_eq!(report["pause"]["args"]["failure"]["args"]["code"], 132_015, "{report}");
    // Also to the one whom Meta refused in between.
    it.writes_to_the_rest(&id, 3).await;
    it.it.stop().await;
}

async fn limit_reached(it: WhatsApp) {
    it.knows_two().await;
    let id = it.begins(slow(&numbers(3))).await;
    it.wrote(1).await;
    it.meta.refuse(131_048);
    it.next_turn();
    it.account_is("restricted", |account| account.paused_until.is_some()).await;
    it.next_turn();
    let report = it.campaign_is(&id, "paused").await;
    let failure = &report["pause"]["args"]["failure"];
    assert_eq!((&report["pause"]["code"], &failure["args"]["code"]), (&json!("refused"), &json!(131_048)));
    assert_eq!((&report["counts"]["sent"], &report["counts"]["waiting"]), (&json!(1), &json!(2)), "{report}");
    assert_eq!(it.does(&id, "resume").await.0, StatusCode::CONFLICT, "Meta's limit still stands");
    it.it.clock.advance(domain::time::HOUR);
    it.wrote(2).await;
    it.writes_to_the_rest(&id, 3).await;
    it.it.stop().await;
}

async fn late_refusal(it: WhatsApp) {
    it.knows_two().await;
    let id = it.begins(slow(&numbers(3))).await;
    it.wrote(1).await;
    let seconds = (it.it.clock.now().0 / 1_000_000).to_string();
    let failed = json!({ "id": "wamid.out.1", "status": "failed", "timestamp": seconds, "recipient_id": "4915100001",
        "errors": [{ "code": 131_042, "title": "Business eligibility payment issue" }] });
    it.deliver(&it.value(json!({ "statuses": [failed] }))).await;
    it.settled().await;
    it.next_turn();
    let report = it.campaign_is(&id, "paused").await;
    assert_eq!(report["pause"]["args"]["failure"]["args"]["code"], 131_042, "{report}");
    assert_eq!(report["failed"][0]["count"], 1);
    it.writes_to_the_rest(&id, 3).await;
    it.it.stop().await;
}

async fn token_dies(it: WhatsApp) {
    it.knows_two().await;
    let id = it.begins(slow(&numbers(3))).await;
    it.wrote(1).await;
    it.meta.token_is_dead(true);
    it.meta.refuse(190);
    it.next_turn();
    it.account_is("disconnected", |account| account.trouble.is_some()).await;
    it.next_turn();
    let report = it.campaign_is(&id, "paused").await;
    assert_eq!(report["pause"]["code"], "disconnected", "{report}");
    assert_eq!(report["counts"]["waiting"], 2, "the message that met it still waits");
    assert_eq!(it.does(&id, "resume").await.0, StatusCode::CONFLICT);
    it.meta.token_is_dead(false);
    super::connect_number(&it.it, &it.gateway).await;
    // It is checked again after a while, and the invalid token may still be remembered then. The clock must not run
    // away from a slow machine: a message that waits for days fails.
    let mut looks = 0;
    it.it
        .until("the message that waited", async || {
            if looks % 100 == 0 {
                it.it.clock.advance(10 * domain::time::MINUTE);
            }
            looks += 1;
            (it.written().len() == 2).then_some(())
        })
        .await;
    it.writes_to_the_rest(&id, 3).await;
    it.it.stop().await;
}

async fn opt_out(it: WhatsApp) {
    it.knows_two().await;
    let mut list = numbers(1);
    list.push(format!("+{PHONE}"));
    let mut body = slow(&list);
    body["template"]["name"] = json!("sale");
    let id = it.begins(body).await;
    it.wrote(1).await;
    it.writes(BOTH, "wamid.stop", "stop").await;
    it.settled().await;
    let before = it.meta.sent().iter().filter(|it| it["type"] == "template").count();
    it.next_turn();
    let report = it.campaign_is(&id, "done").await;
    assert_eq!(report["skipped"][0]["reason"], "opted_out", "{report}");
    let after = it.meta.sent().iter().filter(|it| it["type"] == "template").count();
    assert_eq!((before, after), (1, 1));

    // What is no advertising still reaches them.
    let other = it.begins(new(&[format!("+{PHONE}")])).await;
    it.campaign_is(&other, "done").await;
    it.it
        .until("the message about the order", async || {
            let templates = it.meta.sent().iter().filter(|it| it["type"] == "template").count();
            (templates == 2).then_some(())
        })
        .await;
    it.it.stop().await;
}

async fn one_person(it: WhatsApp) {
    it.knows_two().await;
    it.writes(BOTH, "wamid.in", "Hello").await;
    it.settled().await;
    let list = [format!("+{PHONE}"), USER.to_owned(), "+4915100001".to_owned()];
    let id = it.begins(new(&list)).await;
    let report = it.campaign_is(&id, "done").await;
    assert_eq!(
        report["skipped"],
        json!([{ "reason": "already_written", "count": 1,
        "detail": "The campaign has already written to this customer under another number or ID." }])
    );
    it.it
        .until("both messages", async || {
            let templates = it.meta.sent().iter().filter(|it| it["type"] == "template").count();
            (templates == 2).then_some(())
        })
        .await;
    // They were in a conversation with the bot, which continues.
    let all = it.conversations().await;
    let own = all.iter().find(|it| it["contact"]["identities"][0]["external_id"] == USER).unwrap();
    assert_eq!(own["state"], "bot");
    assert!(it.thread(&own["id"]).await.iter().any(|it| it["sender"]["name"] == "Autumn"));
    it.it.stop().await;
}

async fn erased(it: WhatsApp) {
    it.knows_two().await;
    it.writes(BOTH, "wamid.in", "Hello").await;
    it.settled().await;
    let contact = it.conversations().await[0]["contact"]["id"].as_str().unwrap().to_owned();
    let mut list = numbers(1);
    list.push(format!("+{PHONE}"));
    let id = it.begins(slow(&list)).await;
    it.wrote(1).await;
    let path = format!("/contacts/{contact}");
    let (status, answer) = it.it.call(&it.it.admin, reqwest::Method::DELETE, &path, None).await;
    assert!(status.is_success(), "{answer}");
    it.next_turn();
    let report = it.campaign_is(&id, "done").await;
    assert_eq!(report["skipped"][0]["reason"], "erased", "{report}");
    let recipients = it.it.get(&it.it.admin, &format!("/campaigns/{id}/recipients?state=skipped")).await;
    let gone = &recipients["items"][0];
    assert_eq!((&gone["to"], &gone["variables"]), (&json!(null), &json!({})));
    it.it.stop().await;
}

/// Kills the process again and again while it sends.
async fn killed(engine: Engine) {
    let Some(mut it) = WhatsApp::start_process(engine).await else { return };
    it.knows_two().await;
    let all = numbers(200);
    let id = it.begins(new(&all)).await;
    for written in [20, 70, 120] {
        it.wrote(written).await;
        it.it.kill();
        tokio::time::sleep(Duration::from_millis(50)).await;
        it.it.restart().await;
    }
    it.campaign_is(&id, "done").await;
    let report = it
        .it
        .until("an outcome for everyone", async || {
            let report = it.report(&id).await;
            (report["counts"]["waiting"] == 0).then_some(report)
        })
        .await;
    let counts = &report["counts"];
    let (sent, uncertain) = (counts["sent"].as_u64().unwrap(), counts["uncertain"].as_u64().unwrap());
    assert_eq!(sent + uncertain, 200, "{report}");
    let written = it.written();
    let once: HashSet<&String> = written.iter().collect();
    assert_eq!(once.len(), written.len(), "no one is written to twice");
    assert!(written.len() as u64 >= sent, "what counts as sent was sent: {} of {report}", written.len());
    assert!(uncertain <= 60, "only what was on its way when it was killed: {report}");
    it.it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_survives_kill_9_on_sqlite() {
    killed(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_survives_kill_9_on_postgres() {
    killed(Engine::Postgres).await;
}
