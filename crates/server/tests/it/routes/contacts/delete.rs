//! `DELETE /contacts/{id}`

use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    a_contact_is_gone_at_once_and_asking_again_tells_how_far_it_is
}

async fn a_contact_is_gone_at_once_and_asking_again_tells_how_far_it_is(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let contact = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let path = format!("/contacts/{}", contact.as_str().unwrap());
    assert_eq!(it.call(&ben, Method::DELETE, &path, None).await.0, StatusCode::FORBIDDEN);
    let (status, begun) = it.call(&it.admin, Method::DELETE, &path, None).await;
    assert_eq!((status, &begun["contact_id"]), (StatusCode::ACCEPTED, &contact));
    assert_eq!(it.call(&it.admin, Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    let (status, again) = it.call(&it.admin, Method::DELETE, &path, None).await;
    assert_eq!((status, &again["requested_at"]), (StatusCode::ACCEPTED, &begun["requested_at"]));
    assert_eq!(it.call(&it.admin, Method::DELETE, "/contacts/1", None).await.0, StatusCode::NOT_FOUND);
}
