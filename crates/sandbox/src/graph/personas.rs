//! Personas: the names and faces under which a Page speaks (§3.6).

use super::Outcome;
use super::auth::{self, Caller};
use super::error::GraphError;
use super::request::Call;
use crate::world::{Persona, World};
use serde_json::{Value, json};

/// Longest name.
const NAME_LIMIT: usize = 50;

/// `/{page}/personas`: make one, list them.
pub fn edge(world: &mut World, call: &Call, caller: &Caller, page_id: &str) -> Outcome {
    auth::page_with(world, caller, page_id, &call.method, "pages_messaging", "MESSAGING")?;
    if call.method != "POST" {
        let mine = world.personas.iter().filter(|(_, persona)| persona.page_id == page_id);
        return Ok(json!({"data": mine.map(|(id, persona)| show(id, persona)).collect::<Vec<_>>()}));
    }
    let name = call.text("name").filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| GraphError::required("name"))?;
    super::template::limit(&name, NAME_LIMIT, "name")?;
    let picture = call.text("profile_picture_url").ok_or_else(|| GraphError::required("profile_picture_url"))?;
    if !picture.starts_with("https://") && !picture.starts_with("http://") {
        return Err(GraphError::parameter("Param profile_picture_url must be a valid URI"));
    }
    let id = format!("13{:014}", world.next());
    world.personas.insert(id.clone(), Persona { page_id: page_id.to_owned(), name, picture });
    Ok(json!({"id": id}))
}

/// `GET /{persona}`.
pub fn node(world: &World, caller: &Caller, id: &str) -> Outcome {
    own(world, caller, "GET", id).map(|persona| show(id, persona))
}

/// `DELETE /{persona}`.
pub fn remove(world: &mut World, caller: &Caller, id: &str) -> Outcome {
    own(world, caller, "DELETE", id)?;
    world.personas.remove(id);
    Ok(json!({"success": true}))
}

/// The persona that a message names.
pub fn of_message(world: &World, page_id: &str, id: Option<&str>) -> Result<Option<Value>, GraphError> {
    let Some(id) = id else { return Ok(None) };
    match world.personas.get(id) {
        Some(persona) if persona.page_id == page_id => Ok(Some(show(id, persona))),
        _ => Err(GraphError::parameter("The persona does not exist or belongs to another Page")),
    }
}

fn own<'w>(world: &'w World, caller: &Caller, method: &str, id: &str) -> Result<&'w Persona, GraphError> {
    let persona = world.personas.get(id).ok_or_else(|| GraphError::unknown_object(method, id))?;
    auth::page_with(world, caller, &persona.page_id, method, "pages_messaging", "MESSAGING")?;
    Ok(persona)
}

fn show(id: &str, persona: &Persona) -> Value {
    json!({"id": id, "name": persona.name, "profile_picture_url": persona.picture})
}
