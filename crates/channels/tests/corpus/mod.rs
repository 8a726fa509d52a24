//! Bodies of every kind of event, mutations of them, and what must be true of the result.

use channels::{Channels, Unreadable};
use domain::inbound::{Inbound, InboundEvent};

/// Reads a body as the engine does, whatever channel it belongs to.
pub fn decode(body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
    Channels::default().decode(body)
}

/// Every fixture, with its name.
pub fn corpus() -> Vec<(String, serde_json::Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let read = |path: &std::path::PathBuf| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    paths.iter().map(|path| (path.display().to_string(), read(path))).collect()
}

/// Every event that happens only once has a key that identifies a second delivery.
pub fn is_keyed(inbound: &Inbound) -> bool {
    let referral = |it: &domain::inbound::Referral| !it.key.is_empty();
    match &inbound.what {
        InboundEvent::Said(message) => !message.mid.is_empty() && message.referral.as_ref().is_none_or(referral),
        InboundEvent::Echo(echo) => !echo.mid.is_empty(),
        InboundEvent::Edited { mid, .. }
        | InboundEvent::Unsent { mid }
        | InboundEvent::Reacted { mid, .. }
        | InboundEvent::ReadMessage { mid } => !mid.is_empty(),
        InboundEvent::Referral(it) => referral(it),
        InboundEvent::Notice { key, .. } | InboundEvent::Unknown { key, .. } => !key.is_empty(),
        InboundEvent::Control(it) => !it.key.is_empty(),
        InboundEvent::Commented(it) => !it.id.is_empty(),
        InboundEvent::Status(it) => !it.mid.is_empty(),
        InboundEvent::Renamed(it) => !it.key.is_empty() && (it.user.is_some() || it.phone.is_some()),
        // The same choice twice is one choice, and the channel's latest report on an account counts.
        InboundEvent::Marketing { .. } | InboundEvent::Account(_) => true,
        InboundEvent::Delivered { .. } | InboundEvent::Read { .. } => true,
        InboundEvent::PolicyAction { .. } | InboundEvent::NotForUs { .. } => true,
    }
}

/// Changes one place of a body.
pub fn mutate(value: &mut serde_json::Value, at: usize, with: &serde_json::Value) {
    fn places<'a>(value: &'a mut serde_json::Value, left: &mut usize) -> Option<&'a mut serde_json::Value> {
        if *left == 0 {
            return Some(value);
        }
        *left -= 1;
        match value {
            serde_json::Value::Array(list) => list.iter_mut().find_map(|one| places(one, left)),
            serde_json::Value::Object(map) => map.values_mut().find_map(|one| places(one, left)),
            _ => None,
        }
    }
    if let Some(place) = places(value, &mut at.clone()) {
        *place = with.clone();
    }
}
