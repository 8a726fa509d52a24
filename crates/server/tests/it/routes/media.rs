//! Media.

use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::app::TestApp;

mod create;
mod get;

/// The response of `POST /media` to a file for a conversation.
pub async fn upload(
    it: &TestApp,
    token: &str,
    conversation: &str,
    name: &str,
    bytes: &[u8],
) -> (StatusCode, Value) {
    let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    let form = Form::new().text("conversation_id", conversation.to_owned()).part("file", part);
    let request = it.http().post(format!("{}/api/v1/media", it.url)).bearer_auth(token).multipart(form);
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap_or_default())
}

/// A file for a quick reply.
pub async fn upload_for_reply(it: &TestApp, token: &str, name: &str, bytes: &[u8]) -> Value {
    let form = Form::new().part("file", Part::bytes(bytes.to_vec()).file_name(name.to_owned()));
    let request = it.http().post(format!("{}/api/v1/media", it.url)).bearer_auth(token).multipart(form);
    request.send().await.unwrap().json().await.unwrap()
}
