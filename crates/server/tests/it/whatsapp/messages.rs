//! What is sent, how it is reported, and what Meta rejects.

use serde_json::{Value, json};

use super::{BOTH, PHONE, USER, WhatsApp, on_both_engines};

on_both_engines! {
    an_agent_answers => an_agent_answers_and_the_statuses_come_back_on_sqlite, an_agent_answers_and_the_statuses_come_back_on_postgres;
    a_failure_that_comes_later => a_failure_that_comes_later_says_why_and_can_be_sent_again_on_sqlite, a_failure_that_comes_later_says_why_and_can_be_sent_again_on_postgres;
}

impl WhatsApp {
    /// Meta reports on a message of ours.
    async fn reports(&self, id: &str, word: &str, mark: Option<&Value>, code: Option<i64>) {
        let seconds = (self.it.clock.now().0 / 1_000_000).to_string();
        let mut status = json!({ "id": id, "status": word, "timestamp": seconds, "recipient_id": PHONE, "recipient_user_id": USER });
        if let Some(mark) = mark {
            status["biz_opaque_callback_data"] = mark.clone();
        }
        if let Some(code) = code {
            status["errors"] = json!([{ "code": code, "title": "x", "error_data": { "details": "x" } }]);
        }
        self.deliver(&self.value(json!({ "statuses": [status] }))).await;
    }

    async fn says(&self, agent: &str, conversation: &str, body: Value) -> Value {
        self.it.post(agent, &format!("/conversations/{conversation}/messages"), body).await
    }

    /// Waits until a message has a status.
    async fn is(&self, conversation: &str, message: &Value, status: &str) -> Value {
        self.it
            .until(&format!("the status {status}"), async || {
                let thread = self.thread(&json!(conversation)).await;
                thread.into_iter().find(|it| it["id"] == message["id"] && it["status"] == status)
            })
            .await
    }

    /// What was sent with these words.
    async fn left(&self, words: &str) -> (String, Value) {
        self.it
            .until(&format!("\"{words}\" at Meta"), async || {
                let sent = self.meta.sent();
                let at = sent.iter().position(|it| it.to_string().contains(words))?;
                Some((format!("wamid.out.{}", at + 1), sent[at].clone()))
            })
            .await
    }
}

async fn an_agent_answers(it: WhatsApp) {
    let (ben, id) = it.held().await;
    let message = it.says(&ben, &id, json!({ "text": "Good day, this is Ben." })).await;
    let (mid, sent) = it.left("this is Ben").await;
    assert_eq!((sent["recipient"].as_str(), sent["type"].as_str()), (Some(USER), Some("text")));
    it.is(&id, &message, "sent").await;
    // In any order, and more than once.
    for word in ["read", "sent", "delivered", "read", "failed"] {
        it.reports(&mid, word, None, (word == "failed").then_some(131_026)).await;
    }
    it.settled().await;
    it.is(&id, &message, "read").await;

    // A status that comes before the answer to the request is known by our mark.
    let message = it.says(&ben, &id, json!({ "text": "One more thing." })).await;
    let (_, sent) = it.left("One more thing").await;
    it.reports("wamid.elsewhere", "delivered", Some(&sent["biz_opaque_callback_data"]), None).await;
    it.is(&id, &message, "delivered").await;

    // The same mark in a status of another customer is not ours.
    let message = it.says(&ben, &id, json!({ "text": "Nearly done." })).await;
    let (_, sent) = it.left("Nearly done").await;
    it.is(&id, &message, "sent").await;
    it.deliver(
        &it.value(json!({ "statuses": [{ "id": "wamid.of.another", "status": "read", "timestamp": "1800000000",
        "recipient_id": "380991112233", "biz_opaque_callback_data": sent["biz_opaque_callback_data"] }] })),
    )
    .await;
    it.settled().await;
    it.is(&id, &message, "sent").await;

    // "Is writing" names the customer's last message.
    it.it.post(&ben, &format!("/conversations/{id}/typing"), json!({})).await;
    let (_, typing) = it.left("typing_indicator").await;
    assert_eq!(typing["message_id"], "wamid.in.2");

    // The business's own phone app.
    let echo = json!({ "from": "15550001", "to": PHONE, "id": "wamid.phone", "type": "text", "text": { "body": "From the phone" } });
    it.deliver(&super::change(
        "smb_message_echoes",
        &json!({ "metadata": { "phone_number_id": "700" }, "message_echoes": [echo] }),
    ))
    .await;
    it.settled().await;
    let thread = it.thread(&json!(id)).await;
    let echoed = thread.iter().find(|it| it["text"] == "From the phone").unwrap();
    assert_eq!((&echoed["direction"], &echoed["sender"]["kind"]), (&json!("out"), &json!("page")));
    it.it.stop().await;
}

async fn a_failure_that_comes_later(it: WhatsApp) {
    let (ben, id) = it.held().await;
    let message = it.says(&ben, &id, json!({ "text": "First try" })).await;
    let (mid, _) = it.left("First try").await;
    it.is(&id, &message, "sent").await;
    it.reports(&mid, "failed", None, Some(131_026)).await;
    let failed = it.is(&id, &message, "failed").await;
    assert_eq!(failed["error"]["code"], 131_026, "{failed}");
    assert!(failed["error"]["reason"].as_str().unwrap().contains("WhatsApp cannot deliver"), "{failed}");
    // Again, with a new id; the old failure reported once more changes nothing.
    let path = format!("/conversations/{id}/messages/{}/retry", message["id"].as_str().unwrap());
    it.it.post(&ben, &path, json!({})).await;
    it.is(&id, &message, "sent").await;
    it.reports(&mid, "failed", None, Some(131_026)).await;
    it.settled().await;
    it.is(&id, &message, "sent").await;
    let tries = it.meta.sent().iter().filter(|it| it.to_string().contains("First try")).count();
    assert_eq!(tries, 2);

    // An immediate rejection by Meta is shown too.
    it.meta.refuse(131_047);
    let message = it.says(&ben, &id, json!({ "text": "Too late" })).await;
    let failed = it.is(&id, &message, "failed").await;
    assert!(failed["error"]["action"].as_str().unwrap().contains("template"), "{failed}");
    // Too many messages to this customer: it waits, and the account does not.
    it.meta.refuse(131_056);
    let message = it.says(&ben, &id, json!({ "text": "Slower" })).await;
    it.it
        .until("the reason for the wait", async || {
            let thread = it.thread(&json!(id)).await;
            thread.into_iter().find(|one| one["id"] == message["id"] && one["error"]["code"] == 131_056)
        })
        .await;
    it.it.clock.advance(600 * domain::time::SECOND);
    it.left("Slower").await;
    it.writes(BOTH, "wamid.in.9", "Thanks").await;
    it.settled().await;
    it.it.stop().await;
}
