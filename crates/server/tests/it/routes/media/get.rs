//! `GET /media/{id}`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::media::upload;
use crate::routes::on_both_engines;

on_both_engines! {
    a_file_is_read_in_ranges_by_those_who_see_its_conversation
    a_cached_copy_counts_only_as_long_as_its_user_sees_the_conversation
}

async fn a_cached_copy_counts_only_as_long_as_its_user_sees_the_conversation(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let (_, file) = upload(it, &ben, &id, "prices.pdf", b"%PDF-1.4 prices").await;
    let url = format!("{}/api/v1/media/{}", it.url, file["id"].as_str().unwrap());
    let first = it.http().get(&url).bearer_auth(&ben).send().await.unwrap();
    assert_eq!(first.headers()["cache-control"], "private, no-cache");
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    let again = async |token: &str| {
        it.http().get(&url).bearer_auth(token).header("if-none-match", &tag).send().await.unwrap()
    };
    let known = again(&ben).await;
    assert_eq!(
        (known.status(), known.headers()["etag"].to_str().unwrap()),
        (StatusCode::NOT_MODIFIED, tag.as_str())
    );
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(again(&carla).await.status(), StatusCode::NOT_FOUND);
}

async fn a_file_is_read_in_ranges_by_those_who_see_its_conversation(it: &TestApp) {
    let (ben, id, _) = active(it).await;
    let (_, file) = upload(it, &ben, &id, "prices.pdf", b"%PDF-1.4 prices").await;
    let path = format!("/media/{}", file["id"].as_str().unwrap());
    let url = format!("{}/api/v1{path}", it.url);
    let whole = it.http().get(&url).bearer_auth(&ben).send().await.unwrap();
    assert!(whole.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!((whole.status(), whole.text().await.unwrap().as_str()), (StatusCode::OK, "%PDF-1.4 prices"));
    let range =
        async |range: &str| it.http().get(&url).bearer_auth(&ben).header("range", range).send().await.unwrap();
    let part = range("bytes=9-14").await;
    assert_eq!((part.status(), part.text().await.unwrap().as_str()), (StatusCode::PARTIAL_CONTENT, "prices"));
    assert_eq!(range("bytes=99-").await.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    let carla = it.user("Carla", Role::Agent).await;
    assert_eq!(it.call(&carla, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(it.call(&ben, Method::GET, &format!("{path}?size=huge"), None).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(it.call(&ben, Method::GET, "/media/1", None).await.0, StatusCode::NOT_FOUND);
}
