//! `POST /forms`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::order_form;
use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_form_is_stored_as_it_was_sent_and_what_cannot_be_right_is_named
}

async fn a_form_is_stored_as_it_was_sent_and_what_cannot_be_right_is_named(it: &TestApp) {
    let post = async |form: Value| it.call(&it.admin, Method::POST, "/forms", Some(form)).await;
    for (change, pointer) in [
        (json!({ "name": " " }), "/name"),
        (json!({ "fields": [] }), "/fields"),
        (json!({ "fields": [{ "key": "Total sum", "label": "Total", "kind": "number" }] }), "/fields/0/key"),
        (json!({ "fields": [{ "key": "a", "label": "", "kind": "text" }] }), "/fields/0/label"),
        (json!({ "fields": [{ "key": "a", "label": "A", "kind": "colour" }] }), "/fields/0/kind"),
        (json!({ "fields": [{ "key": "a", "label": "A", "kind": "choice" }] }), "/fields/0/choices"),
        (json!({ "fields": [{ "key": "a", "label": "A", "kind": "text", "hint": 1 }] }), "/fields/0/hint"),
    ] {
        let mut form = order_form();
        form.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, problem) = post(form).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &pointer.into()),
            "{problem}"
        );
    }
    assert_eq!(it.get(&it.admin, "/forms").await["items"], json!([]));
    let (status, made) = post(order_form()).await;
    assert_eq!((status, &made["fields"]), (StatusCode::CREATED, &order_form()["fields"]));
    assert_eq!(post(order_form()).await.0, StatusCode::CONFLICT);
}
