//! One fixture for each kind of event, with the expected result, and properties that must hold for every body.

mod corpus;

use channels::Unreadable;
use domain::inbound::{Form, Inbound, InboundEvent};
use domain::not_applied::NotApplied;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use self::corpus::{corpus, decode, is_keyed, mutate};

fn message(inbound: &Inbound) -> &domain::inbound::Said {
    match &inbound.what {
        InboundEvent::Said(message) => message,
        other => panic!("{other:?}"),
    }
}

fn one_message(message: &str) -> String {
    format!(
        r#"{{"object":"page","entry":[{{"id":"200","messaging":[{{"sender":{{"id":"300"}},"recipient":{{"id":"200"}},"timestamp":1,"message":{message}}}]}}]}}"#
    )
}

#[test]
fn every_fixture_is_read_as_its_snapshot_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(!paths.is_empty());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../fixtures");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in paths {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let body = std::fs::read(&path).unwrap();
            insta::assert_json_snapshot!(name, decode(&body).unwrap());
        }
    });
}

/// The keys of events that Meta gives no id.
fn keys(body: &Value) -> Vec<String> {
    let events = json!(decode(body.to_string().as_bytes()).unwrap());
    let key = |event: &Value| event["what"]["mid"].as_str().or(event["what"]["key"].as_str()).unwrap().to_owned();
    events.as_array().unwrap().iter().map(key).collect()
}

#[test]
fn a_delivery_that_comes_again_gets_the_same_keys() {
    for name in ["message_without_mid", "postback_without_mid", "referral", "order"] {
        let path = format!("{}/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let body = std::fs::read(path).unwrap();
        let first: Value = serde_json::from_slice(&body).unwrap();
        let keys_of_first = keys(&first);
        assert!(keys_of_first.iter().all(|key| key.starts_with("made_")), "{name}: {keys_of_first:?}");
        let distinct: BTreeSet<&String> = keys_of_first.iter().collect();
        assert_eq!(distinct.len(), keys_of_first.len(), "{name}: two events have one key");

        // Meta sends it again in another batch, at another time, with the fields in another order.
        let mut again = first.clone();
        again["entry"][0]["time"] = json!(1_790_000_999_999_u64);
        let other = json!({"id": "200", "time": 1, "messaging": [{"sender": {"id": "301"}, "recipient": {"id": "200"},
            "timestamp": 1, "message": {"mid": "m_other", "text": "Another customer"}}]});
        again["entry"].as_array_mut().unwrap().insert(0, other);
        assert_ne!(again.to_string().as_bytes(), body, "{name}");
        assert_eq!(keys(&again)[1..], keys_of_first, "{name}");

        // The same content a millisecond later is another event.
        let mut later = first;
        for item in later["entry"][0]["messaging"].as_array_mut().unwrap() {
            item["timestamp"] = json!(item["timestamp"].as_u64().unwrap() + 1);
        }
        assert!(keys(&later).iter().all(|key| !keys_of_first.contains(key)), "{name}");
    }
}

#[test]
fn bodies_that_hold_no_events_are_named() {
    assert_eq!(decode(&[b'{', 0xff]), Err(Unreadable::NotUtf8(1)));
    assert!(matches!(decode(b""), Err(Unreadable::NotJson { .. })));
    assert!(matches!(decode(b"{\"object\":"), Err(Unreadable::NotJson { .. })));
    assert_eq!(decode(b"[]"), Err(Unreadable::NotAnObject));
    assert_eq!(decode(b" \"x\""), Err(Unreadable::NotAnObject));
    assert_eq!(decode(b"{}"), Ok(vec![]));
    assert_eq!(decode(b"{\"object\":\"page\",\"entry\":null}"), Ok(vec![]));
}

#[test]
fn what_is_unreadable_is_told_without_quoting_the_body() {
    let error = decode(br#"{"object":"page","entry":[{"id":"secret words" oops}]}"#).unwrap_err();
    let error = NotApplied::from(error).english();
    assert!(!error.contains("secret"), "{error}");
    assert!(error.contains("column"), "{error}");
}

#[test]
fn half_an_emoji_costs_only_itself() {
    let all = decode(one_message(r#"{"mid":"m","text":"cut \ud83d"}"#).as_bytes()).unwrap();
    assert_eq!(message(&all[0]).text.as_deref(), Some("cut \u{fffd}"));
    let all = decode(one_message(r#"{"mid":"m","text":"\\ud83d \ude00 \ud83d\ude00"}"#).as_bytes()).unwrap();
    assert_eq!(message(&all[0]).text.as_deref(), Some("\\ud83d \u{fffd} 😀"));
}

#[test]
fn a_key_that_stands_twice_counts_once() {
    let all = decode(one_message(r#"{"mid":"m","text":"a","text":"b"}"#).as_bytes()).unwrap();
    assert_eq!(message(&all[0]).text.as_deref(), Some("b"));
}

#[test]
fn a_byte_order_mark_is_no_obstacle() {
    let body = format!("\u{feff}{}", one_message(r#"{"mid":"m","text":"a"}"#));
    assert_eq!(message(&decode(body.as_bytes()).unwrap()[0]).form, Form::Text);
}

#[test]
fn two_photos_are_not_taken_for_twins() {
    let photos = r#"{"mid":"m","attachments":[{"type":"image","payload":{"url":"https://a"}},{"type":"image","payload":{"url":"https://a"}}]}"#;
    assert_eq!(message(&decode(one_message(photos).as_bytes()).unwrap()[0]).files.len(), 2);
}

/// Any JSON, about half of it with Meta's own keys.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let word = prop_oneof![
        Just("id"),
        Just("entry"),
        Just("messaging"),
        Just("standby"),
        Just("changes"),
        Just("sender"),
        Just("recipient"),
        Just("timestamp"),
        Just("message"),
        Just("mid"),
        Just("text"),
        Just("attachments"),
        Just("type"),
        Just("payload"),
        Just("url"),
        Just("sticker_id"),
        Just("reaction"),
        Just("delivery"),
        Just("watermark"),
        Just("mids"),
        Just("postback"),
        Just("referral"),
        Just("optin"),
        Just("order"),
        Just("products"),
        Just("image"),
        Just("sticker"),
        Just("page"),
        Just("start_time"),
        Just("coordinates"),
        Just("appointment_booking"),
        Just("pass_thread_control"),
        Just("messaging_feedback"),
        Just("is_echo"),
        Just("object"),
        Just("whatsapp_business_account"),
        Just("value"),
        Just("field"),
        Just("messages"),
        Just("statuses"),
        Just("contacts"),
        Just("from"),
        Just("wa_id"),
        Just("user_id"),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
        word.clone().prop_map(Into::into),
    ];
    leaf.prop_recursive(7, 96, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

fn events(body: &serde_json::Value) -> Vec<Inbound> {
    decode(body.to_string().as_bytes()).unwrap()
}

/// Adds an unknown key to every object except the events themselves, whose keys are their kinds.
fn with_unknown_fields(value: &mut serde_json::Value, unknown: &serde_json::Value, is_event: bool) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                let events = matches!(key.as_str(), "messaging" | "standby");
                match inner.as_array_mut().filter(|_| events) {
                    Some(list) => list.iter_mut().for_each(|one| with_unknown_fields(one, unknown, true)),
                    None => with_unknown_fields(inner, unknown, false),
                }
            }
            if !is_event {
                map.insert("nobody_knows_this".into(), unknown.clone());
            }
        }
        serde_json::Value::Array(list) => {
            list.iter_mut().for_each(|one| with_unknown_fields(one, unknown, false));
        }
        _ => {}
    }
}

/// The result, without keys that are derived from whole contents.
fn understood(all: &[Inbound]) -> serde_json::Value {
    fn blank(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::String(text) if text.starts_with("made_") => "made".into(),
            serde_json::Value::Array(list) => list.into_iter().map(blank).collect(),
            serde_json::Value::Object(map) => map.into_iter().map(|(key, one)| (key, blank(one))).collect(),
            other => other,
        }
    }
    blank(serde_json::to_value(all).unwrap())
}

#[test]
fn unknown_fields_change_nothing_that_is_understood() {
    for unknown in
        [serde_json::json!(null), serde_json::json!(7), serde_json::json!({"mid": "m_9", "text": ["x"]})]
    {
        for (name, body) in corpus() {
            let mut longer = body.clone();
            with_unknown_fields(&mut longer, &unknown, false);
            assert_eq!(understood(&events(&longer)), understood(&events(&body)), "{name}");
        }
    }
}

#[test]
fn every_event_of_the_corpus_is_keyed_and_read_alike_each_time() {
    for (name, body) in corpus() {
        let all = events(&body);
        assert!(all.iter().all(is_keyed), "{name}: {all:?}");
        assert_eq!(all, events(&body), "{name}");
    }
}

#[test]
fn ids_may_be_numbers_and_numbers_text() {
    fn turned(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::String(text) => match text.parse::<u64>() {
                Ok(number) if number.to_string() == text => number.into(),
                _ => text.into(),
            },
            serde_json::Value::Number(number) => number.to_string().into(),
            serde_json::Value::Bool(flag) => flag.to_string().into(),
            serde_json::Value::Array(list) => list.into_iter().map(turned).collect(),
            serde_json::Value::Object(map) => map.into_iter().map(|(key, one)| (key, turned(one))).collect(),
            other => other,
        }
    }
    for (name, body) in corpus().into_iter().filter(|(name, _)| !name.contains("unknown_kind")) {
        assert_eq!(understood(&events(&turned(body.clone()))), understood(&events(&body)), "{name}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn every_object_is_read(messaging in prop::collection::vec(json(), 0..4), entry in json()) {
        let body = serde_json::json!({"object": "page", "entry": [{"id": "200", "messaging": messaging}, entry]});
        let all = decode(body.to_string().as_bytes()).unwrap();
        prop_assert!(all.len() >= messaging.len());
    }

    #[test]
    fn a_broken_neighbour_spoils_nothing(neighbour in json()) {
        let good = serde_json::json!({"sender": {"id": "300"}, "recipient": {"id": "200"}, "timestamp": 1, "message": {"mid": "m_good", "text": "hi"}});
        let body = serde_json::json!({"object": "page", "entry": [{"id": "200", "messaging": [neighbour, good]}]});
        let all = decode(body.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&message(all.last().unwrap()).mid, "m_good");
    }

    #[test]
    fn fixtures_with_a_byte_changed_do_not_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/many_entries.json");
        let mut body = std::fs::read(path).unwrap();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = decode(&body);
    }

    #[test]
    fn a_mutated_corpus_is_read_whole_keyed_and_alike_each_time(
        which in any::<prop::sample::Index>(), at in 0_usize..60, with in json(), again in 0_usize..60, other in json(),
    ) {
        let corpus = corpus();
        let (_, body) = &corpus[which.index(corpus.len())];
        let mut body = body.clone();
        mutate(&mut body, at, &with);
        mutate(&mut body, again, &other);
        let bytes = body.to_string();
        let first = decode(bytes.as_bytes());
        prop_assert_eq!(&first, &decode(bytes.as_bytes()));
        for inbound in first.unwrap_or_default() {
            prop_assert!(is_keyed(&inbound), "{:?}", inbound);
        }
    }

    #[test]
    fn a_corpus_with_bytes_changed_does_not_panic(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 1..8),
    ) {
        let corpus = corpus();
        let mut body = corpus[which.index(corpus.len())].1.to_string().into_bytes();
        let at = at.index(body.len());
        let end = (at + bytes.len()).min(body.len());
        body.splice(at..end, bytes);
        let _ = decode(&body);
    }
}
