//! `POST /media`

use domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_file_is_stored_under_its_own_name_and_its_real_type
}

async fn a_file_is_stored_under_its_own_name_and_its_real_type(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let upload = async |token: &str, conversation: &str, name: &str, bytes: &[u8]| {
        let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned());
        let form =
            reqwest::multipart::Form::new().text("conversation_id", conversation.to_owned()).part("file", part);
        let request = it.http().post(format!("{}/api/v1/media", it.url)).bearer_auth(token).multipart(form);
        let response = request.send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap_or_default())
    };
    let (status, file) = upload(&ben, &id, "../prices.pdf", b"%PDF-1.4 prices").await;
    assert_eq!(
        (status, &file["name"], &file["mime"]),
        (StatusCode::CREATED, &json!("prices.pdf"), &json!("application/pdf"))
    );
    assert_eq!(file["size"], 15);
    assert_eq!(upload(&ben, &id, "run.exe", b"x").await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, problem) = upload(&ben, &id, "empty.txt", b"").await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/file")));
    let (status, problem) = upload(&ben, "x", "a.txt", b"a").await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/conversation_id"))
    );
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(upload(&carla, &id, "a.txt", b"a").await.0, StatusCode::NOT_FOUND);
}
