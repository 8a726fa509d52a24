//! The pages that people look at: index, phone, dashboard, and their styles and scripts.

use crate::graph;
use crate::shared::Shared;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

/// Routes of the pages. `/` is also Graph's address for batches (§11.3).
pub fn router() -> Router<Shared> {
    Router::new()
        .route("/", get(index).post(graph::handle))
        .route("/phone", get(|| html(include_str!("../pages/phone.html"))))
        .route("/dashboard", get(|| html(include_str!("../pages/dashboard.html"))))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .route("/static/{file}", get(file))
}

async fn html(text: &'static str) -> Response {
    ([(header::CACHE_CONTROL, "no-cache")], Html(text)).into_response()
}

async fn index(State(shared): State<Shared>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if query.contains("ids=") || query.contains("access_token=") {
        return graph::handle(State(shared), request).await;
    }
    html(include_str!("../pages/index.html")).await
}

async fn file(Path(name): Path<String>) -> Response {
    let (mime, text) = match name.as_str() {
        "common.css" => ("text/css", include_str!("../pages/common.css")),
        "dialog.css" => ("text/css", include_str!("../pages/dialog.css")),
        "dialog.js" => ("text/javascript", include_str!("../pages/dialog.js")),
        "phone.css" => ("text/css", include_str!("../pages/phone.css")),
        "bubbles.js" => ("text/javascript", include_str!("../pages/bubbles.js")),
        "menu.js" => ("text/javascript", include_str!("../pages/menu.js")),
        "whatsapp.js" => ("text/javascript", include_str!("../pages/whatsapp.js")),
        "phone.js" => ("text/javascript", include_str!("../pages/phone.js")),
        "dashboard.css" => ("text/css", include_str!("../pages/dashboard.css")),
        "accounts.js" => ("text/javascript", include_str!("../pages/accounts.js")),
        "kit.js" => ("text/javascript", include_str!("../pages/kit.js")),
        "trouble.js" => ("text/javascript", include_str!("../pages/trouble.js")),
        "dashboard.js" => ("text/javascript", include_str!("../pages/dashboard.js")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}
