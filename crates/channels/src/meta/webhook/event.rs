//! One event: which kind it is, and what it means to us (meta-platform.md §2.6).

use domain::inbound::{Form, Happening, Inbound, Referral, Said};
use domain::time::Micros;

use super::wire::{self, Event, Item};
use super::{Context, key, message, rare, shown};

/// Reads one item of `messaging` or `standby` and appends what it says.
pub(super) fn read(context: &Context, item: &Item, standby: bool, all: &mut Vec<Inbound>) {
    for event in &item.events {
        let mut what = happening(context, event);
        if standby {
            what = while_another_owns_the_thread(what);
        }
        if context.customer.is_empty() && needs_customer(&what) {
            what = not_for_us("an event without a customer's id");
        }
        all.push(context.inbound(what));
    }
    if item.events.is_empty() {
        let reason = match (item.hollow.get(), item.unknown.get()) {
            (Some(kind), _) => format!("an event `{}` without readable content", shown(kind)),
            (None, Some(kind)) => format!("an event of the unknown kind `{}`", shown(kind)),
            (None, None) => "an event without content".into(),
        };
        all.push(context.inbound(Happening::NotForUs { reason }));
    }
}

pub(super) fn not_for_us(reason: &str) -> Happening {
    Happening::NotForUs { reason: reason.into() }
}

fn happening(context: &Context, event: &Event) -> Happening {
    match event {
        Event::Message(message) => message::read(context, message),
        Event::Edit(edit) => match (edit.mid.own(), edit.text.own()) {
            (Some(mid), Some(text)) => Happening::Edited { mid, text },
            (None, _) => not_for_us("an edit that names no message"),
            (_, None) => not_for_us("an edit without new words"),
        },
        Event::Reaction(reaction) => reacted(context, reaction),
        Event::Delivery(delivery) => {
            let mids = delivery.mids.words();
            match watermark(delivery) {
                Some(watermark) => Happening::Delivered { mids, watermark },
                None if mids.is_empty() => not_for_us("a delivery that names no message and no time"),
                None => Happening::Delivered { mids, watermark: Micros(0) },
            }
        }
        Event::Read(read) => match watermark(read) {
            Some(watermark) => Happening::Read { watermark },
            None => not_for_us("a read receipt without its watermark"),
        },
        Event::Postback(postback) if context.from_page => {
            let _ = postback;
            not_for_us("a postback that the page itself seems to have sent")
        }
        Event::Postback(postback) => Happening::Said(postback_said(context, postback)),
        Event::Referral(referral) => Happening::Referred(referral_of(context, referral)),
        Event::Rare(kind, value) => rare::read(context, kind, value),
    }
}

fn watermark(delivery: &wire::Delivery) -> Option<Micros> {
    delivery.watermark.0.filter(|millis| *millis > 0).map(Micros::from_millis)
}

fn postback_said(context: &Context, postback: &wire::Postback) -> Said {
    let (title, payload) = (postback.title.own(), postback.payload.own());
    let mid = postback
        .mid
        .own()
        .unwrap_or_else(|| key::made(context, &[Some("postback"), title.as_deref(), payload.as_deref()]));
    Said {
        mid,
        form: Form::Postback,
        text: title,
        payload,
        referral: postback.referral.0.as_ref().map(|referral| referral_of(context, referral)),
        ..Said::default()
    }
}

/// Where the customer came from, with a key of its own.
pub(super) fn referral_of(context: &Context, referral: &wire::Referral) -> Referral {
    let title = referral.ads_context_data.0.as_ref().and_then(|ad| ad.ad_title.own());
    let (code, source, ad_id) = (referral.code.own(), referral.source.own(), referral.ad_id.own());
    let content = [Some("referral"), code.as_deref(), source.as_deref(), ad_id.as_deref()];
    let key = key::made(context, &content);
    Referral { code, source, ad: title.or(ad_id), key }
}

fn reacted(context: &Context, reaction: &wire::Reaction) -> Happening {
    let Some(mid) = reaction.mid.own() else {
        return not_for_us("a reaction that names no message");
    };
    if context.from_page {
        return not_for_us("a reaction of the page's own side");
    }
    let emoji = reaction.emoji.own().or_else(|| reaction.reaction.get().map(emoji));
    match reaction.action.get() {
        Some("unreact") => Happening::Reacted { mid, emoji: None },
        _ => Happening::Reacted { mid, emoji },
    }
}

/// The picture for one of Meta's words for a reaction.
fn emoji(word: &str) -> String {
    match word {
        "smile" | "laugh" | "haha" => "😆",
        "angry" => "😠",
        "sad" => "😢",
        "wow" => "😮",
        "love" => "❤",
        "like" => "👍",
        "dislike" => "👎",
        _ => "🙂",
    }
    .into()
}

/// On standby another app answers the customer (§5.4): words are recorded but not acted on. What
/// concerns messages that exist already, and what the page's side said, is true all the same.
fn while_another_owns_the_thread(what: Happening) -> Happening {
    match what {
        Happening::Said(_) => not_for_us("standby: another app holds this thread"),
        Happening::Referred(_) => not_for_us("standby: another app holds this thread (referral)"),
        Happening::Reacted { .. } => not_for_us("standby: another app holds this thread (reaction)"),
        other => other,
    }
}

fn needs_customer(what: &Happening) -> bool {
    !matches!(what, Happening::PageAlarm { .. } | Happening::NotForUs { .. })
}
