//! `GET /me/picture`, `PUT /me/picture`, `DELETE /me/picture`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_picture_has_a_public_address_until_it_is_removed
}

async fn a_picture_has_a_public_address_until_it_is_removed(it: &TestApp) {
    let ben = it.user("Ben", Role::Agent).await;
    assert_eq!(it.get(&ben, "/me/picture").await["picture_url"], Value::Null);
    let put = async |bytes: &[u8]| {
        let part = reqwest::multipart::Part::bytes(bytes.to_vec()).file_name("me.png");
        let form = reqwest::multipart::Form::new().part("file", part);
        let request = it.http().put(format!("{}/api/v1/me/picture", it.url)).bearer_auth(&ben).multipart(form);
        request.send().await.unwrap()
    };
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let answer = put(png).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let url = answer.json::<Value>().await.unwrap()["picture_url"].as_str().unwrap().to_owned();
    assert_eq!(it.get(&ben, "/me/picture").await["picture_url"], json!(url));
    let read = it.http().get(&url).send().await.unwrap();
    assert_eq!((read.status(), read.bytes().await.unwrap().as_ref()), (StatusCode::OK, png.as_slice()));
    assert_eq!(put(b"GIF89a").await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(it.call(&ben, Method::DELETE, "/me/picture", None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.http().get(&url).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
