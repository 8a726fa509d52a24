//! Retries all failed deliveries, a few at a time. Its position is stored in a setting, so a restart continues.

use channels::Channels;
use domain::channel::Address;
use domain::id::{DeliveryId, GatewayId};
use domain::not_applied::NotApplied;
use serde::{Deserialize, Serialize};
use store::Batch;
use store::json::json;
use store::table::delivery::{self, State};
use store::table::{inbox, setting};
use tokio::sync::watch;

use super::{body, commit, rest};
use crate::engine::Engine;

/// The number of deliveries that are reopened together.
const TOGETHER: i64 = 20;
pub const KEY: &str = "deliveries.retry";

/// What was requested.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Order {
    /// A gateway, or 0 for all.
    pub gateway: i64,
    /// Deliveries up to this id were tried.
    pub after: i64,
    /// Those with higher ids failed later.
    pub up_to: i64,
}

/// Continues until all are reopened or the server stops.
pub async fn round(app: &Engine, drain: &watch::Receiver<bool>) -> Result<(), store::Error> {
    while let Some(text) = setting::get(&app.store, KEY).await? {
        let mut order: Order = serde_json::from_str(&text).unwrap_or_default();
        let gateway = Some(GatewayId(order.gateway)).filter(|id| id.0 != 0);
        let failed = delivery::failed(&app.store, gateway, DeliveryId(order.after), TOGETHER).await?;
        let mut batch = Batch::new();
        let directory = app.directory();
        let mut more = false;
        for (it, body) in failed.into_iter().filter(|(it, _)| it.id.0 <= order.up_to) {
            let body = body::decoded(body);
            let enabled = directory.gateways.get(&it.gateway).map(|known| known.row.enabled);
            // A delivery that would fail in the same way is left as it is, with its reason.
            if let Ok(keys) = worth_retrying(&app.channels, it.state, enabled, &body) {
                inbox::reopen(&mut batch, it.id, body, keys);
            }
            order.after = it.id.0;
            more = true;
        }
        if more {
            setting::replace(&mut batch, KEY, Some(&text), &json(&order));
        } else {
            setting::remove(&mut batch, KEY, &text);
        }
        // A user may have retried one of them, or restarted, at the same moment: it is checked again.
        commit(app, batch).await?;
        if !rest(drain).await {
            return Ok(());
        }
    }
    Ok(())
}

/// The threads of its events, or why applying them again is useless.
pub fn worth_retrying(
    channels: &Channels,
    state: State,
    enabled: Option<bool>,
    body: &[u8],
) -> Result<Vec<Address>, String> {
    match (state, enabled) {
        (State::Pending, _) => return Err("It is being applied at the moment: wait for its outcome.".into()),
        (State::Done, _) => return Err("Everything in it was applied: there is nothing to try again.".into()),
        (_, None) => return Err("Its gateway was deleted, so it can no longer be applied.".into()),
        (_, Some(false)) => return Err("Its gateway is switched off: switch it on, then try again.".into()),
        (_, Some(true)) => {}
    }
    let events = channels.decode(body).map_err(|unreadable| {
        let why = NotApplied::from(unreadable).english();
        format!("It still cannot be read, so trying again changes nothing. {why} Dismiss it.")
    })?;
    if events.is_empty() {
        return Err("It holds no events: there is nothing to try again.".into());
    }
    Ok(events.into_iter().map(|event| event.address).collect())
}

#[cfg(test)]
mod tests {
    use domain::channel::Account;

    use super::*;

    #[test]
    fn only_what_can_come_out_differently_is_tried_again() {
        let body =
            br#"{"object":"page","entry":[{"id":"200","messaging":[{"sender":{"id":"7"},"recipient":{"id":"200"},
            "timestamp":1790000000001,"message":{"mid":"m","text":"hi"}}]}]}"#;
        assert_eq!(
            worth_retrying(&Channels::default(), State::Failed, Some(true), body),
            Ok(vec![Address::new(Account::page("200"), "7")])
        );
        assert!(worth_retrying(&Channels::default(), State::Dismissed, Some(true), body).is_ok());
        let why =
            |state, enabled, body: &[u8]| worth_retrying(&Channels::default(), state, enabled, body).unwrap_err();
        assert!(why(State::Pending, Some(true), body).contains("at the moment"));
        assert!(why(State::Done, Some(true), body).contains("Everything"));
        assert!(why(State::Failed, None, body).contains("deleted"));
        assert!(why(State::Ignored, Some(false), body).contains("switched off"));
        assert!(why(State::Failed, Some(true), b"{").contains("still cannot be read"));
        assert!(why(State::Failed, Some(true), b"{}").contains("no events"));
    }
}
