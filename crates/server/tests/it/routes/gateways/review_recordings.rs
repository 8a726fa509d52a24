//! `GET /gateways/{id}/review/recordings`, `POST /gateways/{id}/review/recordings`,
//! `DELETE /gateways/{id}/review/recordings`, `GET /gateways/{id}/review/recordings/{name}`,
//! `PUT /gateways/{id}/review/recordings/{name}`, `DELETE /gateways/{id}/review/recordings/{name}`

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_film_is_put_listed_read_and_removed
    what_is_no_film_is_refused_and_leaves_nothing
}

async fn put(it: &TestApp, url: &str, body: Vec<u8>) -> StatusCode {
    it.http().put(url).bearer_auth(&it.admin).body(body).send().await.unwrap().status()
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

async fn a_film_is_put_listed_read_and_removed(it: &TestApp) {
    let path = format!("/gateways/{}/review/recordings", it.gateway_id().await);
    let url = format!("{}/api/v1{path}", it.url);
    let film = [b"\0\0\0\x1cftypisom".as_slice(), &[7; 400]].concat();
    assert_eq!(put(it, &format!("{url}/pages_messaging"), film.clone()).await, StatusCode::OK);
    let list = it.get(&it.admin, &path).await;
    assert_eq!(names(&list), ["pages_messaging.real.mp4"]);

    let one = format!("{url}/pages_messaging.real.mp4");
    let read = it.http().get(&one).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(read.headers()[header::CONTENT_TYPE], "video/mp4");
    assert_eq!(read.bytes().await.unwrap(), film);

    let one = format!("{path}/pages_messaging.real.mp4");
    assert_eq!(it.call(&it.admin, Method::DELETE, &one, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(it.call(&it.admin, Method::DELETE, &one, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&it.admin, Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert!(names(&it.get(&it.admin, &path).await).is_empty());
}

async fn what_is_no_film_is_refused_and_leaves_nothing(it: &TestApp) {
    let path = format!("/gateways/{}/review/recordings", it.gateway_id().await);
    let url = format!("{}/api/v1{path}", it.url);
    let (text, film) = (vec![b'x'; 400], [b"\0\0\0\x1cftypisom".as_slice(), &[7; 400]].concat());
    assert_eq!(put(it, &format!("{url}/pages_messaging"), text).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(put(it, &format!("{url}/no_such_film"), film).await, StatusCode::NOT_FOUND);
    let (status, problem) =
        it.call(&it.admin, Method::POST, &path, Some(json!({ "only": ["no_such_film"] }))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/only/0")));
    assert!(names(&it.get(&it.admin, &path).await).is_empty());
    assert_eq!(
        it.call(&it.admin, Method::GET, "/gateways/1/review/recordings", None).await.0,
        StatusCode::NOT_FOUND
    );
}
