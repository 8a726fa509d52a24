//! One event: its kind, and what it means to us (meta-platform.md §2.6, §2.7).

use domain::inbound::{Form, Inbound, InboundEvent, Referral, Said};
use domain::not_applied::NotApplied;
use domain::time::Micros;

use super::wire::{self, Event, Item};
use super::{Context, key, message, rare, shown};
use crate::meta::lenient::Text;

/// Reads one item of `messaging` or `standby` and appends the result.
pub(super) fn read(context: &Context, item: &Item, standby: bool, all: &mut Vec<Inbound>) {
    for event in &item.events {
        let mut what = happening(context, event);
        if context.customer.is_empty() && needs_customer(&what) {
            what = NotApplied::NoCustomerId {}.into();
        }
        all.push(Inbound { standby, ..context.inbound(what) });
    }
    if item.events.is_empty() {
        all.push(Inbound { standby, ..context.inbound(without_events(context, item)) });
    }
}

/// Kinds of the reference that do not affect a thread (§2.6, end of the table and of the enum).
const SILENT: [&str; 7] = [
    "calls",
    "call_permission_reply",
    "call_settings_update",
    "business_integrity",
    "messaging_integrity",
    "message_context",
    "user_action",
];

fn without_events(context: &Context, item: &Item) -> InboundEvent {
    let unknown = item.unknown.iter().find_map(Text::get);
    match (item.hollow.get(), unknown) {
        (Some(kind), _) => NotApplied::ContentUnreadable { kind: shown(kind).into() }.into(),
        (None, Some(kind)) if SILENT.contains(&kind) || kind.starts_with("marketing_message_") => {
            NotApplied::SilentKind { kind: kind.into() }.into()
        }
        (None, Some(kind)) if !context.customer.is_empty() && !context.from_account => {
            let word = shown(kind).into_owned();
            InboundEvent::Unknown { key: key::made(context, &[Some("unknown"), Some(kind)]), word }
        }
        (None, Some(kind)) => NotApplied::UnknownKind { kind: shown(kind).into() }.into(),
        (None, None) => NotApplied::NoContent {}.into(),
    }
}

fn happening(context: &Context, event: &Event) -> InboundEvent {
    match event {
        Event::Message(message) => message::read(context, message),
        Event::Edit(edit) => match (edit.mid.own(), edit.text.own()) {
            (Some(mid), Some(text)) => {
                InboundEvent::Edited { mid, text, number: edit.num_edit.0.filter(|number| *number > 0) }
            }
            (None, _) => NotApplied::EditOfNothing {}.into(),
            (_, None) => NotApplied::EditWithoutText {}.into(),
        },
        Event::Reaction(reaction) => reacted(context, reaction),
        Event::Delivery(delivery) => {
            let mids = delivery.mids.words();
            match watermark(delivery) {
                Some(watermark) => InboundEvent::Delivered { mids, watermark },
                None if mids.is_empty() => NotApplied::DeliveryOfNothing {}.into(),
                None => InboundEvent::Delivered { mids, watermark: Micros(0) },
            }
        }
        Event::Read(read) => match watermark(read) {
            Some(watermark) => InboundEvent::Read { watermark },
            None => match read.mid.own() {
                Some(mid) => InboundEvent::ReadMessage { mid },
                None => NotApplied::ReadOfNothing {}.into(),
            },
        },
        Event::Postback(postback) if context.from_account => {
            let _ = postback;
            NotApplied::OwnPostback {}.into()
        }
        Event::Postback(postback) => InboundEvent::Said(postback_said(context, postback)),
        Event::Referral(referral) => InboundEvent::Referral(referral_of(context, referral)),
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
    let nothing = wire::AdsContext::default();
    let ad = referral.ads_context_data.0.as_ref().unwrap_or(&nothing);
    let (code, source, ad_id) = (referral.code.own(), referral.source.own(), referral.ad_id.own());
    let content = [Some("referral"), code.as_deref(), source.as_deref(), ad_id.as_deref()];
    let key = key::made(context, &content);
    let about = [("post", &ad.post_id), ("product", &ad.product_id), ("flow", &ad.flow_id)];
    Referral {
        code,
        source,
        ad_id,
        title: ad.ad_title.own(),
        picture: ad.photo_url.own(),
        video: ad.video_url.own(),
        about: about.iter().find_map(|(word, id)| Some(format!("{word} {}", id.own()?))),
        referer: referral.referer_uri.own(),
        key,
    }
}

fn reacted(context: &Context, reaction: &wire::Reaction) -> InboundEvent {
    let Some(mid) = reaction.mid.own() else {
        return NotApplied::ReactionToNothing {}.into();
    };
    let by_page = context.from_account;
    let emoji = reaction.emoji.own().or_else(|| reaction.reaction.get().map(emoji));
    match reaction.action.get() {
        Some("unreact") => InboundEvent::Reacted { mid, by_page, emoji: None },
        _ => InboundEvent::Reacted { mid, by_page, emoji },
    }
}

/// The emoji for one of Meta's names of a reaction.
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

fn needs_customer(what: &InboundEvent) -> bool {
    !matches!(what, InboundEvent::PolicyAction { .. } | InboundEvent::Commented(_) | InboundEvent::NotForUs { .. })
}
