//! The numbers at a glance: offers, own conversations, waiting customers.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use store::table::conversation;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::problem::Answer;
use engine::view::{self, QueueLoad};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(summary))
}

/// The numbers at a glance.
#[derive(Debug, Serialize, ToSchema)]
struct Summary {
    /// Conversations offered to the user now.
    offers: usize,
    /// Conversations that the user holds.
    mine: usize,
    /// Customers who wait in queues that the user may see.
    waiting: i64,
    /// The number of unread messages of customers.
    unread: u32,
    /// The current numbers of all queues.
    queues: Vec<QueueLoad>,
}

/// The numbers at a glance.
#[utoipa::path(get, path = "/summary", tag = "live", responses((status = 200, body = Summary)))]
async fn summary(State(app): State<App>, who: Principal) -> Answer<Json<Summary>> {
    let held = conversation::held_by(&app.store, who.user.id).await?;
    let offered = conversation::offered(&app.store).await?;
    let viewer = who.viewer(&app);
    let supervises = who.actor().supervises;
    let directory = app.directory();
    let mut queues = view::queue_loads(&app).await?;
    queues.retain(|load| {
        viewer.sees_queue(load.id, directory.queue(load.id).is_some_and(|queue| queue.is_isolated()))
    });
    let mine = |queue: &&QueueLoad| supervises || viewer.queues.contains(&queue.id);
    Ok(Json(Summary {
        offers: offered.iter().filter(|it| it.data.rings_at(who.user.id)).count(),
        mine: held.len(),
        waiting: queues.iter().filter(mine).map(|queue| queue.waiting).sum(),
        unread: held.iter().map(|it| it.unread).sum(),
        queues,
    }))
}
