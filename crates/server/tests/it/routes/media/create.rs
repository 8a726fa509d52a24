//! `POST /media`

use domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::media::upload;
use crate::routes::on_both_engines;

on_both_engines! {
    a_file_is_stored_under_its_own_name_and_its_real_type
}

async fn a_file_is_stored_under_its_own_name_and_its_real_type(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let (status, file) = upload(it, &ben, &id, "../prices.pdf", b"%PDF-1.4 prices").await;
    assert_eq!(
        (status, &file["name"], &file["mime"]),
        (StatusCode::CREATED, &json!("prices.pdf"), &json!("application/pdf"))
    );
    assert_eq!(file["size"], 15);
    assert_eq!(upload(it, &ben, &id, "run.exe", b"x").await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, problem) = upload(it, &ben, &id, "empty.txt", b"").await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/file")));
    let (status, problem) = upload(it, &ben, "x", "a.txt", b"a").await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/conversation_id"))
    );
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(upload(it, &carla, &id, "a.txt", b"a").await.0, StatusCode::NOT_FOUND);
}
