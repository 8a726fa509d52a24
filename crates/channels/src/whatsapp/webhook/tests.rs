//! Who the customers of a body are.

use serde_json::json;

use super::*;

fn of(messages: &serde_json::Value, contacts: &serde_json::Value) -> Vec<Inbound> {
    let value = json!({ "metadata": { "phone_number_id": "700" }, "contacts": contacts, "messages": messages });
    let changes = json!([{ "field": "messages", "value": value }]);
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "W", "changes": changes }] });
    decode(body.to_string().as_bytes()).unwrap()
}

fn text(extra: &serde_json::Value) -> serde_json::Value {
    let mut message =
        json!({ "id": "wamid.1", "type": "text", "text": { "body": "Hi" }, "timestamp": "1790000000" });
    let extra = extra.as_object().unwrap().clone();
    message.as_object_mut().unwrap().extend(extra);
    message
}

#[test]
fn a_customer_is_the_user_id_and_else_the_phone_number() {
    let cases = [
        // message, contact: user, phone
        (json!({ "from": "4915100", "from_user_id": "DE.1" }), json!({}), "DE.1", Some("4915100")),
        (json!({ "from": "+49 151 00" }), json!({}), "4915100", Some("4915100")),
        (json!({ "from_user_id": "DE.1" }), json!({}), "DE.1", None),
        (json!({ "from": "4915100" }), json!({ "wa_id": "4915100", "user_id": "DE.1" }), "DE.1", Some("4915100")),
        (
            json!({ "from_user_id": "DE.1" }),
            json!({ "wa_id": "4915100", "user_id": "DE.1" }),
            "DE.1",
            Some("4915100"),
        ),
        // Another customer's entry says nothing about this one.
        (json!({ "from_user_id": "DE.1" }), json!({ "wa_id": "4915100", "user_id": "DE.2" }), "DE.1", None),
        (json!({}), json!({ "wa_id": "4915100", "user_id": "DE.1" }), "DE.1", Some("4915100")),
    ];
    for (extra, contact, user, phone) in cases {
        let events = of(&json!([text(&extra)]), &json!([contact]));
        let [event] = &events[..] else { panic!("{events:?}") };
        assert_eq!(event.address, Address::new(Account::new(Channel::WHATSAPP, "700"), user), "{extra}");
        assert_eq!(event.customer.as_ref().and_then(|it| it.phone.as_deref()), phone, "{extra}");
    }
}

#[test]
fn nobody_is_guessed_if_several_could_be_meant() {
    let contacts = json!([{ "wa_id": "1", "user_id": "DE.1" }, { "wa_id": "2", "user_id": "DE.2" }]);
    let events = of(&json!([text(&json!({}))]), &contacts);
    assert!(matches!(events[0].what, InboundEvent::NotForUs { .. }), "{events:?}");
}

#[test]
fn a_message_without_an_id_gets_the_same_key_each_time() {
    let message = json!([text(&json!({ "id": null, "from": "4915100" }))]);
    assert_eq!(of(&message, &json!([])), of(&message, &json!([])));
    let later = json!([text(&json!({ "id": null, "from": "4915100", "timestamp": "1790000001" }))]);
    assert_ne!(of(&message, &json!([]))[0].what, of(&later, &json!([]))[0].what);
}

#[test]
fn the_words_of_an_edited_file_are_its_caption() {
    let words = |content: serde_json::Value| {
        let edit = json!({ "original_message_id": "wamid.0", "message": content });
        let message = json!([text(&json!({ "type": "edit", "text": null, "from": "4915100", "edit": edit }))]);
        match of(&message, &json!([])).remove(0).what {
            InboundEvent::Edited { mid, text, .. } => (mid, text),
            other => panic!("{other:?}"),
        }
    };
    let edited = |text: &str| ("wamid.0".to_owned(), text.to_owned());
    assert_eq!(words(json!({ "type": "text", "text": { "body": "New" } })), edited("New"));
    for kind in ["image", "video", "document"] {
        assert_eq!(words(json!({ "type": kind, kind: { "id": "1", "caption": "New" } })), edited("New"), "{kind}");
    }
}

#[test]
fn a_changed_user_id_belongs_to_the_old_one_that_the_notice_names() {
    let system = json!({ "type": "user_changed_user_id", "previous_user_id": "DE.1", "user_id": "DE.2" });
    let message = json!([{ "id": "wamid.1", "timestamp": "1790000000", "type": "system", "system": system }]);
    let event = of(&message, &json!([])).remove(0);
    assert_eq!(event.address.user, "DE.1");
    assert!(matches!(event.what, InboundEvent::Renamed(renamed) if renamed.user.as_deref() == Some("DE.2")));
}
