//! People: `me`, their Pages with cursor paging, their permissions, their business portfolios (§1.6, §1.7).

use super::auth::{self, Caller};
use super::error::GraphError;
use super::fields::{self, Lookup};
use super::request::Call;
use super::{Outcome, page};
use crate::callbacks;
use crate::shared::Shared;
use crate::world::{Token, World};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// `GET /{person}`.
pub fn node(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    if caller.me() != Some(id) {
        return Err(GraphError::unknown_object("GET", id));
    }
    let name = world.people.get(id).map(|person| person.seed.name.clone()).unwrap_or_default();
    let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
    let system_user = matches!(caller, Caller::Person(token) if token.system_user);
    fields::project(&fields::asked(call.text("fields"), "name")?, "User", id, |field| match field.name.as_str() {
        "id" => Lookup::Empty,
        "name" => Lookup::Value(json!(name)),
        "first_name" => Lookup::Value(json!(first)),
        "last_name" => Lookup::Value(json!(last)),
        "email" | "picture" => Lookup::Empty,
        "client_business_id" => system_user.then(|| json!(format!("77{id}"))).into(),
        "permissions" => permissions(world, call, caller, id).ok().into(),
        _ => Lookup::Unknown,
    })
}

fn own_token<'c>(caller: &'c Caller, id: &str) -> Result<&'c Token, GraphError> {
    match caller {
        Caller::Person(token) if token.person_id == id => Ok(token),
        // A Page token asked for /me/accounts: the edge does not exist on a Page.
        _ => Err(GraphError::parameter("Tried accessing nonexisting field (accounts) on node type (Page)")),
    }
}

/// `GET /me/accounts`: ticked Pages on which the person has a role; portfolio Pages stay silent (§1.7).
pub fn accounts(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let token = own_token(caller, id)?.clone();
    let grant = auth::grant(world, &token)?.clone();
    let visible: Vec<String> = if grant.has("pages_show_list") {
        let pages = world.pages.values().filter(|page| {
            !page.tasks(&token.person_id).is_empty()
                && grant.covers(&page.seed.id)
                && (page.seed.business_id.is_none() || token.system_user || grant.has("business_management"))
        });
        pages.map(|page| page.seed.id.clone()).collect()
    } else {
        Vec::new()
    };
    paged(world, call, visible, |world, page_id| {
        let fields = fields::asked(call.text("fields"), "access_token,category,category_list,name,id,tasks")?;
        page::render(world, &fields, &token, page_id)
    })
}

/// `GET /me/businesses`: portfolios of the Pages on which the person has a role.
pub fn businesses(world: &World, caller: &Caller, id: &str) -> Outcome {
    let token = own_token(caller, id)?;
    if !auth::grant(world, token)?.has("business_management") {
        return Err(GraphError::parameter("Missing permissions").subcode(33));
    }
    let mine = world.pages.values().filter(|page| !page.tasks(id).is_empty());
    let of_pages = mine.filter_map(|page| page.seed.business_id.as_ref());
    let mine = world.wabas.values().filter(|waba| waba.seed.people.iter().any(|person| person == id));
    let ids: std::collections::BTreeSet<&String> =
        of_pages.chain(mine.map(|waba| &waba.seed.business_id)).collect();
    Ok(
        json!({"data": ids.iter().map(|id| json!({"id": id, "name": format!("Business {id}")})).collect::<Vec<_>>()}),
    )
}

/// `GET /{business}/owned_pages`.
pub fn business_pages(world: &mut World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    let Caller::Person(token) = caller else {
        return Err(GraphError::unknown_object("GET", id));
    };
    if !auth::grant(world, token)?.has("business_management") {
        return Err(GraphError::not_granted("business_management"));
    }
    let owned = world.pages.values().filter(|page| page.seed.business_id.as_deref() == Some(id));
    let owned = owned.filter(|page| !page.tasks(&token.person_id).is_empty());
    let ids = if call.segments.last().is_some_and(|edge| edge == "owned_pages") {
        owned.map(|page| page.seed.id.clone()).collect()
    } else {
        Vec::new()
    };
    paged(world, call, ids, |world, page_id| {
        page::render(world, &fields::asked(call.text("fields"), "name,id")?, token, page_id)
    })
}

/// Cursor paging: 25 by default, at most 100; `paging.next` holds the access token, as at Meta (§1.7, §12.19).
pub fn paged(
    world: &mut World,
    call: &Call,
    ids: Vec<String>,
    mut render: impl FnMut(&mut World, &str) -> Outcome,
) -> Outcome {
    let limit = match call.text("limit") {
        None => 25,
        Some(text) => match text.parse::<usize>() {
            Ok(limit) if limit > 0 => limit.min(100),
            _ => {
                return Err(GraphError::parameter("Param limit must be a positive integer"));
            }
        },
    };
    let cursor = |name: &str| -> Result<Option<usize>, GraphError> {
        let Some(text) = call.text(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let id = STANDARD.decode(&text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let position = id.and_then(|id| ids.iter().position(|known| *known == id));
        position.map(Some).ok_or_else(|| GraphError::parameter("Invalid cursors values"))
    };
    let start = match (cursor("after")?, cursor("before")?) {
        (Some(position), _) => position + 1,
        (None, Some(position)) => position.saturating_sub(limit),
        (None, None) => 0,
    };
    let end = (start + limit).min(ids.len());
    let Some(slice) = ids.get(start..end).filter(|slice| !slice.is_empty()) else {
        return Ok(json!({"data": []}));
    };
    let data = slice.iter().map(|id| render(world, id)).collect::<Result<Vec<_>, _>>()?;
    let (before, after) = (STANDARD.encode(&slice[0]), STANDARD.encode(&slice[slice.len() - 1]));
    let mut paging = json!({"cursors": {"before": before, "after": after}});
    if end < ids.len() {
        paging["next"] = json!(link(world, call, "after", &after));
    }
    if start > 0 {
        paging["previous"] = json!(link(world, call, "before", &before));
    }
    Ok(json!({"data": data, "paging": paging}))
}

fn link(world: &World, call: &Call, name: &str, cursor: &str) -> String {
    let Ok(mut url) = reqwest::Url::parse(&call.address(&world.base_url)) else {
        return String::new();
    };
    let mut params: Map<String, Value> = call.params.clone();
    for dropped in ["after", "before", "appsecret_proof", "method"] {
        params.remove(dropped);
    }
    params.insert("access_token".to_owned(), json!(call.token));
    params.insert(name.to_owned(), json!(cursor));
    for (name, value) in &params {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        url.query_pairs_mut().append_pair(name, &text);
    }
    url.into()
}

/// `GET /me/permissions`.
pub fn permissions(world: &World, _call: &Call, caller: &Caller, id: &str) -> Outcome {
    let Caller::Person(token) = caller else {
        return Err(GraphError::unknown_object("GET", id));
    };
    if token.person_id != id {
        return Err(GraphError::unknown_object("GET", id));
    }
    let grant = auth::grant(world, token)?;
    let status = |granted: bool| if granted { "granted" } else { "declined" };
    let data: Vec<Value> = grant
        .permissions
        .iter()
        .map(|(name, granted)| json!({"permission": name, "status": status(*granted)}))
        .collect();
    Ok(json!({"data": data}))
}

/// `DELETE /{person}/permissions[/{name}]`: removes the app, which fires the deauthorize callback, or one scope (§1.6).
pub fn revoke(shared: &Shared, call: &Call, caller: &Caller, id: &str, permission: Option<&str>) -> Outcome {
    let allowed = match caller {
        Caller::Person(token) => token.person_id == id,
        Caller::App(_) => true,
        Caller::Page(..) | Caller::Instagram(..) => false,
    };
    if !allowed {
        return Err(GraphError::unknown_object(&call.method, id));
    }
    let named = permission.map(str::to_owned).or_else(|| call.text("permission"));
    match named {
        Some(name) => {
            let mut world = shared.world();
            let grant = world.people.get_mut(id).and_then(|person| person.grants.get_mut(caller.app_id()));
            let grant = grant.ok_or_else(|| GraphError::unknown_object(&call.method, id))?;
            if grant.permissions.remove(&name).is_none() {
                return Err(GraphError::parameter(format_args!("{name} is not a permission that was granted")));
            }
        }
        None => remove_app(shared, caller.app_id(), id),
    }
    Ok(json!({"success": true}))
}

/// The person removes the app: grant and tokens end, and the app is notified (§8.1).
pub fn remove_app(shared: &Shared, app_id: &str, person_id: &str) {
    {
        let mut world = shared.world();
        if let Some(person) = world.people.get_mut(person_id) {
            person.grants.remove(app_id);
        }
        world.kill_tokens(|token| token.app_id == app_id && token.person_id == person_id, 458);
    }
    callbacks::deauthorize(shared, app_id, json!({"user_id": person_id}));
}
