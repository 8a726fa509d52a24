//! Pages, their subscriptions and their customers (meta-platform.md §1.7, §4.1, §5.1).

use serde::Deserialize;
use serde_json::json;

use super::{Call, INSTAGRAM_BASIC, InstagramAccount, Method, Secret};
use crate::meta::lenient::owned;

/// The fields of a Page that we read.
const PAGE_NODE_FIELDS: &str = "id,name,access_token,tasks,category,picture{url}";
/// The same with the Instagram account that belongs to it, in either field (§1.7).
const PAGE_NODE_FIELDS_WITH_INSTAGRAM: &str = "id,name,access_token,tasks,category,picture{url},\
    instagram_business_account{id,username,name,profile_picture_url},\
    connected_instagram_account{id,username,name,profile_picture_url}";

/// The fields of Pages to request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFields {
    /// The Page alone.
    Page,
    /// The Instagram account that belongs to it too. Needs `instagram_basic`.
    WithInstagram,
}

impl PageFields {
    fn names(self) -> &'static str {
        match self {
            PageFields::Page => PAGE_NODE_FIELDS,
            PageFields::WithInstagram => PAGE_NODE_FIELDS_WITH_INSTAGRAM,
        }
    }

    fn of(self, call: Call) -> Call {
        let call = call.with("fields", self.names());
        match self {
            PageFields::Page => call,
            PageFields::WithInstagram => call.evidence(INSTAGRAM_BASIC),
        }
    }
}

/// Requests the person's Pages, up to 100 at a time: `Listed<Page>`. `after` is the cursor of the previous part.
/// Needs a long-lived user token.
pub fn accounts(fields: PageFields, after: Option<&str>) -> Call {
    let call = fields.of(Call::get("GET /me/accounts", "me/accounts"));
    paged(call.evidence("pages_show_list"), after)
}

/// Requests the person's business portfolios: `Listed<Person>`. Needs a user token with `business_management` (§1.7).
pub fn businesses(after: Option<&str>) -> Call {
    paged(Call::get("GET /me/businesses", "me/businesses").with("fields", "id,name"), after)
}

/// Which Pages of a portfolio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portfolio {
    /// Those that belong to it.
    Owned,
    /// Those that it manages for others.
    Client,
}

/// Requests the Pages of a portfolio: `Listed<Page>`. [`accounts`] silently leaves them out (§1.7).
pub fn business_pages(business: &str, which: Portfolio, fields: PageFields, after: Option<&str>) -> Call {
    let (endpoint, edge) = match which {
        Portfolio::Owned => ("GET /{business-id}/owned_pages", "owned_pages"),
        Portfolio::Client => ("GET /{business-id}/client_pages", "client_pages"),
    };
    let call = fields.of(Call::get(endpoint, format!("{business}/{edge}")));
    paged(call.evidence("business_management"), after)
}

pub(super) fn paged(call: Call, after: Option<&str>) -> Call {
    let call = call.with("limit", "100");
    match after {
        Some(after) => call.with("after", after),
        None => call,
    }
}

/// Requests one Page: a [`Page`]. Needs a user token that may see it (then the answer has the Page's token), or the
/// Page's own.
pub fn page_node(page: &str, fields: PageFields) -> Call {
    let call = fields.of(Call::get("GET /{page-id}", page));
    call.evidence("pages_show_list")
}

/// A Page as the person who connects it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct Page {
    /// Meta's id.
    #[serde(deserialize_with = "owned::string")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "owned::text")]
    pub name: Option<String>,
    /// Its token; None if the person lacks the task or the permission: show the Page, disabled.
    #[serde(deserialize_with = "token")]
    pub access_token: Option<Secret>,
    /// What the person may do there, in Meta's terms.
    #[serde(deserialize_with = "owned::words")]
    pub tasks: Vec<String>,
    /// The category of the business.
    #[serde(deserialize_with = "owned::text")]
    pub category: Option<String>,
    /// Where its picture can be fetched.
    #[serde(rename = "picture", deserialize_with = "picture")]
    pub picture_url: Option<String>,
    /// The Instagram account that was linked to it when it became professional.
    #[serde(deserialize_with = "owned::object")]
    pub instagram_business_account: Option<InstagramAccount>,
    /// The Instagram account that was linked in the Page's settings; it may be a private one.
    #[serde(deserialize_with = "owned::object")]
    pub connected_instagram_account: Option<InstagramAccount>,
}

fn token<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Secret>, D::Error> {
    Ok(owned::text(from)?.map(Secret))
}

/// `{"data":{"url":…}}`, or `{"url":…}`.
fn picture<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Picture {
        #[serde(deserialize_with = "owned::object")]
        data: Option<Data>,
        #[serde(deserialize_with = "owned::text")]
        url: Option<String>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Data {
        #[serde(deserialize_with = "owned::text")]
        url: Option<String>,
    }
    let picture: Picture = owned::object(from)?.unwrap_or_default();
    Ok(picture.data.and_then(|data| data.url).or(picture.url))
}

impl Page {
    /// The Instagram account that belongs to it, unless it is private.
    pub fn instagram(&self) -> Option<&InstagramAccount> {
        let connected = self.connected_instagram_account.as_ref().filter(|account| account.username.is_some());
        self.instagram_business_account.as_ref().or(connected).filter(|account| !account.id.is_empty())
    }

    fn has_task(&self, names: &[&str]) -> bool {
        self.tasks.iter().any(|task| {
            let task = task.strip_prefix("PROFILE_PLUS_").unwrap_or(task);
            names.contains(&task)
        })
    }

    /// Whether the person may send messages there. Accepts both spellings of tasks (§1.7).
    pub fn can_message(&self) -> bool {
        self.has_task(&["MESSAGING", "MANAGE", "FULL_CONTROL"])
    }

    /// Whether the person may switch its webhooks on and off.
    pub fn can_moderate(&self) -> bool {
        self.has_task(&["MODERATE", "MANAGE", "FULL_CONTROL"])
    }
}

/// Requests the apps that are subscribed to the Page: `Listed<SubscribedApp>`. Needs the Page's token. The list may
/// contain other apps: look for our own id.
pub fn subscribed_apps(page: &str) -> Call {
    Call::get("GET /{page-id}/subscribed_apps", format!("{page}/subscribed_apps"))
        .with("fields", "id,name,subscribed_fields")
        .evidence("pages_manage_metadata")
}

/// An app that is subscribed to a Page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct SubscribedApp {
    /// The app's id.
    #[serde(deserialize_with = "owned::string")]
    pub id: String,
    /// Its name.
    #[serde(deserialize_with = "owned::text")]
    pub name: Option<String>,
    /// The fields that it is subscribed to.
    #[serde(deserialize_with = "super::app::field_names")]
    pub subscribed_fields: Vec<String>,
}

/// Requests the Page's settings (§5.2): `Listed<PageSetting>`. Needs the Page's token.
pub fn page_settings(page: &str) -> Call {
    Call::get("GET /{page-id}/settings", format!("{page}/settings")).evidence("pages_manage_metadata")
}

/// One setting of a Page. Some are texts or lists: only switches are read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct PageSetting {
    /// Its name in capitals.
    #[serde(deserialize_with = "owned::string")]
    pub setting: String,
    /// Whether it is on; None if it is not a switch.
    #[serde(deserialize_with = "switch")]
    pub value: Option<bool>,
}

/// `true`, `"true"`, `false`, `"false"`; anything else is not a switch.
fn switch<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::Bool(value) => Some(value),
        serde_json::Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    })
}

/// Whether a Page's settings say that no customer may write to it. If the settings do not mention it, the answer is
/// no.
pub fn refuses_messages(settings: &[PageSetting]) -> bool {
    settings.iter().any(|it| it.setting.eq_ignore_ascii_case("USERS_CAN_MESSAGE") && it.value == Some(false))
}

/// Subscribes our app to exactly these fields of the Page: a [`super::Done`]. All or nothing: one field that the
/// token may not have fails the whole call (§5.1). Needs the Page's token.
pub fn subscribe_page(page: &str, fields: &[&str]) -> Call {
    Call::new(Method::Post, "POST /{page-id}/subscribed_apps", format!("{page}/subscribed_apps"))
        .form(&[("subscribed_fields", &fields.join(","))])
        .evidence("pages_manage_metadata")
}

/// Unsubscribes our app: a [`super::Done`]. Meta then calls the deauthorize callback with the Page's id (§5.1, §8.1).
/// Needs the Page's token.
pub fn unsubscribe_page(page: &str) -> Call {
    Call::new(Method::Delete, "DELETE /{page-id}/subscribed_apps", format!("{page}/subscribed_apps"))
        .evidence("pages_manage_metadata")
}

/// Takes the thread with a customer from the app that has control: a [`super::Done`] (§5.4). Meta refuses it where
/// the Page has no default app. Needs the Page's token.
pub fn take_thread_control(page: &str, customer: &str) -> Call {
    let body = json!({ "recipient": { "id": customer } });
    Call::new(Method::Post, "POST /{page-id}/take_thread_control", format!("{page}/take_thread_control"))
        .json(&body)
        .evidence("pages_messaging")
}

/// Passes the thread with a customer to another app, or to Meta's own inbox: a [`super::Done`] (§5.4). Needs the
/// Page's token.
pub fn pass_thread_control(page: &str, customer: &str, app: &str) -> Call {
    let body = json!({ "recipient": { "id": customer }, "target_app_id": app });
    Call::new(Method::Post, "POST /{page-id}/pass_thread_control", format!("{page}/pass_thread_control"))
        .json(&body)
        .evidence("pages_messaging")
}

/// A Page's metadata. Meta grants Instagram's permissions only together with it (§9.1).
pub const READ_ENGAGEMENT: &str = "pages_read_engagement";

/// The feature that opens customers' profiles (§9.1).
pub const PROFILE_ACCESS: &str = "Business Asset User Profile Access";

/// Requests a customer's profile: a [`Profile`]. Needs the Page's token.
pub fn profile(customer: &str) -> Call {
    Call::get("GET /{psid}", customer)
        .with("fields", "name,first_name,last_name,profile_pic")
        .evidence(PROFILE_ACCESS)
}

/// What Meta returns about a customer. Without the feature it is empty, with status 200 (§4.1).
#[derive(Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(default)]
pub struct Profile {
    /// The whole name.
    #[serde(deserialize_with = "owned::text")]
    pub name: Option<String>,
    /// The first name.
    #[serde(deserialize_with = "owned::text")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(deserialize_with = "owned::text")]
    pub last_name: Option<String>,
    /// The user name: on Instagram everyone has one, while the whole name may be empty.
    #[serde(deserialize_with = "owned::text")]
    pub username: Option<String>,
    /// The picture's address, which expires: copy the picture.
    #[serde(deserialize_with = "owned::text")]
    pub profile_pic: Option<String>,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(if self.is_empty() { "Profile(empty)" } else { "Profile(…)" })
    }
}

impl Profile {
    /// Whether Meta returned nothing: the app lacks the feature.
    pub fn is_empty(&self) -> bool {
        self.display_name().is_none() && self.profile_pic.is_none()
    }

    /// The name to show.
    pub fn display_name(&self) -> Option<String> {
        let parts: Vec<&str> =
            [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        let joined = Some(parts.join(" ")).filter(|name| !name.is_empty());
        self.name.clone().or(joined).or_else(|| self.username.as_ref().map(|name| format!("@{name}")))
    }
}
