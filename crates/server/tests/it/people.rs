//! Personal data: shown, merged, exported, erased; labels; retention periods.

use std::path::Path;

use domain::id::{DeliveryId, UserId};
use domain::not_applied::NotApplied;
use domain::role::Role;
use domain::time::{DAY, Micros};
use domain::turn::Actor;
use engine::turns::{self, Thread, ThreadState};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::table::delivery::{self, Coding};
use store::table::identity;
use store::table::inbox::{self, Arrived};
use store::{Batch, testing};

use crate::app::{APP_ID, LAVKA, TestApp};

/// Words that occur nowhere else.
const SECRET: &str = "xylophone-4711 behind the curtain";

/// The customer's newest conversation, once it holds a message with these words.
async fn conversation_with(it: &TestApp, words: &str) -> Value {
    it.until("the conversation", async || {
        let found = it.get(&it.admin, &format!("/conversations?q={}", words.replace(' ', "%20"))).await;
        found["items"].as_array()?.first().cloned()
    })
    .await
}

async fn contact_of(it: &TestApp, customer: &str, words: &str) -> (String, String) {
    it.writes(customer, json!({ "text": words })).await;
    let conversation = conversation_with(it, words).await;
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    (id(&conversation["contact"]["id"]), id(&conversation["id"]))
}

async fn erased(it: &TestApp, contact: &str) -> Value {
    it.until("the end of the erasure", async || {
        let (_, state) = it.call(&it.admin, Method::GET, &format!("/contacts/{contact}/erasure"), None).await;
        (state["state"] == "done").then_some(state)
    })
    .await
}

/// Files below a folder that hold some bytes.
fn holding(folder: &Path, words: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, words));
        } else if std::fs::read(&path).unwrap_or_default().windows(words.len()).any(|window| window == words) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_contact_is_nowhere_and_a_new_one_when_they_write_again() {
    let it = TestApp::start().await;
    it.connected().await;
    let (other, _) = contact_of(&it, "ahmed", "I am somebody else and I stay").await;
    let (contact, conversation) = contact_of(&it, "olena", SECRET).await;
    it.writes("olena", json!({ "attachment": { "type": "image" } })).await;
    it.post(
        &it.admin,
        &format!("/conversations/{conversation}/notes"),
        json!({ "text": format!("note {SECRET}") }),
    )
    .await;
    it.until("the picture, and the receipts of all that was sent", async || {
        let thread = it.get(&it.admin, &format!("/conversations/{conversation}/messages")).await;
        let messages = thread["items"].as_array()?.clone();
        let arrived = messages.iter().all(|m| m["direction"] != "out" || m["status"] == "delivered");
        (arrived && messages.iter().any(|m| m["attachments"][0]["status"] == "stored")).then_some(())
    })
    .await;
    let change = json!({ "name": "Wilhelmina Uniqueson", "note": SECRET, "attributes": { "shoe": "size-8812" } });
    let (status, person) = it.call(&it.admin, Method::PATCH, &format!("/contacts/{contact}"), Some(change)).await;
    assert_eq!(status, StatusCode::OK, "{person}");
    let psid = person["identities"][0]["external_id"].as_str().unwrap().to_owned();
    let data = it.config.data_dir.clone();
    let traces = [SECRET, "Wilhelmina", "wilhelmina", "size-8812", &psid, "Kovalenko"];
    for words in &traces[..5] {
        assert!(!holding(&data, words.as_bytes()).is_empty(), "before: {words}");
    }
    let pictures = files(&data.join("media"));

    let ben = it.user("Ben", Role::Agent).await;
    let (status, _) = it.call(&ben, Method::DELETE, &format!("/contacts/{contact}"), None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, begun) = it.call(&it.admin, Method::DELETE, &format!("/contacts/{contact}"), None).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{begun}");
    let (status, _) = it.call(&it.admin, Method::GET, &format!("/contacts/{contact}"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "out of sight at once");
    let end = erased(&it, &contact).await;
    assert!(end["messages"].as_i64().unwrap() >= 3 && end["conversations"] == 1, "{end}");
    let (status, again) = it.call(&it.admin, Method::DELETE, &format!("/contacts/{contact}"), None).await;
    assert_eq!((status, &again["state"]), (StatusCode::ACCEPTED, &json!("done")), "once more changes nothing");
    for words in traces {
        it.until(&format!("no trace of {words}"), async || {
            holding(&data, words.as_bytes()).is_empty().then_some(())
        })
        .await;
    }
    assert!(files(&data.join("media")) < pictures, "the files are gone");
    assert!(!holding(&data, b"I am somebody else and I stay").is_empty(), "others stay");
    assert_eq!(it.get(&it.admin, &format!("/contacts/{other}")).await["id"], json!(other));
    let audit = it.get(&it.admin, "/audit?action=contact").await;
    let acts: Vec<_> = audit["items"].as_array().unwrap().iter().map(|line| line["action"].clone()).collect();
    assert_eq!(acts, ["contact.erased", "contact.erase", "contact.update"]);
    assert_eq!(audit["items"][1]["user"]["name"], "Anna Admin");

    // Events of Meta about them that are still queued are deleted like the rest.
    it.control(Method::POST, &format!("/pages/{LAVKA}/customers/olena/read"), json!({})).await;
    it.until("the late receipt", async || {
        let list = it.get(&it.admin, "/deliveries?limit=200").await;
        list.to_string().contains("a customer who never wrote").then_some(())
    })
    .await;
    let found = it.get(&it.admin, &format!("/deliveries?q={psid}")).await;
    assert_eq!(found["items"], json!([]));

    let (fresh, _) = contact_of(&it, "olena", "Hello again, I am new here").await;
    assert_ne!(fresh, contact);
    assert_eq!(it.get(&it.admin, &format!("/contacts/{fresh}")).await["conversations"], 1);
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_holds_everything_of_one_person_and_nothing_of_others() {
    let it = TestApp::start().await;
    it.connected().await;
    contact_of(&it, "ahmed", "somebody else's words").await;
    let (contact, _) = contact_of(&it, "olena", SECRET).await;
    let request = it.http().get(format!("{}/api/v1/contacts/{contact}/export", it.url)).bearer_auth(&it.admin);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/zip");
    let bytes = response.bytes().await.unwrap();
    let has = |words: &str| bytes.windows(words.len()).any(|window| window == words.as_bytes());
    assert!(bytes.starts_with(b"PK"));
    for part in ["contact.json", "conversations/", "deliveries/", SECRET] {
        assert!(has(part), "{part}");
    }
    assert!(!has("somebody else's words"));
    it.until("the file's end", async || (files(&it.config.data_dir.join("exports")) == 0).then_some(())).await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metas_request_to_delete_a_customer_erases_them_and_tells_the_truth() {
    let it = TestApp::start().await;
    it.connected().await;
    let (contact, _) = contact_of(&it, "olena", SECRET).await;
    let person = it.get(&it.admin, &format!("/contacts/{contact}")).await;
    let ask = async |id: &str| {
        let body = json!({ "person_id": id });
        it.control(Method::POST, &format!("/apps/{APP_ID}/data-deletion"), body).await["json"].clone()
    };
    let psid = person["identities"][0]["external_id"].as_str().unwrap();
    let answer = ask(psid).await;
    let page = async |answer: &Value| {
        it.http().get(answer["url"].as_str().unwrap()).send().await.unwrap().text().await.unwrap()
    };
    erased(&it, &contact).await;
    it.until("the status page", async || page(&answer).await.contains("were erased").then_some(())).await;
    assert_eq!(ask(psid).await["confirmation_code"], answer["confirmation_code"], "the same code");
    assert!(page(&answer).await.contains("were erased"), "and the same outcome");
    let unknown = ask("999000999000").await;
    assert!(page(&unknown).await.contains("no data of this person was stored"));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_contacts_become_one_person_and_one_of_them_leaves_again() {
    let it = TestApp::start().await;
    it.connected().await;
    let (olena, of_olena) = contact_of(&it, "olena", "First words of the first").await;
    let (maria, of_maria) = contact_of(&it, "maria", "First words of the second").await;
    let path = format!("/contacts/{olena}");
    let change = json!({ "name": "Olena of the shop", "attributes": { "size": "8", "city": "Kyiv" } });
    let (_, before) = it.call(&it.admin, Method::PATCH, &path, Some(change)).await;
    let change = json!({ "phone": "+380 44 1", "attributes": { "size": "9", "pet": "cat" } });
    it.call(&it.admin, Method::PATCH, &format!("/contacts/{maria}"), Some(change)).await;
    let found = it.get(&it.admin, "/contacts?q=of%20the%20shop").await;
    assert_eq!(found["items"][0]["id"], json!(olena));

    let stale = json!({ "contact_id": maria, "version": before["version"].as_i64().unwrap() - 1 });
    let (status, problem) = it.call(&it.admin, Method::POST, &format!("{path}/merge"), Some(stale)).await;
    assert_eq!((status, &problem["current"]["id"]), (StatusCode::CONFLICT, &json!(olena)));
    let ben = it.user("Ben", Role::Agent).await;
    let input = json!({ "contact_id": maria, "version": before["version"] });
    let (status, _) = it.call(&ben, Method::POST, &format!("{path}/merge"), Some(input.clone())).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "not theirs to see");
    let merged = it.post(&it.admin, &format!("{path}/merge"), input).await;
    assert_eq!(merged["name"], "Olena of the shop");
    assert_eq!(merged["attributes"], json!({ "size": "8", "city": "Kyiv", "pet": "cat" }));
    assert_eq!((&merged["phone"], &merged["conversations"]), (&json!("+380 44 1"), &json!(2)));
    let (status, _) = it.call(&it.admin, Method::GET, &format!("/contacts/{maria}"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    it.writes("maria", json!({ "text": "And more of the second" })).await;
    let more = conversation_with(&it, "And more of the second").await;
    assert_eq!((&more["id"], &more["contact"]["id"]), (&json!(of_maria), &json!(olena)));

    let other = merged["identities"].as_array().unwrap().iter().find(|one| {
        let first = before["identities"][0]["external_id"].clone();
        one["external_id"] != first
    });
    let input = json!({ "identity_id": other.unwrap()["id"] });
    let new = it.post(&it.admin, &format!("{path}/split"), input.clone()).await;
    assert_eq!(new["conversations"], 1);
    assert_eq!(it.get(&it.admin, &format!("/conversations/{of_maria}")).await["contact"]["id"], new["id"]);
    assert_eq!(it.get(&it.admin, &format!("/conversations/{of_olena}")).await["contact"]["id"], json!(olena));
    let (status, _) = it.call(&it.admin, Method::POST, &format!("{path}/split"), Some(input)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "it has left already");
    let new = new["id"].as_str().unwrap().to_owned();
    it.until("its own name again", async || {
        let name = it.get(&it.admin, &format!("/contacts/{new}")).await["name"].as_str()?.to_owned();
        name.starts_with("María").then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_comes_from_the_conversations_api_where_the_profile_is_closed_and_ours_wins() {
    let it = TestApp::start().await;
    it.connected().await;
    it.control(Method::POST, &format!("/apps/{APP_ID}"), json!({ "profile_access": false })).await;
    let (contact, _) = contact_of(&it, "olena", "Who am I?").await;
    let path = format!("/contacts/{contact}");
    let named = async |name: &str| {
        it.until(name, async || (it.get(&it.admin, &path).await["name"] == name).then_some(())).await;
    };
    named("Olena Kovalenko").await;
    let (_, ours) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "name": "Our Olena" }))).await;
    assert_eq!((&ours["name"], &ours["channel_name"]), (&json!("Our Olena"), &json!("Olena Kovalenko")));
    let (status, _) = it.call(&it.admin, Method::POST, &format!("{path}/refresh"), Some(json!({}))).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    named("Our Olena").await;
    it.call(&it.admin, Method::PATCH, &path, Some(json!({ "name": null }))).await;
    named("Olena Kovalenko").await;
    let (status, problem) = it.call(&it.admin, Method::PATCH, &path, Some(json!({ "shoe": 1 }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labels_are_put_on_found_and_not_deleted_by_mistake() {
    let it = TestApp::start().await;
    it.connected().await;
    let sue = it.user("Sue", Role::Supervisor).await;
    let (_, conversation) = contact_of(&it, "olena", "Where is my parcel?").await;
    contact_of(&it, "ahmed", "Another matter").await;
    let label = it.post(&sue, "/labels", json!({ "name": "Parcel", "colour": "amber" })).await;
    let id = label["id"].as_str().unwrap();
    let (status, problem) = it.call(&sue, Method::POST, "/labels", Some(json!({ "name": "PARCEL" }))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::CONFLICT, &json!("/name")));
    let (status, _) = it.call(&sue, Method::POST, "/labels", Some(json!({ "name": "x", "colour": "pink" }))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let path = format!("/conversations/{conversation}/labels");
    let shown = it.post(&sue, &path, json!({ "add": [id] })).await;
    assert_eq!(shown["labels"], json!([{ "id": id, "name": "Parcel", "colour": "amber" }]));
    let (status, problem) = it.call(&sue, Method::POST, &path, Some(json!({ "add": ["1"] }))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/add/0")));
    let found = it.get(&sue, &format!("/conversations?label={id}")).await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(found["items"][0]["id"], json!(conversation));
    let (status, problem) = it.call(&sue, Method::DELETE, &format!("/labels/{id}"), None).await;
    assert_eq!((status, &problem["conversations"]), (StatusCode::CONFLICT, &json!(1)), "{problem}");
    let (status, _) = it.call(&sue, Method::DELETE, &format!("/labels/{id}?force=true"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(it.get(&sue, &format!("/conversations/{conversation}")).await["labels"], json!([]));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_are_searched_compressed_tried_again_and_forgotten() {
    let it = TestApp::start().await;
    let gateway = it.connected().await;
    contact_of(&it, "olena", "A needle in the hay").await;
    let found = it.get(&it.admin, "/deliveries?q=NEEDLE").await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(it.get(&it.admin, "/deliveries?q=no-such-words").await["items"], json!([]));
    let (status, _) = it.call(&it.admin, Method::GET, "/deliveries?from=yesterday", None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    // A large one from two days ago, and one from a hundred days ago that failed.
    let old = |days: i64| engine::clock::id_at(it.clock.now().plus(-days * DAY)) + 7;
    let recent = old(2);
    let filler = "hay ".repeat(1_000);
    let body = format!(
        r#"{{"object":"page","entry":[{{"id":"{LAVKA}","messaging":[{{"sender":{{"id":"4242"}},"recipient":{{"id":"{LAVKA}"}},
        "timestamp":1790000000001,"message":{{"mid":"m_old","text":"pitchfork {filler}"}}}}]}}]}}"#
    );
    for (id, failed) in [(recent, true), (old(100), true), (old(20), false)] {
        let arrived = Arrived {
            id: DeliveryId(id),
            gateway: gateway.parse().unwrap(),
            page: Some(LAVKA.into()),
            at: Micros(0),
            body: body.clone().into_bytes(),
            keys: vec![],
            unreadable: failed.then_some(NotApplied::Mistake {}),
        };
        it.store.commit(inbox::arrive(arrived)).await.unwrap();
    }
    let listed = it.get(&it.admin, "/deliveries?state=failed").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    // Any change of the rules starts the cleanup immediately.
    let (status, rules) =
        it.call(&it.admin, Method::PATCH, "/settings", Some(json!({ "deliveries_days": 10 }))).await;
    assert_eq!((status, &rules["deliveries_days"]), (StatusCode::OK, &json!(10)));
    it.until("what is too old to go", async || {
        let all = it.get(&it.admin, "/deliveries?q=pitchfork").await;
        (all["items"].as_array()?.len() == 1).then_some(())
    })
    .await;
    it.until("the body to be compressed", async || {
        let (_, body) = delivery::by_id(&it.store, DeliveryId(recent)).await.unwrap()?;
        (body.coding == Coding::Compressed && body.bytes.len() < 1_000).then_some(())
    })
    .await;
    let one = it.get(&it.admin, &format!("/deliveries/{recent}")).await;
    assert_eq!(one["body"], json!(body), "it is read as it came");
    assert_eq!(it.get(&it.admin, "/deliveries/counts").await["failed"], 1);
    let (status, _) = it.call(&it.admin, Method::POST, "/deliveries/retry", Some(json!({}))).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    it.until("the failed one to be applied", async || {
        (it.get(&it.admin, &format!("/deliveries/{recent}")).await["state"] == "done").then_some(())
    })
    .await;
    it.until("its words", async || {
        let found = it.get(&it.admin, "/conversations?q=pitchfork").await;
        found["items"].as_array()?.first().map(|_| ())
    })
    .await;
    let stale = json!({ "media_days": 5, "version": rules["version"].as_i64().unwrap() - 1 });
    let (status, problem) = it.call(&it.admin, Method::PATCH, "/settings", Some(stale)).await;
    assert_eq!((status, &problem["current"]["deliveries_days"]), (StatusCode::CONFLICT, &json!(10)));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_conversations_go_when_they_were_closed_for_long_enough() {
    let it = TestApp::start().await;
    it.connected().await;
    let (contact, conversation) = contact_of(&it, "olena", "What does this one cost?").await;
    let (stays, open) = contact_of(&it, "ahmed", "I am still waiting").await;
    for customer in ["olena", "ahmed"] {
        it.writes(customer, json!({ "attachment": { "type": "image" } })).await;
    }
    let picture = async |id: &str| {
        it.until("the picture", async || {
            let thread = it.get(&it.admin, &format!("/conversations/{id}/messages")).await;
            let shown =
                thread["items"].as_array()?.iter().find(|m| m["kind"] == "attachment")?["attachments"][0].clone();
            ["stored", "failed"].contains(&shown["status"].as_str()?).then_some(shown)
        })
        .await
    };
    assert_eq!(picture(&open).await["status"], "stored");
    let medium: i64 = picture(&conversation).await["id"].as_str().unwrap().parse().unwrap();
    // It is closed ten days later, and that was 50 days ago.
    it.clock.advance(10 * DAY);
    it.post(&it.admin, &format!("/conversations/{conversation}/close"), json!({})).await;
    let media = it.config.data_dir.join("media");
    let files = |id: i64| {
        let folder = media.join(format!("{:02x}", id >> 12 & 0xff));
        ["", "thumb"].map(|end| folder.join(id.to_string()).with_extension(end))
    };

    // The sandbox's picture is so small that it has no thumbnail.
    let [file, thumb] = files(medium);
    assert!(file.exists());
    std::fs::write(&thumb, b"a small picture").unwrap();
    let sql = "UPDATE medium SET thumbnail = 1 WHERE id = $1";
    testing::execute(&it.store, sql, testing::params![medium]).await.unwrap();

    let rules = async |change: Value| {
        let (status, rules) = it.call(&it.admin, Method::PATCH, "/settings", Some(change)).await;
        assert_eq!(status, StatusCode::OK, "{rules}");
    };
    it.clock.advance(50 * DAY);
    rules(json!({ "media_days": 51 })).await;
    rules(json!({ "media_days": 30 })).await;
    it.until("the file to go", async || (!files(medium).iter().any(|path| path.exists())).then_some(())).await;
    let gone = picture(&conversation).await;
    assert_eq!(gone["status"], "failed");
    assert!(gone["error"].as_str().unwrap().contains("does not store files"), "{gone}");
    assert_eq!(picture(&open).await["status"], "stored", "what is open keeps its files");

    rules(json!({ "closed_conversations_days": 30 })).await;
    it.until("the conversation to go", async || {
        let (status, _) = it.call(&it.admin, Method::GET, &format!("/conversations/{conversation}"), None).await;
        (status == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    it.until("the contact without any other", async || {
        let (status, _) = it.call(&it.admin, Method::GET, &format!("/contacts/{contact}"), None).await;
        (status == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    let sql = "SELECT count(*) FROM message WHERE conversation_id = $1";
    let params = testing::params![conversation.parse::<i64>().unwrap()];
    assert_eq!(testing::number(&it.store, sql, params).await.unwrap(), 0);
    assert_eq!(it.get(&it.admin, &format!("/contacts/{stays}")).await["id"], json!(stays));
    assert_eq!(it.get(&it.admin, &format!("/conversations/{open}")).await["id"], json!(open));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_was_read_before_a_merge_is_played_again_after_it() {
    let it = TestApp::start().await;
    it.connected().await;
    let (olena, _) = contact_of(&it, "olena", "First words of the first").await;
    let (maria, of_maria) = contact_of(&it, "maria", "First words of the second").await;
    let (ahmed, of_ahmed) = contact_of(&it, "ahmed", "First words of the third").await;
    it.post(&it.admin, &format!("/conversations/{of_ahmed}/close"), json!({})).await;
    // Another node on the same store: nothing in memory keeps the two apart.
    let node = server::app::App::open(it.config.clone()).await.unwrap();
    let merge = async |other: &str| {
        it.post(&it.admin, &format!("/contacts/{olena}/merge"), json!({ "contact_id": other })).await;
    };
    let by = Actor { user: UserId(1), name: "Sue", supervises: true };
    let played = std::sync::atomic::AtomicUsize::new(0);
    let after = turns::play(&node, of_maria.parse().unwrap(), |turn| {
        // It has been read, and is not committed yet.
        if played.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(merge(&maria)));
        }
        turn.note(by, "Said while they were merged".into());
        Ok(())
    })
    .await
    .unwrap()
    .conversation;
    assert_eq!(after.contact.to_string(), olena, "it is the merged contact's");
    assert_eq!(played.into_inner(), 2, "what was read before counted for nothing");
    let thread = it.get(&it.admin, &format!("/conversations/{of_maria}/messages")).await;
    let notes = thread["items"].as_array().unwrap().iter().filter(|m| m["kind"] == "note").count();
    assert_eq!(notes, 1);

    // The same for a message that begins a conversation, whose version was never read.
    let identity = identity::of_contact(&it.store, ahmed.parse().unwrap()).await.unwrap().remove(0);
    let state = ThreadState { identity, is_new: false, conversation: Thread::New(None) };
    let decided = turns::decide(&node, state, |turn| {
        turn.note(by, "Begun while they were merged".into());
        Ok(())
    });
    let mut batch = Batch::new();
    decided.await.unwrap().write(&mut batch);
    merge(&ahmed).await;
    let committed = it.store.commit(batch).await;
    assert!(matches!(committed, Err(store::CommitError::Conflict)), "{committed:?}");
    it.stop().await;
}
