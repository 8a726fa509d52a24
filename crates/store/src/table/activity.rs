//! When an account last received something and a gateway last sent something, to the minute. It changes all the time,
//! so it is not part of the configuration, although it is stored in the same rows.

use std::collections::HashMap;

use domain::id::GatewayId;
use domain::time::Micros;

use super::event;
use crate::batch::statements;
use crate::{Batch, Error, Row, Signal, Store, values};

statements! {
    /// When each account of a gateway ($1, or of all if it is 0) last received something.
    OF_ACCOUNTS = "SELECT gateway_id, account_id, last_event_at FROM account
        WHERE last_event_at IS NOT NULL AND (gateway_id = $1 OR $1 = 0)";
    /// When a gateway ($1, or each if it is 0) last received and sent something.
    OF_GATEWAYS = "SELECT id, last_event_at, last_sent_at FROM gateway WHERE id = $1 OR $1 = 0";
    /// An event of a gateway was applied.
    GATEWAY_EVENT = "UPDATE gateway SET last_event_at = $2 WHERE id = $1 AND (last_event_at IS NULL OR last_event_at + 60000000 < $2)";
    /// An event of an account was applied.
    ACCOUNT_EVENT = "UPDATE account SET last_event_at = $3 WHERE gateway_id = $1 AND account_id = $2
        AND (last_event_at IS NULL OR last_event_at + 60000000 < $3)";
    /// A message was sent.
    SENT = "UPDATE gateway SET last_sent_at = $2 WHERE id = $1 AND (last_sent_at IS NULL OR last_sent_at + 60000000 < $2)";
}

/// The stored times.
#[derive(Debug, Clone, Default)]
pub struct Activity {
    accounts: HashMap<(GatewayId, String), Micros>,
    gateways: HashMap<GatewayId, (Option<Micros>, Option<Micros>)>,
}

impl Activity {
    pub(super) fn from_rows(accounts: &[Row], gateways: &[Row]) -> Self {
        let account = |row: &Row| ((GatewayId(row.int(0)), row.text(1)), Micros(row.int(2)));
        let gateway =
            |row: &Row| (GatewayId(row.int(0)), (row.opt_int(1).map(Micros), row.opt_int(2).map(Micros)));
        Self { accounts: accounts.iter().map(account).collect(), gateways: gateways.iter().map(gateway).collect() }
    }

    /// When an account last received an event.
    pub fn last_event_of(&self, gateway: GatewayId, account: &str) -> Option<Micros> {
        self.accounts.get(&(gateway, account.to_owned())).copied()
    }

    /// When any account of a gateway last received an event.
    pub fn last_event(&self, gateway: GatewayId) -> Option<Micros> {
        self.gateways.get(&gateway)?.0
    }

    /// When a gateway last sent a message.
    pub fn last_sent(&self, gateway: GatewayId) -> Option<Micros> {
        self.gateways.get(&gateway)?.1
    }
}

/// Reads the times of all gateways.
pub async fn all(store: &Store) -> Result<Activity, Error> {
    of_gateway(store, GatewayId(0)).await
}

/// Reads the times of one gateway.
pub async fn of_gateway(store: &Store, id: GatewayId) -> Result<Activity, Error> {
    let answers = store.ask(vec![(OF_ACCOUNTS, values![id]), (OF_GATEWAYS, values![id])]).await?;
    Ok(Activity::from_rows(&answers[0], &answers[1]))
}

/// An event of an account was applied. Written at most once a minute.
pub fn note_event(batch: &mut Batch, id: GatewayId, account: &str, at: Micros) {
    batch.push(GATEWAY_EVENT, values![id, at]);
    batch.push(ACCOUNT_EVENT, values![id, account, at]);
    event::gateway_changed(batch, id, at);
    batch.notify(Signal::Activity);
}

/// A message was sent. Written at most once a minute.
pub fn note_sent(batch: &mut Batch, id: GatewayId, at: Micros) {
    batch.push(SENT, values![id, at]);
    event::gateway_changed(batch, id, at);
    batch.notify(Signal::Activity);
}
