//! Files and pictures as a CDN serves them: without a token, with real bytes.

use crate::avatar::{Motif, png};
use crate::graph;
use crate::shared::Shared;
use crate::world::{GraphCall, Kind};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use std::time::Duration;

/// Routes below `/cdn`.
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/cdn/avatar/{file}", get(avatar))
        .route("/cdn/sticker/{file}", get(sticker))
        .route("/cdn/file/{id}/{name}", get(file))
        .route("/whatsapp_business/attachments/", get(graph::whatsapp::download))
}

async fn fault(shared: &Shared, uri: &Uri) -> Option<Response> {
    let fault = shared.world().take_call_fault(
        Kind::Cdn,
        None,
        &GraphCall { method: "GET", path: uri.path(), ..GraphCall::default() },
    )?;
    tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    let status = StatusCode::from_u16(fault.status?).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    Some((status, fault.body.unwrap_or_else(|| "A fault switched on in the sandbox".to_owned())).into_response())
}

fn bytes(mime: &str, content: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, mime.to_owned()),
        (header::CACHE_CONTROL, "max-age=600".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
    ];
    (headers, content).into_response()
}

async fn avatar(State(shared): State<Shared>, uri: Uri, Path(file): Path<String>) -> Response {
    if let Some(fault) = fault(&shared, &uri).await {
        return fault;
    }
    let motif = if file.starts_with("page-") { Motif::Page } else { Motif::Person };
    bytes("image/png", Bytes::from(png(motif, &file)))
}

async fn sticker(State(shared): State<Shared>, uri: Uri, Path(file): Path<String>) -> Response {
    if let Some(fault) = fault(&shared, &uri).await {
        return fault;
    }
    bytes("image/png", Bytes::from(png(Motif::Like, &file)))
}

async fn file(State(shared): State<Shared>, uri: Uri, Path((id, _name)): Path<(String, String)>) -> Response {
    if let Some(fault) = fault(&shared, &uri).await {
        return fault;
    }
    let medium = shared.world().media.get(&id).cloned();
    match medium {
        Some(medium) => bytes(&medium.mime, medium.bytes),
        None => (StatusCode::NOT_FOUND, "URL signature expired").into_response(),
    }
}
