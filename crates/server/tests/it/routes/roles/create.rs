//! `POST /roles`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_custom_role_decides_what_its_user_sees_and_does_everywhere
    what_is_no_role_is_refused
}

async fn what_is_no_role_is_refused(it: &TestApp) {
    let post = async |body: Value| it.call(&it.admin, Method::POST, "/roles", Some(body)).await;
    for (body, pointer) in [
        (json!({ "name": " ", "permissions": [] }), "/name"),
        (json!({ "name": "AGENT", "permissions": [] }), "/name"),
        (json!({ "name": "Reader", "permissions": ["see_all", "fly"] }), "/permissions/1"),
    ] {
        let (status, problem) = post(body).await;
        let found = &problem["errors"][0]["pointer"];
        assert_eq!((status, found), (StatusCode::UNPROCESSABLE_ENTITY, &pointer.into()), "{problem}");
    }
    let reader = json!({ "name": "Reader", "permissions": ["see_all"] });
    assert_eq!(post(reader.clone()).await.0, StatusCode::CREATED);
    assert_eq!(post(reader).await.0, StatusCode::CONFLICT);
    let user = json!({ "name": "Rita", "email": "rita@example.org", "role": "Writer" });
    let (status, problem) = it.call(&it.admin, Method::POST, "/users", Some(user)).await;
    let pointer = &problem["errors"][0]["pointer"];
    assert_eq!((status, pointer), (StatusCode::UNPROCESSABLE_ENTITY, &"/role".into()));
}

async fn a_custom_role_decides_what_its_user_sees_and_does_everywhere(it: &TestApp) {
    let (_, conversation, _) = active(it).await;
    let permissions = json!(["content", "see_all", "answer"]);
    let role = it.post(&it.admin, "/roles", json!({ "name": "Editor", "permissions": permissions })).await;
    assert_eq!(role["permissions"], permissions);
    let rita = it.user("Rita", domain::role::Role::Agent).await;
    let me = it.get(&rita, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{conversation}");
    assert_eq!(it.call(&rita, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);

    let change = json!({ "role": role["id"], "agent": false });
    let (status, user) = it.call(&it.admin, Method::PATCH, &format!("/users/{me}"), Some(change)).await;
    let expected = (StatusCode::OK, &role["id"], &json!("Editor"));
    assert_eq!((status, &user["role"], &user["role_name"]), expected, "{user}");
    let permissions = it.get(&rita, "/me").await["permissions"].clone();
    assert_eq!(permissions, json!(["content", "see_all", "answer", "attend"]));
    // One rule decides for the conversation, lists, searches and the customer.
    assert_eq!(it.get(&rita, &path).await["id"], json!(conversation));
    assert_eq!(it.get(&rita, "/conversations?q=hello").await["items"][0]["id"], json!(conversation));
    assert_eq!(it.get(&rita, "/contacts").await["items"].as_array().unwrap().len(), 1);
    // They read and edit texts, but cannot take conversations or change the setup.
    let status = async |method: Method, path: &str| it.call(&rita, method, path, Some(json!({}))).await.0;
    assert_eq!(status(Method::POST, &format!("{path}/take")).await, StatusCode::FORBIDDEN);
    assert_eq!(status(Method::POST, "/quick-replies").await, StatusCode::UNPROCESSABLE_ENTITY);
    for path in ["/queues", "/flows", "/roles", "/users"] {
        assert_eq!(status(Method::POST, path).await, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(status(Method::GET, "/contacts/export").await, StatusCode::FORBIDDEN);
}
