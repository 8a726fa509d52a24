//! Entry points: links with a `ref`, and code words, that lead customers to a flow and a queue.

use channels::meta::links;
use domain::audit_detail::AuditDetail;
use domain::entry_point::EntryPoint;
use domain::id::{EntryPointId, FlowId, GatewayId, QueueId, UserId};
use domain::same::same;
use serde::{Deserialize, Serialize};
use store::table::entry_point::{self, Used};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use crate::audit::act_by;
use crate::clock::{read, rfc3339};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh, sent};
use crate::secrets;

/// The maximum number of entry points.
const MOST: usize = 1_000;
/// The longest `ref`.
const LONGEST_REF: usize = 100;

/// A link that leads into an entry point.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EntryLink {
    /// The channel that it opens.
    pub channel: String,
    /// Meta's id of the account.
    pub account_id: String,
    pub account_name: String,
    pub url: String,
}

/// An entry point.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = EntryPoint)]
pub struct EntryPointView {
    #[schema(value_type = String)]
    pub id: EntryPointId,
    pub name: String,
    /// The `ref` of its links; null if it only has a code word.
    pub r#ref: Option<String>,
    /// The word that customers write; null for none.
    pub code_word: Option<String>,
    #[schema(value_type = String)]
    pub flow_id: FlowId,
    /// The queue that its conversations belong to from the start; null for none.
    #[schema(value_type = Option<String>)]
    pub queue_id: Option<QueueId>,
    #[schema(value_type = String)]
    pub gateway_id: GatewayId,
    /// Meta's id of the account that it applies to; null for all accounts of the gateway.
    pub account_id: Option<String>,
    /// When it ends automatically; null for never.
    #[schema(format = DateTime)]
    pub ends_at: Option<String>,
    /// Its links, one for each account that has such links.
    pub links: Vec<EntryLink>,
    /// A QR code of its first link (SVG); `?account_id=` chooses another. Null without links.
    pub qr_url: Option<String>,
    /// How many conversations it began.
    pub count: i64,
    pub version: i64,
}

/// A new entry point.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntryPoint {
    pub name: String,
    /// The `ref` of its links. If both this and the code word are left out, Deskbell generates one.
    pub r#ref: Option<String>,
    /// One word of letters and digits.
    pub code_word: Option<String>,
    #[schema(value_type = String)]
    pub flow_id: FlowId,
    #[schema(value_type = Option<String>)]
    pub queue_id: Option<QueueId>,
    /// Meta's id of an account; all accounts of the gateway if left out.
    pub account_id: Option<String>,
    /// Needed only if there are several gateways and no account is named.
    #[schema(value_type = Option<String>)]
    pub gateway_id: Option<GatewayId>,
    pub ends_at: Option<String>,
}

/// Changes of an entry point. Omitted fields are not changed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryPointChange {
    pub name: Option<String>,
    /// Null removes it.
    #[serde(default, deserialize_with = "sent")]
    pub r#ref: Option<Option<String>>,
    /// Null removes it.
    #[serde(default, deserialize_with = "sent")]
    pub code_word: Option<Option<String>>,
    #[schema(value_type = Option<String>)]
    pub flow_id: Option<FlowId>,
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub queue_id: Option<Option<QueueId>>,
    #[serde(default, deserialize_with = "sent")]
    pub account_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "sent")]
    pub ends_at: Option<Option<String>>,
    pub version: Option<i64>,
}

fn view(app: &Engine, it: Used) -> EntryPointView {
    let Used { entry_point: it, count, version } = it;
    let links = links_of(app, &it);
    EntryPointView {
        qr_url: (!links.is_empty()).then(|| app.urls.entry_point_qr(it.id)),
        id: it.id,
        name: it.name,
        r#ref: it.code,
        code_word: it.code_word,
        flow_id: it.flow,
        queue_id: it.queue,
        gateway_id: it.gateway,
        account_id: it.account,
        ends_at: it.ends_at.map(rfc3339),
        links,
        count,
        version,
    }
}

fn links_of(app: &Engine, it: &EntryPoint) -> Vec<EntryLink> {
    let directory = app.directory();
    let mut accounts: Vec<_> =
        directory.accounts.values().filter(|account| it.is_of(account.gateway, &account.account_id)).collect();
    accounts.sort_by_key(|account| (account.channel, account.id));
    let link = |account: &&store::table::account::Account| {
        let (code, word) = (it.code.as_deref(), it.code_word.as_deref());
        let names = links::Names {
            id: &account.account_id,
            username: account.username.as_deref(),
            phone: account.phone.as_deref(),
        };
        Some(EntryLink {
            channel: account.channel.to_string(),
            account_id: account.account_id.clone(),
            account_name: account.name.clone(),
            url: links::into_thread(account.channel, &names, code, word)?,
        })
    };
    accounts.iter().filter_map(link).collect()
}

async fn stored(app: &Engine, id: EntryPointId) -> Result<Used> {
    entry_point::by_id(&app.store, id).await?.ok_or_else(|| Error::NotFound("entry point"))
}

/// Every entry point, the oldest first.
pub async fn all(app: &Engine) -> Result<Vec<EntryPointView>> {
    Ok(entry_point::list_used(&app.store).await?.into_iter().map(|it| view(app, it)).collect())
}

/// One entry point.
pub async fn one(app: &Engine, id: EntryPointId) -> Result<EntryPointView> {
    Ok(view(app, stored(app, id).await?))
}

/// A QR code of a link, as SVG: for the given account, else the first.
pub async fn qr(app: &Engine, id: EntryPointId, account: Option<&str>) -> Result<String> {
    let it = stored(app, id).await?;
    let links = links_of(app, &it.entry_point);
    let link = links.iter().find(|link| account.is_none_or(|account| link.account_id == account));
    let link = link.ok_or_else(|| Error::NotFound("link of this entry point"))?;
    let code = qrcodegen::QrCode::encode_text(&link.url, qrcodegen::QrCodeEcc::Medium)
        .map_err(|_| Error::conflict("The link is too long for a QR code."))?;
    Ok(svg(&code))
}

/// With the quiet zone of four modules that scanners need.
fn svg(code: &qrcodegen::QrCode) -> String {
    const MARGIN: i32 = 4;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{},{}h1v1h-1z", x + MARGIN, y + MARGIN));
        }
    }
    let whole = size + 2 * MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" width=\"512\" height=\"512\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0,0h{whole}v{whole}h-{whole}z\"/><path d=\"{path}\"/></svg>"
    )
}

/// Adds an entry point.
pub async fn create(app: &Engine, by: UserId, new: NewEntryPoint) -> Result<EntryPointView> {
    let directory = app.directory();
    let known = match (&new.account_id, new.gateway_id) {
        (Some(account), _) => directory
            .accounts
            .values()
            .find(|known| known.account_id == *account && new.gateway_id.is_none_or(|id| id == known.gateway))
            .map(|known| known.gateway)
            .ok_or_else(|| Error::field("/account_id", "There is no such account."))?,
        (None, Some(id)) if directory.gateways.contains_key(&id) => id,
        (None, Some(_)) => return Err(Error::field("/gateway_id", "There is no such gateway.")),
        (None, None) => match (directory.gateways.len(), directory.gateways.keys().next()) {
            (1, Some(id)) => *id,
            (0, _) => return Err(Error::conflict("Create a chat gateway first.")),
            _ => {
                return Err(Error::field(
                    "/account_id",
                    "There are several gateways: name an account, or a gateway.",
                ));
            }
        },
    };
    if entry_point::list(&app.store).await?.len() >= MOST {
        return Err(Error::conflict(format!("There are {MOST} entry points already: delete one first.")));
    }
    let code = new.r#ref.or_else(|| new.code_word.is_none().then(|| secrets::letters(10)));
    let it = EntryPoint {
        id: EntryPointId(app.ids.next()),
        gateway: known,
        account: new.account_id,
        name: new.name,
        code,
        code_word: new.code_word,
        flow: new.flow_id,
        queue: new.queue_id,
        ends_at: moment(new.ends_at.as_deref())?,
    };
    let it = checked(app, it).await?;
    let mut batch = Batch::new();
    entry_point::insert(&mut batch, &it);
    let (what, detail) = (format!("entry_point {}", it.id), AuditDetail::named(&it.name));
    act_by(app, &mut batch, Some(by), "entry_point.create", what, detail);
    app.store.commit(batch).await.map_err(duplicate)?;
    app.reload().await?;
    one(app, it.id).await
}

/// Changes an entry point.
pub async fn update(
    app: &Engine,
    by: UserId,
    id: EntryPointId,
    change: EntryPointChange,
) -> Result<EntryPointView> {
    let before = stored(app, id).await?;
    if change.version.is_some() {
        fresh(change.version, before.version, &one(app, id).await?)?;
    }
    let old = before.entry_point;
    let ends_at = match &change.ends_at {
        Some(at) => moment(at.as_deref())?,
        None => old.ends_at,
    };
    let it = EntryPoint {
        name: change.name.unwrap_or(old.name),
        code: change.r#ref.unwrap_or(old.code),
        code_word: change.code_word.unwrap_or(old.code_word),
        flow: change.flow_id.unwrap_or(old.flow),
        queue: change.queue_id.unwrap_or(old.queue),
        account: change.account_id.unwrap_or(old.account),
        ends_at,
        ..old
    };
    let it = checked(app, it).await?;
    let mut batch = Batch::new();
    entry_point::update(&mut batch, &it, change.version);
    act_by(
        app,
        &mut batch,
        Some(by),
        "entry_point.update",
        format!("entry_point {id}"),
        AuditDetail::named(&it.name),
    );
    match app.store.commit(batch).await {
        Ok(_) => {}
        Err(CommitError::Conflict) => return Err(Error::stale(&one(app, id).await?)),
        Err(error) => return Err(duplicate(error)),
    }
    app.reload().await?;
    one(app, id).await
}

/// Removes an entry point. Conversations that it began stay where they are.
pub async fn delete(app: &Engine, by: UserId, id: EntryPointId) -> Result<()> {
    let it = stored(app, id).await?.entry_point;
    let mut batch = Batch::new();
    entry_point::delete(&mut batch, id);
    act_by(
        app,
        &mut batch,
        Some(by),
        "entry_point.delete",
        format!("entry_point {id}"),
        AuditDetail::named(&it.name),
    );
    app.store.commit(batch).await?;
    app.reload().await?;
    Ok(())
}

fn moment(text: Option<&str>) -> Result<Option<domain::time::Micros>> {
    let unreadable = || Error::field("/ends_at", "This must be a time, such as 2026-12-31T18:00:00Z.");
    text.map(|text| read(text).ok_or_else(unreadable)).transpose()
}

async fn checked(app: &Engine, mut it: EntryPoint) -> Result<EntryPoint> {
    let directory = app.directory();
    let mut fields = Fields::default();
    it.name = fields.name("/name", &it.name, 80);
    if let Some(code) = &it.code {
        let is_ref = (1..=LONGEST_REF).contains(&code.len())
            && code.chars().all(|c| c.is_ascii_alphanumeric() || "-_=.:+/".contains(c));
        if !is_ref {
            let detail = format!("A ref is made of up to {LONGEST_REF} letters a–z, digits and - _ = . : + /.");
            fields.bad("/ref", detail);
        }
    }
    if let Some(word) = &it.code_word {
        let folded = same(word);
        let is_word =
            !folded.is_empty() && word.chars().count() <= 40 && folded.chars().all(char::is_alphanumeric);
        if !is_word {
            fields.bad("/code_word", "A code word is one word of up to 40 letters and digits.");
        }
        let others =
            directory.entry_points.iter().filter(|other| other.id != it.id && other.gateway == it.gateway);
        let taken = others.filter_map(|other| other.code_word.as_deref()).any(|other| same(other) == folded);
        if taken {
            fields.bad("/code_word", "Another entry point has this word.");
        }
    }
    if it.code.is_none() && it.code_word.is_none() {
        fields.bad("/ref", "An entry point needs a ref or a code word.");
    }
    if !directory.flows.contains_key(&it.flow) {
        fields.bad("/flow_id", "There is no such flow, or it was never published.");
    }
    if it.queue.is_some_and(|queue| directory.queue(queue).is_none()) {
        fields.bad("/queue_id", "There is no such queue.");
    }
    if it.account.as_deref().is_some_and(|account| directory.account(it.gateway, account).is_none()) {
        fields.bad("/account_id", "The gateway has no such account.");
    }
    fields.done()?;
    Ok(it)
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/ref", "Another entry point has this ref or this word."),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_margin_and_its_modules() {
        let code = qrcodegen::QrCode::encode_text("https://m.me/200?ref=x", qrcodegen::QrCodeEcc::Medium).unwrap();
        let svg = svg(&code);
        let whole = code.size() + 8;
        assert!(
            svg.contains(&format!("viewBox=\"0 0 {whole} {whole}\"")) && svg.contains("M4,4h1v1h-1z"),
            "{svg}"
        );
    }
}
