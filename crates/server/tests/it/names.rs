//! Names of what administrators make: two of a kind differ by more than case and spaces.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::{forms, macros, on_both_engines};

on_both_engines! {
    no_two_of_a_kind_differ_by_case_and_spaces_only
}

async fn no_two_of_a_kind_differ_by_case_and_spaces_only(it: &TestApp) {
    let flow = it.post(&it.admin, "/flows", json!({ "name": "Tested" })).await["id"].clone();
    let tests = format!("/flows/{}/tests", flow.as_str().unwrap());
    for (path, rest) in [
        ("/labels", json!({})),
        ("/queues", json!({})),
        ("/teams", json!({})),
        ("/skills", json!({})),
        ("/close-reasons", json!({})),
        ("/pause-causes", json!({})),
        ("/calendars", json!({ "time_zone": "UTC" })),
        ("/roles", json!({ "permissions": ["see_all"] })),
        ("/forms", forms::order_form()),
        ("/macros", macros::thanks()),
        ("/flows", json!({})),
        (tests.as_str(), json!({ "inputs": [], "expected": [] })),
    ] {
        let named = |name: &str| {
            let mut body = rest.clone();
            body["name"] = json!(name);
            Some(body)
        };
        let create = async |name: &str| it.call(&it.admin, Method::POST, path, named(name)).await;
        let rename = async |made: &Value, name: &str| {
            let method = if path == "/flows" { Method::PUT } else { Method::PATCH };
            let path = format!("{path}/{}", made["id"].as_str().unwrap());
            it.call(&it.admin, method, &path, Some(json!({ "name": name }))).await
        };
        let (status, first) = create("Night shift").await;
        assert_eq!(status, StatusCode::CREATED, "{path}: {first}");
        for same in ["night shift", "  NIGHT   SHIFT "] {
            let (status, problem) = create(same).await;
            assert_eq!(
                (status, &problem["errors"][0]["pointer"]),
                (StatusCode::CONFLICT, &json!("/name")),
                "{path}"
            );
        }
        let (status, second) = create("Day shift").await;
        assert_eq!(status, StatusCode::CREATED, "{path}: {second}");
        assert_eq!(rename(&second, "NIGHT SHIFT").await.0, StatusCode::CONFLICT, "{path}");
        let (status, renamed) = rename(&first, " NIGHT SHIFT ").await;
        assert_eq!((status, &renamed["name"]), (StatusCode::OK, &json!("NIGHT SHIFT")), "{path}: {renamed}");
    }
}
