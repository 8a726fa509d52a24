//! Lists of names that administrators keep: teams, skills and close reasons. All of them have the same operations.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::named::{self, NamedChange, NamedView, NewNamed};
use store::table::named::Kind;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path as At, Query as Asked};
use crate::web::fields::page;
use crate::web::problem::Answer;

/// The operations of one kind: its module, its tag and addresses, and what the API document says about each operation.
macro_rules! list_of_names {
    ($module:ident, $kind:expr, $tag:literal, $all:literal, $one:literal,
     $list:literal, $get:literal, $create:literal, $update:literal, $delete:literal) => {
        pub mod $module {
            use super::*;

            /// For everyone.
            pub fn answer_routes() -> OpenApiRouter<App> {
                OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
            }

            /// For administrators.
            pub fn administer_routes() -> OpenApiRouter<App> {
                OpenApiRouter::new().routes(routes!(create)).routes(routes!(update, delete))
            }

            #[doc = $list]
            #[utoipa::path(get, path = $all, tag = $tag,
                                params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
                                responses((status = 200, body = Items<NamedView>)))]
            async fn list(State(app): State<App>, Asked(paging): Asked<Paging>) -> Answer<Json<Items<NamedView>>> {
                page(named::all(&app, $kind).await?, &paging)
            }

            #[doc = $get]
            #[utoipa::path(get, path = $one, tag = $tag,
                                params(("id" = String, Path)), responses((status = 200, body = NamedView)))]
            async fn get(State(app): State<App>, At(id): At<i64>) -> Answer<Json<NamedView>> {
                Ok(Json(named::one(&app, $kind, id).await?))
            }

            #[doc = $create]
            #[utoipa::path(post, path = $all, tag = $tag, request_body = NewNamed,
                                responses((status = 201, body = NamedView)))]
            async fn create(
                State(app): State<App>,
                who: Principal,
                Body(new): Body<NewNamed>,
            ) -> Answer<(StatusCode, Json<NamedView>)> {
                Ok((StatusCode::CREATED, Json(named::create(&app, $kind, who.user.id, new).await?)))
            }

            #[doc = $update]
            #[utoipa::path(patch, path = $one, tag = $tag, params(("id" = String, Path)),
                                request_body = NamedChange, responses((status = 200, body = NamedView)))]
            async fn update(
                State(app): State<App>,
                who: Principal,
                At(id): At<i64>,
                Body(change): Body<NamedChange>,
            ) -> Answer<Json<NamedView>> {
                Ok(Json(named::update(&app, $kind, who.user.id, id, change).await?))
            }

            #[doc = $delete]
            #[utoipa::path(delete, path = $one, tag = $tag,
                                params(("id" = String, Path)), responses((status = 204)))]
            async fn delete(State(app): State<App>, who: Principal, At(id): At<i64>) -> Answer<StatusCode> {
                named::delete(&app, $kind, who.user.id, id).await?;
                Ok(StatusCode::NO_CONTENT)
            }
        }
    };
}

list_of_names!(
    teams,
    Kind::Team,
    "teams",
    "/teams",
    "/teams/{id}",
    "All teams, by name.",
    "One team.",
    "Creates a team.",
    "Renames a team.",
    "Removes a team that no agent or queue uses."
);
list_of_names!(
    skills,
    Kind::Skill,
    "skills",
    "/skills",
    "/skills/{id}",
    "All skills, by name.",
    "One skill.",
    "Creates a skill.",
    "Renames a skill.",
    "Removes a skill that no agent or queue uses."
);
list_of_names!(
    close_reasons,
    Kind::CloseReason,
    "close reasons",
    "/close-reasons",
    "/close-reasons/{id}",
    "All close reasons, by name.",
    "One close reason.",
    "Creates a close reason.",
    "Renames a close reason. Conversations that were closed with it keep the old text.",
    "Removes a close reason. Conversations that were closed with it keep its text."
);
