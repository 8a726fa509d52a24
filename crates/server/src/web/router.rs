//! Every route, grouped by the permission that it needs, and the layers around them all.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use domain::role::Permission;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::web::api;
use crate::web::auth::{self, guard};
use crate::web::problem::Problem;
use crate::web::slow_body::{self, Patience};
use crate::web::{assets, base_path, compress, csp, finish, gateway, legal, live, observe, openapi};

/// The largest body of the API; uploads have a separate limit.
const LARGEST_BODY: usize = 1024 * 1024;
/// The routes of `/api/v1` with their description.
pub fn api(app: &App) -> (Router<App>, utoipa::openapi::OpenApi) {
    let guarded = |act: Permission, mut routes: OpenApiRouter<App>| {
        openapi::guarded(routes.get_openapi_mut(), act != Permission::Attend);
        routes.route_layer(from_fn_with_state((app.clone(), act), guard))
    };
    // Guests may use these and the `connect` routes, and no others.
    let attend = OpenApiRouter::new()
        .merge(api::me::routes())
        .merge(api::conversations::routes())
        .merge(api::messages::routes())
        .merge(api::typing::routes())
        .merge(api::channels::routes())
        .merge(api::accounts::attend_routes())
        .merge(api::search::routes())
        .merge(api::pages::picture_routes())
        .merge(api::media::routes())
        .merge(api::pause_causes::answer_routes())
        .merge(api::named::close_reasons::answer_routes())
        .merge(api::forms::answer_routes())
        .merge(api::quick_replies::answer_routes())
        .merge(live::routes());
    let connect = OpenApiRouter::new()
        .merge(api::connect::routes())
        .merge(api::pages::connect_routes())
        .merge(api::accounts::connect_routes());
    // Everyone who works here has these, whatever their role.
    let mut own = OpenApiRouter::new()
        .merge(api::me::own_routes())
        .merge(api::user_settings::routes())
        .merge(api::portrait::routes())
        .merge(api::tokens::routes())
        .route_layer(from_fn(auth::own));
    openapi::guarded(own.get_openapi_mut(), true);
    let mut comments = api::comments::routes(app);
    openapi::guarded(comments.get_openapi_mut(), true);
    let answer = OpenApiRouter::new()
        .merge(api::mentions::routes())
        .merge(api::conversations::transfer_routes())
        .merge(api::snooze::routes())
        .merge(api::colleagues::routes())
        .merge(api::control::routes())
        .merge(api::contacts::routes())
        .merge(api::people::routes())
        .merge(api::labels::answer_routes())
        .merge(api::summary::routes())
        .merge(api::agents::answer_routes())
        .merge(api::queues::answer_routes())
        .merge(api::named::teams::answer_routes())
        .merge(api::named::skills::answer_routes())
        .merge(api::calendars::answer_routes())
        .merge(api::conversations::start_routes())
        .merge(api::macros::answer_routes())
        .merge(api::quick_replies::edit_routes())
        .merge(api::agent_help::routes())
        .merge(api::transcript::routes())
        .merge(api::flow_runs::routes())
        .merge(api::message_templates::answer_routes())
        .merge(api::accounts::answer_routes());
    let supervise = OpenApiRouter::new()
        .merge(api::agents::supervise_routes())
        .merge(api::wallboard::routes())
        .merge(api::campaigns::supervise_routes())
        .merge(api::reports::routes())
        .merge(api::labels::supervise_routes());
    let content = OpenApiRouter::new()
        .merge(api::pause_causes::administer_routes())
        .merge(api::named::close_reasons::administer_routes())
        .merge(api::forms::administer_routes())
        .merge(api::macros::administer_routes())
        .merge(api::quick_replies::administer_routes());
    let queues = OpenApiRouter::new()
        .merge(api::agents::administer_routes())
        .merge(api::queues::administer_routes())
        .merge(api::named::teams::administer_routes())
        .merge(api::named::skills::administer_routes())
        .merge(api::calendars::administer_routes());
    let flows = OpenApiRouter::new()
        .merge(api::flows::routes())
        .merge(api::flow_secrets::routes())
        .merge(api::entry_points::routes());
    let contacts = OpenApiRouter::new().merge(api::contacts::exchange_routes());
    let administer = OpenApiRouter::new()
        .merge(api::users::routes())
        .merge(api::roles::routes())
        .merge(api::messenger_profile::routes())
        .merge(api::gateways::routes())
        .merge(api::pages::routes())
        .merge(api::message_templates::administer_routes())
        .merge(api::accounts::routes())
        .merge(api::review::routes())
        .merge(api::review::access::routes())
        .merge(api::deliveries::routes())
        .merge(api::erasure::routes())
        .merge(api::settings::routes())
        .merge(api::audit::routes())
        .merge(api::webhooks::routes())
        .merge(api::checklist::routes());
    let (router, mut document) = OpenApiRouter::with_openapi(openapi::empty())
        .nest(
            "/api/v1",
            OpenApiRouter::new()
                .merge(api::session::public_routes())
                .merge(guarded(Permission::Attend, attend))
                .merge(guarded(Permission::Attend, own))
                .merge(guarded(Permission::Attend, comments))
                .merge(guarded(Permission::Connect, connect))
                .merge(guarded(Permission::Answer, answer))
                .merge(guarded(Permission::Supervise, supervise))
                .merge(guarded(Permission::Content, content))
                .merge(guarded(Permission::Queues, queues))
                .merge(guarded(Permission::Flows, flows))
                .merge(guarded(Permission::Contacts, contacts))
                .merge(guarded(Permission::Administer, administer)),
        )
        .split_for_parts();
    openapi::finish(&mut document);
    (router, document)
}

/// The whole server.
pub fn router(app: App) -> Router {
    patient_router(app, Patience::default())
}

/// The whole server, with this patience for slow clients.
pub fn patient_router(app: App, patience: Patience) -> Router {
    let (api, document) = api(&app);
    let api = api
        .route("/api/v1/openapi.json", openapi::served(&document))
        .route("/api/{*rest}", any(async || Problem::not_found("route")))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        // Responses are for one user: none stays in the browser after they sign out.
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(from_fn(finish::changes))
        .layer(from_fn(compress::mark))
        .layer(compress::layer());
    let routes = api
        .merge(gateway::routes())
        .merge(legal::routes())
        .merge(api::probes::routes())
        .merge(api::portrait::public_routes())
        .fallback(assets::serve)
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This method is not allowed here.")
        })
        // One call for all of them: each call of `layer` costs every request an allocation per route.
        .layer((
            // After the first visit, a browser never uses http again.
            SetResponseHeaderLayer::overriding(
                header::STRICT_TRANSPORT_SECURITY,
                app.config.is_https().then(|| HeaderValue::from_static("max-age=31536000")),
            ),
            from_fn_with_state(patience, slow_body::limit),
            SetResponseHeaderLayer::if_not_present(
                header::REFERRER_POLICY,
                HeaderValue::from_static("same-origin"),
            ),
            SetResponseHeaderLayer::if_not_present(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            SetResponseHeaderLayer::if_not_present(
                HeaderName::from_static("content-security-policy"),
                csp::policy(&app.config.meta_media_hosts),
            ),
            CatchPanicLayer::custom(panicked),
        ));
    let base = app.urls.base().to_owned();
    base_path::under(base, observe::observed(routes, &app).with_state(app))
}

/// A panic in a handler is our fault: it is logged where it happened and returned as a problem.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something failed in Deskbell and is in its log. Nothing was changed. Try again; if it keeps happening, \
        give the request_id to your server administrator.",
    )
    .into_response()
}
