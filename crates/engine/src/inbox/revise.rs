//! What happened to messages that were said before: edits, unsends, reactions, receipts. One that comes before its
//! message waits for it (`store/table/early.rs`) and is made here once the message is in its thread.

use domain::decision::{Change, react, react_as_page};
use domain::id::{ConversationId, MessageId};
use domain::inbound::{Happening, Inbound};
use domain::message::{Reaction, Status};
use domain::time::{DAY, Micros};
use store::table::early;
use store::table::erasure::Subject;
use store::table::{message, record};
use store::{Batch, CommitError, values};

use super::{Outcome, Waiting, finish};
use crate::clock::now;
use crate::desk;
use crate::engine::Engine;
use crate::retention::erase;

/// How long a change waits for its message: longer than Meta delivers again, and than a catch-up takes.
pub const PATIENCE: i64 = 3 * DAY;
/// How often a change is made anew because somebody was quicker.
const TRIES: usize = 20;
/// So many are looked at together.
const PAGE: i64 = 200;
/// So many unknown messages of one delivery receipt are waited for.
const MOST_UNKNOWN: usize = 50;

/// An edit, an unsend or a reaction.
pub async fn change(app: &Engine, waiting: &Waiting, inbound: &Inbound) -> Result<(), store::Error> {
    let settled = |batch: &mut Batch| Outcome::Applied.settle(batch, waiting);
    if make(app, inbound, &settled).await? {
        return Ok(());
    }
    let mut batch = Batch::new();
    if let Some((mid, kind, rank)) = place(inbound) {
        early::keep(&mut batch, mid, kind, rank, inbound, now());
    }
    settled(&mut batch);
    finish(app, batch).await.map(|_| ())
}

/// Makes the changes whose message has come meanwhile.
pub async fn ripen(app: &Engine) -> Result<(), store::Error> {
    for it in early::ripe(&app.store, PAGE).await? {
        let done = |batch: &mut Batch| early::done(batch, &it);
        let made = match &it.event {
            Some(inbound) => make(app, inbound, &done).await?,
            None => false,
        };
        if !made {
            let mut batch = Batch::new();
            done(&mut batch);
            finish(app, batch).await?;
        }
    }
    Ok(())
}

/// Of which message a change speaks, of what kind it is, and which of two of a kind is the newer.
fn place(inbound: &Inbound) -> Option<(&str, &'static str, i64)> {
    let at = inbound.at.map_or(0, |at| at.0);
    match &inbound.what {
        Happening::Edited { mid, number, .. } => Some((mid, "edit", number.unwrap_or(at))),
        Happening::Unsent { mid } => Some((mid, "unsend", at)),
        Happening::Reacted { mid, by_page: false, .. } => Some((mid, "reaction", at)),
        Happening::Reacted { mid, by_page: true, .. } => Some((mid, "page_reaction", at)),
        Happening::Delivered { mids, .. } => Some((mids.first()?, "delivery", at)),
        _ => None,
    }
}

/// Changes the message, together with what `settled` adds. False if the message is not here.
async fn make(
    app: &Engine,
    inbound: &Inbound,
    settled: &(dyn Fn(&mut Batch) + Sync),
) -> Result<bool, store::Error> {
    let Some((mid, _, _)) = place(inbound) else { return Ok(false) };
    for _ in 0..TRIES {
        let Some(row) = app.store.row(message::BY_MID, values![&inbound.page, mid]).await? else {
            return Ok(false);
        };
        let it = message::from_row(&row);
        let (id, conversation) = (it.message.id, it.message.conversation);
        let at = now();
        let when = inbound.at.unwrap_or(at).min(at);
        let mut batch = Batch::new();
        match &inbound.what {
            Happening::Edited { text, number, .. } => {
                let number = number.unwrap_or(0);
                if it.takes_edit(number, when) {
                    let change = Change::Edited { message: id, text: text.clone(), number, at: when };
                    return reword(app, &it.message, Some(text), &change, settled).await;
                }
            }
            Happening::Unsent { .. } if it.unsent_at.is_none() => {
                let change = Change::Unsent { message: id, at: when };
                return reword(app, &it.message, None, &change, settled).await;
            }
            Happening::Reacted { emoji, by_page, .. } if it.unsent_at.is_none() => {
                let known = &it.message.extra;
                let after = if *by_page {
                    // Perhaps our own one coming back.
                    let ours = |one: &&Reaction| one.by != "contact" && Some(&one.emoji) == emoji.as_ref();
                    let after = react_as_page(known, "page", emoji.as_deref());
                    known.reactions.iter().find(ours).is_none().then_some(after).filter(|after| after != known)
                } else {
                    react(known, "contact", emoji.as_deref(), when)
                };
                if let Some(extra) = after {
                    record::reactions(&mut batch, conversation, id, &it.raw_extra, &extra, at);
                }
            }
            Happening::Delivered { .. } => {
                let change = Change::Receipt { message: id, status: Status::Delivered, at: when };
                record::change(&mut batch, conversation, &change, at);
            }
            _ => {}
        }
        if inbound.what.opens_window() {
            record::move_window(&mut batch, it.message.identity, when);
        }
        settled(&mut batch);
        match app.store.commit(batch).await {
            Ok(_) => return Ok(true),
            Err(CommitError::Store(error)) => return Err(error),
            Err(CommitError::Conflict | CommitError::Duplicate) => {}
        }
    }
    Ok(true)
}

/// Changes the words of a message, and the lists that show them.
async fn reword(
    app: &Engine,
    it: &domain::message::Message,
    text: Option<&str>,
    change: &Change,
    settled: &(dyn Fn(&mut Batch) + Sync),
) -> Result<bool, store::Error> {
    let turn = desk::turn_with(
        app,
        it.conversation,
        |turn| {
            turn.reworded(it, text);
            turn.change(change.clone());
            Ok(())
        },
        |batch, _| settled(batch),
    );
    desk::settle(turn.await).map(|_| true)
}

/// Messages of ours arrived or were read: those that the receipt names, and all up to its watermark.
pub async fn receipt(app: &Engine, waiting: &Waiting, inbound: &Inbound) -> Result<(), store::Error> {
    let at = now();
    let mut batch = Batch::new();
    let Some(identity) = desk::identity(app, &inbound.page, &inbound.customer).await? else {
        Outcome::Ignored(Some("It speaks of a customer who never wrote.".into())).settle(&mut batch, waiting);
        let stranger =
            Subject { gateway: waiting.gateway.0, page: inbound.page.clone(), external: inbound.customer.clone() };
        erase::straggler(app, &mut batch, waiting.delivery, stranger).await?;
        return finish(app, batch).await.map(|_| ());
    };
    let (status, sql, watermark, mids) = match &inbound.what {
        Happening::Delivered { mids, watermark } => {
            (Status::Delivered, message::UNDELIVERED, *watermark, mids.as_slice())
        }
        Happening::Read { watermark } => (Status::Read, message::UNREAD, *watermark, [].as_slice()),
        _ => return Ok(()),
    };
    let mut questions = vec![(sql, values![identity.id, watermark]), (message::ON_ITS_WAY, values![identity.id])];
    questions.extend(mids.iter().map(|mid| (message::BY_OUR_MID, values![&inbound.page, mid])));
    let found = app.store.ask(questions).await?;
    let mut unknown = Vec::new();
    for (mid, rows) in mids.iter().zip(&found[2..]) {
        if rows.is_empty() {
            unknown.push(mid);
        }
    }
    // What is on its way may be told of sooner by its receipt than by the answer of Send.
    if !found[1].is_empty() {
        for mid in unknown.into_iter().take(MOST_UNKNOWN) {
            let what = Happening::Delivered { mids: vec![mid.clone()], watermark: Micros(0) };
            let alone = Inbound { what, ..inbound.clone() };
            early::keep(&mut batch, mid, "delivery", inbound.at.map_or(0, |at| at.0), &alone, at);
        }
    }
    // And read sooner than its echo tells that it left: which is seen when that comes.
    if let (Happening::Read { watermark }, false) = (&inbound.what, found[1].is_empty()) {
        early::keep(&mut batch, &inbound.customer, "read_up_to", watermark.0, inbound, at);
    }
    let mut told: Vec<i64> = Vec::new();
    for row in found[0].iter().chain(found[2..].iter().flatten()) {
        let (id, conversation) = (row.int(0), row.int(1));
        if !told.contains(&id) {
            told.push(id);
            let when = inbound.at.unwrap_or(at);
            let change = Change::Receipt { message: MessageId(id), status, at: when };
            record::change(&mut batch, ConversationId(conversation), &change, at);
        }
    }
    Outcome::Applied.settle(&mut batch, waiting);
    finish(app, batch).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbound(what: Happening) -> Inbound {
        Inbound { page: "1".into(), customer: "2".into(), at: Some(Micros(9)), standby: false, what }
    }

    #[test]
    fn the_later_edit_has_the_higher_rank_and_each_side_its_own_reaction() {
        let edit = |number| {
            let it = inbound(Happening::Edited { mid: "m".into(), text: "x".into(), number });
            place(&it).map(|(_, kind, rank)| (kind, rank))
        };
        assert_eq!(edit(Some(2)), Some(("edit", 2)));
        assert_eq!(edit(None), Some(("edit", 9)));
        let reaction = |by_page| {
            let it = inbound(Happening::Reacted { mid: "m".into(), by_page, emoji: None });
            place(&it).map(|(_, kind, _)| kind)
        };
        assert_ne!(reaction(true), reaction(false));
        assert_eq!(place(&inbound(Happening::Read { watermark: Micros(1) })), None);
    }
}
