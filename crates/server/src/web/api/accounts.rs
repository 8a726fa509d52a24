//! The accounts of a gateway on all its channels: Pages, Instagram accounts, WhatsApp numbers. Does what `/pages`
//! does for Messenger, with the same functions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::account_details::AccountDetails;
use domain::channel::Channel;
use domain::id::GatewayId;
use domain::secret::Secret;
use engine::accounts::{self, SeenAccount};
use engine::pages::{PageChange, refresh, register};
use engine::view::{page_picture_url, words};
use engine::{catch_up, conversation_start};
use serde::{Deserialize, Serialize};
use store::table::account::Account;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::pages::{self, PageOut};
use crate::app::App;
use crate::web::api::gateways::{known, reached};
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query};
use crate::web::fields::page;
use crate::web::problem::{Answer, ProblemShape};

/// For users who connect accounts: guests only with their own.
pub fn connect_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(change, remove))
}

/// For everyone who is signed in.
pub fn attend_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(seen))
}

/// For everyone who answers customers.
pub fn answer_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(senders))
}

/// For administrators.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search)).routes(routes!(registered)).routes(routes!(look_again))
}

/// An account of a gateway on any channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectedAccount)]
pub struct AccountOut {
    /// Its channel.
    #[schema(value_type = String)]
    channel: Channel,
    /// The user name of an Instagram account.
    username: Option<String>,
    /// The phone number of a WhatsApp number, formatted for people.
    phone: Option<String>,
    /// The Page of an Instagram account, the business account of a WhatsApp number.
    parent_id: Option<String>,
    /// The login that connected it: `facebook` or `instagram`.
    login: String,
    /// Its quality, limits and registration, where the channel has them.
    details: AccountDetails,
    /// What it has in common with a Page.
    #[serde(flatten)]
    page: PageOut,
}

fn shown((account, page): (Account, PageOut)) -> AccountOut {
    AccountOut {
        channel: account.channel,
        username: account.username,
        phone: account.phone,
        parent_id: account.parent_id,
        login: account.login.word().to_owned(),
        details: account.details,
        page,
    }
}

/// The current state of an account.
pub async fn one(app: &App, who: &Principal, gateway: GatewayId, id: &str) -> Answer<AccountOut> {
    let account = pages::row(app, gateway, id).await?;
    let page = pages::of_page(app, who, &account).await?;
    Ok(shown((account, page)))
}

/// An account that agents can start conversations with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SendingAccount)]
struct SenderOut {
    /// Meta's id of the account.
    id: String,
    /// Its channel.
    #[schema(value_type = words::Channel)]
    channel: Channel,
    /// The gateway that it is connected through, which has its templates.
    #[schema(value_type = String)]
    gateway_id: GatewayId,
    /// Its name.
    name: String,
    /// The phone number of a WhatsApp number, formatted for people.
    phone: Option<String>,
    /// Its picture, on this server.
    picture_url: Option<String>,
}

/// The accounts that can start conversations, by name: on channels with message templates, connected and switched on.
#[utoipa::path(get, path = "/accounts", tag = "conversations", params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<SenderOut>)))]
async fn senders(State(app): State<App>, Query(paging): Query<Paging>) -> Answer<Json<Items<SenderOut>>> {
    let sender = |it: Account| SenderOut {
        picture_url: page_picture_url(&app.urls, &it),
        id: it.account_id,
        channel: it.channel,
        gateway_id: it.gateway,
        name: it.name,
        phone: it.phone,
    };
    page(conversation_start::senders(&app).into_iter().map(sender).collect(), &paging)
}

/// The accounts of conversations that you may see, by name: what conversations can be filtered by.
#[utoipa::path(get, path = "/accounts/seen", tag = "conversations", params(("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<SeenAccount>)))]
async fn seen(
    State(app): State<App>,
    who: Principal,
    Query(paging): Query<Paging>,
) -> Answer<Json<Items<SeenAccount>>> {
    page(accounts::seen(&app, &who.viewer(&app)).await?, &paging)
}

/// The filters of accounts.
#[derive(Debug, Deserialize)]
pub struct Which {
    channel: Option<Channel>,
}

/// The accounts of a gateway, by name; for a guest, those that their own login has access to.
#[utoipa::path(get, path = "/gateways/{id}/accounts", tag = "gateways",
    params(("id" = String, Path), ("channel" = Option<String>, Query), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<AccountOut>)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
    Query(which): Query<Which>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Items<AccountOut>>> {
    reached(&app, &who, id)?;
    let (accounts, next) = pages::accounts(&app, &who, id, &paging, which.channel).await?;
    Ok(Json(Items { items: accounts.into_iter().map(shown).collect(), next }))
}

/// Switches message retrieval of an account on or off.
#[utoipa::path(patch, path = "/gateways/{id}/accounts/{account_id}", tag = "gateways", request_body = PageChange,
    params(("id" = String, Path), ("account_id" = String, Path)),
    responses((status = 200, body = AccountOut), (status = 502, body = ProblemShape)))]
async fn change(
    State(app): State<App>,
    who: Principal,
    Path((id, account)): Path<(GatewayId, String)>,
    Body(change): Body<PageChange>,
) -> Answer<Json<AccountOut>> {
    pages::switch(&app, &who, (id, &account), &change).await?;
    Ok(Json(one(&app, &who, id, &account).await?))
}

/// Removes an account: unsubscribes it if Meta allows it, deletes its tokens and closes its open conversations. Their
/// history stays.
#[utoipa::path(delete, path = "/gateways/{id}/accounts/{account_id}", tag = "gateways",
    params(("id" = String, Path), ("account_id" = String, Path)),
    responses((status = 204)))]
async fn remove(
    State(app): State<App>,
    who: Principal,
    Path((id, account)): Path<(GatewayId, String)>,
) -> Answer<StatusCode> {
    pages::give_up(&app, &who, (id, &account)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Searches the account's conversations at Meta for messages that never arrived here. It runs in the background; the
/// account's `catch_up` shows its progress.
#[utoipa::path(post, path = "/gateways/{id}/accounts/{account_id}/catch-up", tag = "gateways",
    params(("id" = String, Path), ("account_id" = String, Path)),
    responses((status = 202, body = AccountOut)))]
async fn search(
    State(app): State<App>,
    who: Principal,
    Path((id, account)): Path<(GatewayId, String)>,
) -> Answer<(StatusCode, Json<AccountOut>)> {
    let known = known(&app, id)?;
    let row = pages::row(&app, id, &account).await?;
    catch_up::begin(&app, who.user.id, &known, &row).await?;
    Ok((StatusCode::ACCEPTED, Json(one(&app, &who, id, &account).await?)))
}

/// Asks Meta again which accounts the connected logins have access to, on all channels.
#[utoipa::path(post, path = "/gateways/{id}/accounts/refresh", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = Items<AccountOut>), (status = 502, body = ProblemShape)))]
async fn look_again(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
) -> Answer<Json<Items<AccountOut>>> {
    refresh::refresh(&app, who.user.id, &*known(&app, id)?).await?;
    let paging = Paging { limit: Some(200), cursor: None };
    let (accounts, next) = pages::accounts(&app, &who, id, &paging, None).await?;
    Ok(Json(Items { items: accounts.into_iter().map(shown).collect(), next }))
}

/// The PIN of a number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Six digits: the number's PIN for two-step verification, or a new one if it has none.
    #[schema(value_type = String)]
    pin: Secret,
}

/// Registers a WhatsApp number for the Cloud API.
#[utoipa::path(post, path = "/gateways/{id}/accounts/{account_id}/register", tag = "gateways", request_body = Registration,
    params(("id" = String, Path), ("account_id" = String, Path)),
    responses((status = 200, body = AccountOut), (status = 502, body = ProblemShape)))]
async fn registered(
    State(app): State<App>,
    who: Principal,
    Path((id, account)): Path<(GatewayId, String)>,
    Body(input): Body<Registration>,
) -> Answer<Json<AccountOut>> {
    let known = known(&app, id)?;
    let row = pages::row(&app, id, &account).await?;
    register::register(&app, who.user.id, &known, &row, &input.pin).await?;
    Ok(Json(one(&app, &who, id, &account).await?))
}
