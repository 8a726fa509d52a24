//! What a simulated flow finds: the moment at which its scene begins, and its surroundings.

use domain::flow::{CalendarFacts, FlowBody, Surroundings};
use domain::time::{MINUTE, Micros};

use super::SimulationScene;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::{clock, flow_surroundings};

/// When the scene begins.
pub(super) fn begins_at(app: &Engine, scene: &SimulationScene) -> Result<Micros> {
    let zone = match &scene.time_zone {
        Some(name) => crate::opening_hours::zone(name)
            .ok_or_else(|| Error::field("/scene/time_zone", "There is no such time zone."))?,
        None => jiff::tz::TimeZone::UTC,
    };
    let Some(text) = &scene.now else { return Ok(app.clock.now()) };
    let local = || {
        let there: jiff::civil::DateTime = text.parse().ok()?;
        Some(Micros(there.to_zoned(zone).ok()?.timestamp().as_microsecond()))
    };
    clock::read(text)
        .or_else(local)
        .ok_or_else(|| Error::field("/scene/now", "This must be a time, such as 2026-12-01T09:00:00Z."))
}

/// The surroundings of a simulated flow.
pub(super) fn surroundings(app: &Engine, body: &FlowBody, scene: &SimulationScene, now: Micros) -> Surroundings {
    let directory = app.directory();
    let mut queues = directory.queue_facts(&app.roster(), now, None);
    for queue in &mut queues {
        let set = scene.queues.get(&queue.id).copied().unwrap_or_default();
        queue.open = set.open.unwrap_or(queue.open);
        queue.online = set.online.unwrap_or(true);
        let waiting = set.waiting.unwrap_or(0);
        queue.waiting = Some(waiting);
        // So that a text that holds it can be tried: no one really waits.
        queue.expected_wait = Some(waiting.saturating_add(1).saturating_mul(MINUTE));
    }
    let mut calendars = flow_surroundings::calendars(&directory, now);
    for (id, open) in &scene.calendars {
        match calendars.iter_mut().find(|calendar| calendar.id == *id) {
            Some(calendar) => calendar.open = *open,
            None => calendars.push(CalendarFacts { id: *id, open: *open, opens_at: String::new() }),
        }
    }
    let channel = scene.channel.map_or_else(|| "messenger".to_owned(), |channel| channel.to_string());
    let contact = &scene.contact;
    let given = [
        ("account.channel", Some(channel)),
        ("contact.id", contact.id.clone()),
        ("contact.first_name", contact.first_name.clone()),
        ("contact.language", contact.language.clone()),
        ("contact.phone", contact.phone.clone()),
        ("contact.email", contact.email.clone()),
        ("referral.ref", contact.r#ref.clone()),
    ];
    let values = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    Surroundings {
        values,
        queues,
        calendars,
        online: scene.online.clone().unwrap_or_else(|| flow_surroundings::online(app)),
        secrets: directory.flow_secrets.keys().cloned().collect(),
        flows: flow_surroundings::published(&directory, body),
        call: 0,
        language: app.config.language,
        detailed: true,
    }
}
