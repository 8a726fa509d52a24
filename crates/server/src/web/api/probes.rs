//! Probes for monitoring: liveness, readiness and metrics.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use domain::role::Permission;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use store::table::{inbox, outbox, setting};

use crate::app::App;
use crate::web::auth;
use crate::web::client::Client;
use crate::web::csp;
use crate::web::problem::{Answer, Problem};
use engine::view;

/// How long the store may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(3);

/// Headers that proxies add to a request.
const OF_PROXIES: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts recording metrics, once per process; later calls do nothing.
pub fn record() {
    RECORDER.get_or_init(|| {
        // Waits and durations in seconds, from a millisecond to a minute.
        let buckets = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
        PrometheusBuilder::new().set_buckets(&buckets).ok()?.install_recorder().ok()
    });
}

/// Drops old samples; to be called every few seconds.
pub fn tidy() {
    if let Some(Some(recorder)) = RECORDER.get() {
        recorder.run_upkeep();
    }
}

/// The routes of the main address.
pub fn routes() -> Router<App> {
    Router::new().route("/healthz", get(lives)).route("/readyz", get(ready)).route("/metrics", get(here))
}

/// The routes of the address for metrics alone.
pub fn metrics_routes() -> Router<App> {
    Router::new().route("/metrics", get(metrics))
}

async fn lives() -> &'static str {
    "ok\n"
}

/// Whether requests can be served: the store accepts writes and answers.
async fn ready(State(app): State<App>) -> Answer<&'static str> {
    let no = |why: &str| Problem::new(StatusCode::SERVICE_UNAVAILABLE, why);
    if !app.store.healthy() {
        return Err(no("The store does not take writes now."));
    }
    if let Some(problem) = app.workers.problem() {
        return Err(no(&problem));
    }
    match tokio::time::timeout(PATIENCE, setting::get(&app.store, "seeded")).await {
        Ok(Ok(_)) => Ok("ready\n"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the store does not answer the readiness probe");
            Err(no("The store does not answer."))
        }
        Err(_) => Err(no("The store does not answer in time.")),
    }
}

/// The metrics, unless they have a separate address: for programs on this machine and for administrators.
async fn here(state: State<App>, client: Client, headers: HeaderMap) -> Answer<impl IntoResponse> {
    if state.config.metrics_listen.is_some() {
        return Err(Problem::not_found("page"));
    }
    // Behind a proxy on this machine every client seems local, and not every proxy identifies itself.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let on_this_machine = client.address.is_loopback()
        && csp::is_this_machine(host)
        && !OF_PROXIES.iter().any(|name| headers.contains_key(*name))
        && !state.config.is_behind_proxy();
    if !on_this_machine {
        let who = auth::identify(&state, &headers).await.ok();
        if who.is_none_or(|who| who.must(Permission::Administer).is_err()) {
            return Err(Problem::not_found("page"));
        }
    }
    metrics(state).await
}

async fn metrics(State(app): State<App>) -> Answer<impl IntoResponse> {
    let mut waiting = 0;
    for queue in view::queue_loads(&app).await? {
        waiting += queue.waiting;
    }
    let online = app.roster().available().count();
    metrics::gauge!("deskbell_conversations_waiting").set(as_figure(waiting));
    metrics::gauge!("deskbell_agents_online").set(as_figure(i64::try_from(online).unwrap_or(0)));
    // The numbers of events to apply and requests to send: the first metrics to check when something hangs.
    metrics::gauge!("deskbell_inbox_waiting").set(as_figure(inbox::count(&app.store).await?));
    metrics::gauge!("deskbell_outbox_waiting").set(as_figure(outbox::count(&app.store).await?));
    let (reads, commits) = app.store.flights();
    metrics::counter!("deskbell_store_reads_total").absolute(reads);
    metrics::counter!("deskbell_store_commits_total").absolute(commits);
    let text = RECORDER.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn as_figure(count: i64) -> f64 {
    count as f64
}
