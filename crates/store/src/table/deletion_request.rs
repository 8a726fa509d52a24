//! Requests of people to Meta that their data be deleted (Data Deletion Request Callback). The person is stored only
//! as a hash: the request must not be what remains of their data.

use domain::id::GatewayId;
use domain::time::Micros;

use crate::batch::statements;
use crate::words::words;
use crate::{Batch, Error, Store, values};

statements! {
    /// Stores a request to delete a person's data; a repeated request changes nothing.
    INSERT_DELETION = "INSERT INTO deletion_request (code, gateway_id, person_id, requested_at, done_at, held)
        VALUES ($1, $2, $3, $4, $5, 'new') ON CONFLICT (gateway_id, person_id) DO NOTHING";
    /// Records what was stored about the person.
    DELETION_HELD = "UPDATE deletion_request SET held = $2, done_at = $3 WHERE code = $1";
    /// Nothing was stored about the person, unless an earlier request found something.
    DELETION_NOTHING = "UPDATE deletion_request SET held = 'nothing' WHERE code = $1 AND held = 'new'";
    /// The code of a person's request.
    DELETION_OF = "SELECT code, requested_at, done_at FROM deletion_request WHERE gateway_id = $1 AND person_id = $2";
    /// The state of a request.
    DELETION_BY_CODE = "SELECT gateway_id, requested_at, done_at, held FROM deletion_request WHERE code = $1";
}

words! {
    /// What was stored about the person.
    StoredData {
        /// Not known yet.
        New = "new",
        /// An account that connected Pages.
        Account = "account",
        /// A contact, which is erased.
        Contact = "contact",
        /// Nothing.
        Nothing = "nothing",
    }
}

/// A request, as its public page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When it arrived.
    pub requested_at: Micros,
    /// When everything was deleted.
    pub done_at: Option<Micros>,
    /// What was stored about the person.
    pub held: StoredData,
}

/// The request with a code.
pub async fn by_code(store: &Store, code: &str) -> Result<Option<Request>, Error> {
    let row = store.row(DELETION_BY_CODE, values![code]).await?;
    Ok(row.map(|row| Request {
        requested_at: Micros(row.int(1)),
        done_at: row.opt_int(2).map(Micros),
        held: StoredData::parse(&row.text(3)).unwrap_or(StoredData::New),
    }))
}

/// The code of a person's request to a gateway.
pub async fn code_of(store: &Store, gateway: GatewayId, person_hash: &str) -> Result<Option<String>, Error> {
    Ok(store.row(DELETION_OF, values![gateway, person_hash]).await?.map(|row| row.text(0)))
}

/// Records a request; a repeated one of the same person changes nothing, so [`code_of`] returns the first code.
pub fn insert(batch: &mut Batch, code: &str, gateway: GatewayId, person_hash: &str, at: Micros) {
    batch.push(INSERT_DELETION, values![code, gateway, person_hash, at, at]);
}

/// Records what was stored: an account is deleted at `done_at`, a contact later (None).
pub fn set_held(batch: &mut Batch, code: &str, held: StoredData, done_at: Option<Micros>) {
    batch.push(DELETION_HELD, values![code, held, done_at]);
}

/// Nothing was stored about the person, unless an earlier request found something.
pub fn set_nothing_held(batch: &mut Batch, code: &str) {
    batch.push(DELETION_NOTHING, values![code]);
}
