//! The Facebook Pages of a gateway: which Pages there are, whether they can be used, and whether Deskbell answers
//! them.

mod catch_up;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use channels::messenger::MESSENGER;
use domain::channel::Channel;
use domain::id::GatewayId;
use domain::time::Micros;
use serde::Serialize;
use store::table::account::{self, Access, Account};
use store::table::activity::{self, Activity};
use store::table::catch_up::Search;
use store::table::conversation;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::catch_up::CatchUp;
use crate::app::App;
use crate::web::api::gateways::{known, reached};
use crate::web::auth::Principal;
use crate::web::extract::{Body, Items, Paging, Path, Query};
use crate::web::file;
use crate::web::problem::{Answer, Problem, ProblemShape};
use engine::clock::rfc3339;
use engine::pages::{self, PageChange, guest, refresh};
use engine::secrets;
use engine::urls::Urls;
use engine::view::page_picture_url;
use engine::wording;

/// For users who connect Pages: guests only with their own.
pub fn connect_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(change, remove))
}

/// For administrators.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(look_again)).routes(routes!(catch_up::begin))
}

/// An account that gives access to a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Meta's id of the person.
    id: String,
    /// The person's name.
    name: String,
    /// Whether their permission is still valid.
    alive: bool,
}

/// The state of a Page.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageState {
    /// Whether it works.
    ok: bool,
    /// What is wrong, or that everything works.
    message: String,
}

/// A Facebook Page of a gateway.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub struct PageOut {
    /// Meta's Page id.
    id: String,
    /// Its name.
    name: String,
    /// Its picture, on this server: screens load nothing from elsewhere.
    picture_url: Option<String>,
    /// Whether messages can be received and sent.
    usable: bool,
    /// Why it cannot be used.
    problem: Option<String>,
    /// Whether its events are processed.
    subscribed: bool,
    /// What the connected accounts may do on it, in Meta's terms.
    tasks: Vec<String>,
    /// Who connected it.
    accounts: Vec<AccountView>,
    /// When its last event arrived.
    last_event_at: Option<String>,
    /// The last search for messages that no webhook delivered.
    catch_up: Option<CatchUp>,
    /// Its state.
    health: PageState,
}

fn view(app: &App, page: &Account, ways: &[Access], last_event: Option<Micros>) -> PageOut {
    view_named(&app.urls, page, ways, last_event, app.channels.connecting(page.channel).noun)
}

/// `noun` is the name for an account of its channel.
fn view_named(urls: &Urls, page: &Account, ways: &[Access], last_event: Option<Micros>, noun: &str) -> PageOut {
    let own = || ways.iter().filter(|way| way.account_id == page.account_id);
    let alive = own().any(|way| way.alive && !way.token.is_empty());
    let dead = || format!("No connected account reaches this {noun}: press Reconnect.");
    let in_trouble = page.trouble.as_ref().map(|trouble| wording::page_trouble(trouble, noun));
    let problem = page.problem.as_ref().map(|problem| wording::page_problem(problem, noun));
    let problem = problem.or_else(|| (!alive).then(|| in_trouble.clone().unwrap_or_else(dead)));
    let blocked = page.policy.as_ref().filter(|policy| policy.is_block());
    let blocked = blocked.map(|policy| wording::policy(policy, noun));
    let trouble = problem.clone().or(in_trouble).or(blocked);
    let mut tasks: Vec<String> = own().filter(|way| way.alive).flat_map(|way| way.tasks.clone()).collect();
    tasks.sort();
    tasks.dedup();
    PageOut {
        id: page.account_id.clone(),
        name: page.name.clone(),
        picture_url: page_picture_url(urls, page),
        usable: problem.is_none(),
        subscribed: page.subscribed,
        tasks,
        accounts: own()
            .map(|way| AccountView { id: way.person.clone(), name: way.person_name.clone(), alive: way.alive })
            .collect(),
        last_event_at: last_event.map(rfc3339),
        catch_up: None,
        health: PageState {
            ok: trouble.is_none(),
            message: trouble.unwrap_or_else(|| match (page.subscribed, last_event) {
                (false, _) => "Message retrieval is switched off.".into(),
                (true, None) => "Switched on; nothing has arrived yet.".into(),
                (true, Some(_)) => "Works.".into(),
            }),
        },
        problem,
    }
}

/// What is read for all accounts of a gateway besides their rows.
struct Beside {
    searches: Vec<Search>,
    activity: Activity,
}

impl Beside {
    async fn read(app: &App, gateway: GatewayId) -> Answer<Self> {
        let searches = store::table::catch_up::of_gateway(&app.store, gateway).await?;
        Ok(Self { searches, activity: activity::of_gateway(&app.store, gateway).await? })
    }

    /// An account as `who` may see it, with the search for its missed messages.
    fn view(&self, app: &App, who: &Principal, page: &Account, ways: &[Access]) -> PageOut {
        let last_event = self.activity.last_event_of(page.gateway, &page.account_id);
        if let Some(user) = guest::of(&who.user) {
            let seen = guest::seen(page, ways, user);
            return view(app, &seen.page, &seen.ways, last_event.filter(|_| !seen.is_shared));
        }
        let search = self.searches.iter().find(|search| search.page == page.account_id);
        PageOut { catch_up: search.map(CatchUp::from), ..view(app, page, ways, last_event) }
    }
}

/// The current state of one page.
pub async fn of_page(app: &App, who: &Principal, page: &Account) -> Answer<PageOut> {
    let ways = pages::ways_to(app, page).await?;
    Ok(Beside::read(app, page.gateway).await?.view(app, who, page, &ways))
}

/// The cursor of a list by name.
fn cursor(page: &Account) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}\n{}", page.account_id, page.name))
}

fn place(cursor: Option<&str>) -> Answer<(String, String)> {
    let Some(cursor) = cursor else { return Ok(Default::default()) };
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = text.and_then(|text| text.split_once('\n').map(|(id, name)| (name.to_owned(), id.to_owned())));
    pair.ok_or_else(|| Problem::unreadable("This cursor is not one that a list answered: begin without it."))
}

async fn listed(app: &App, who: &Principal, id: GatewayId, paging: &Paging) -> Answer<Json<Items<PageOut>>> {
    let (accounts, next) = accounts(app, who, id, paging, Some(MESSENGER.channel)).await?;
    Ok(Json(Items { items: accounts.into_iter().map(|(_, shown)| shown).collect(), next }))
}

/// Some of the accounts of a gateway, by name, and the cursor of the next ones; for a guest, those that their own
/// login has access to.
pub async fn accounts(
    app: &App,
    who: &Principal,
    id: GatewayId,
    paging: &Paging,
    channel: Option<Channel>,
) -> Answer<(Vec<(Account, PageOut)>, Option<String>)> {
    let limit = paging.limit()?;
    let (name, page) = place(paging.cursor.as_deref())?;
    let guest = guest::of(&who.user);
    let place = (name.as_str(), page.as_str());
    let (pages, ways) = account::list_with_access(&app.store, id, place, limit + 1, guest, channel).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = pages.get(wanted).and_then(|_| pages.get(wanted - 1)).map(cursor);
    let beside = Beside::read(app, id).await?;
    let shown = |page: &Account| beside.view(app, who, page, &ways);
    let items = pages.into_iter().take(wanted);
    Ok((items.map(|page| (page.clone(), shown(&page))).collect(), next))
}

/// The Pages of a gateway, by name; for a guest, those of their own login.
#[utoipa::path(get, path = "/gateways/{id}/pages", tag = "gateways",
    params(("id" = String, Path), ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Items<PageOut>)))]
async fn list(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Items<PageOut>>> {
    reached(&app, &who, id)?;
    listed(&app, &who, id, &paging).await
}

pub async fn row(app: &App, gateway: GatewayId, page: &str) -> Answer<Account> {
    account::one(&app.store, gateway, page).await?.ok_or_else(|| Problem::not_found("account"))
}

/// The picture of a Page: for everyone who sees one of its conversations, including agents.
pub fn picture_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(picture))
}

/// Whether a user may see a Page's picture: administrators all, others if they may see one of its conversations,
/// guests also those that their login has access to.
async fn may_see(app: &App, who: &Principal, id: GatewayId, page: &str) -> Answer<bool> {
    if who.user.role.may(domain::role::Permission::Supervise) {
        return Ok(true);
    }
    if guest::reaches(app, &who.user, id, page).await? {
        return Ok(true);
    }
    Ok(conversation::is_any_of_page_visible(&app.store, page, &who.viewer(app)).await?)
}

/// The current picture of a page at Meta.
#[utoipa::path(get, path = "/gateways/{id}/pages/{page_id}/picture", tag = "gateways",
    params(("id" = String, Path), ("page_id" = String, Path)),
    responses((status = 200, content_type = "image/*"), (status = 304, description = "The copy in the browser is current."), (status = 502, body = ProblemShape)))]
async fn picture(
    State(app): State<App>,
    who: Principal,
    Path((id, page)): Path<(GatewayId, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let none = || Problem::not_found("picture");
    if !may_see(&app, &who, id, &page).await? {
        return Err(none());
    }
    let url = row(&app, id, &page).await?.picture_url.ok_or_else(none)?;
    // A different picture has a different address at Meta.
    let tag = format!("\"{}\"", secrets::hash(&url));
    if file::has(&headers, &tag) {
        return Ok(file::not_modified(&tag));
    }
    let (bytes, mime) = app.media.fetch_picture(&url).await.map_err(|error| {
        Problem::new(
            if error.permanent { StatusCode::NOT_FOUND } else { StatusCode::BAD_GATEWAY },
            error.to_string(),
        )
    })?;
    if !mime.starts_with("image/") {
        return Err(none());
    }
    let headers = [
        (header::CONTENT_TYPE, mime),
        (header::CACHE_CONTROL, file::REVALIDATE),
        (header::ETAG, &tag),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, bytes).into_response())
}

/// Switches message retrieval of a page on or off.
#[utoipa::path(patch, path = "/gateways/{id}/pages/{page_id}", tag = "gateways", request_body = PageChange,
    params(("id" = String, Path), ("page_id" = String, Path)),
    responses((status = 200, body = PageOut), (status = 502, body = ProblemShape)))]
async fn change(
    State(app): State<App>,
    who: Principal,
    Path((id, page)): Path<(GatewayId, String)>,
    Body(change): Body<PageChange>,
) -> Answer<Json<PageOut>> {
    switch(&app, &who, (id, &page), &change).await?;
    Ok(Json(of_page(&app, &who, &row(&app, id, &page).await?).await?))
}

/// Switches message retrieval of an account.
pub async fn switch(app: &App, who: &Principal, (id, page): (GatewayId, &str), change: &PageChange) -> Answer<()> {
    let known = reached(app, who, id)?;
    let before = guest::own(app, &who.user, row(app, id, page).await?).await?;
    Ok(pages::switch(app, &known, &before, &who.user, change).await?)
}

/// Removes a Page: unsubscribes it if Meta allows it, deletes its tokens and closes its open conversations. Their
/// history stays.
#[utoipa::path(delete, path = "/gateways/{id}/pages/{page_id}", tag = "gateways",
    params(("id" = String, Path), ("page_id" = String, Path)),
    responses((status = 204)))]
async fn remove(
    State(app): State<App>,
    who: Principal,
    Path((id, page)): Path<(GatewayId, String)>,
) -> Answer<StatusCode> {
    give_up(&app, &who, (id, &page)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes an account; a guest gives up their own access to it.
pub async fn give_up(app: &App, who: &Principal, (id, page): (GatewayId, &str)) -> Answer<()> {
    let known = reached(app, who, id)?;
    let before = guest::own(app, &who.user, row(app, id, page).await?).await?;
    Ok(pages::remove(app, &known, &before, &who.user).await?)
}

/// Asks Meta again which Pages the connected accounts manage.
#[utoipa::path(post, path = "/gateways/{id}/pages/refresh", tag = "gateways", params(("id" = String, Path)),
    responses((status = 200, body = Items<PageOut>), (status = 502, body = ProblemShape)))]
async fn look_again(
    State(app): State<App>,
    who: Principal,
    Path(id): Path<GatewayId>,
) -> Answer<Json<Items<PageOut>>> {
    let known = known(&app, id)?;
    refresh::refresh(&app, who.user.id, &known).await?;
    listed(&app, &who, id, &Paging { limit: Some(200), cursor: None }).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::page_trouble::PageProblem;

    fn page() -> Account {
        let named = Account::named(GatewayId(2), Channel::MESSENGER, "200", "Shop\u{fc}");
        Account { subscribed: true, ..named }
    }

    #[test]
    fn a_page_is_usable_while_an_account_reaches_it() {
        let urls = Urls::new("https://desk.example");
        let way = |alive, token: &str| Access {
            account_id: "200".into(),
            connection: 3,
            token: token.into(),
            tasks: vec!["MESSAGING".into()],
            alive,
            person_name: "Ann".into(),
            person: "9".into(),
            user: None,
            login: domain::channel::Login::Facebook,
        };
        let view = |page: &Account, ways: &[Access]| view_named(&urls, page, ways, None, "Page");
        assert!(view(&page(), &[way(true, "t")]).usable);
        let dead = view(&page(), &[way(false, "t")]);
        assert!(!dead.usable && !dead.health.ok && dead.problem.unwrap().contains("Reconnect"));
        assert!(!view(&page(), &[]).usable);
        let problem = PageProblem::NotGranted { account: "Ann".into() };
        let lacking = Account { problem: Some(problem.clone()), ..page() };
        let shown = view(&lacking, &[way(true, "t")]);
        assert_eq!(shown.health.message, wording::page_problem(&problem, "Page"));
    }

    #[test]
    fn cursors_come_back_as_they_went() {
        assert_eq!(place(Some(&cursor(&page()))).unwrap(), ("Shop\u{fc}".to_owned(), "200".to_owned()));
        assert!(place(Some("!")).is_err());
        assert_eq!(place(None).unwrap(), (String::new(), String::new()));
    }
}
