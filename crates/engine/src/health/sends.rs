//! Messages that failed: what is wrong with a Page if many of them fail, and sending them again.

use channels::meta::error::{Class, explain};
use domain::id::GatewayId;
use domain::message::Status;
use domain::outbound::Failure;
use domain::time::{DAY, MINUTE, Micros};
use store::table::health::{self, FailedSends, WaitingSends};
use store::table::{conversation, delivery_status, message, mid, outbox, record};
use store::{Batch, CommitError};

use super::finding::Finding;
use crate::engine::Engine;

/// Failures of this period are counted, …
pub(super) const RECENT: i64 = DAY;
/// … and from this many on a Page has a finding of its own.
const MANY: i64 = 3;
/// What waits for longer than this is spoken of.
const LONG: i64 = 2 * MINUTE;

/// What a customer's block or a closed window makes fail is no fault of the Page's, and fails again.
fn is_the_pages(failure: &Failure) -> bool {
    let class = explain(failure.code, failure.subcode).class;
    failure.code != 0 && !matches!(class, Class::WindowClosed | Class::RecipientUnreachable)
}

/// Why only people with a role on the app are reached (meta-platform.md §6.3).
fn is_review(failure: &Failure) -> bool {
    matches!(failure.subcode, 2_018_021 | 2_018_027 | 2_018_028)
}

/// Findings from [`health::FAILED_SENDS`], most frequent reason first.
pub(super) fn failing(sends: &[FailedSends], name: impl Fn(&str) -> String) -> Vec<Finding> {
    let mut pages: Vec<(String, i64, i64, Failure)> = Vec::new();
    for it in sends {
        let Some(failure) = it.failure.clone().filter(is_the_pages) else { continue };
        let (page, count) = (it.page.clone(), it.count);
        match pages.iter_mut().find(|known| known.0 == page) {
            Some(known) => known.1 += count,
            None => pages.push((page, count, count, failure)),
        }
    }
    pages
        .into_iter()
        .filter(|(_, all, _, _)| *all >= MANY)
        .map(|(page, all, top, why)| {
            if is_review(&why) {
                return Finding::error(
                    "app_not_live",
                    format!(
                        "{}: Meta refused {all} messages of the last day because the app is not live, or has no Advanced \
                         Access for pages_messaging: only people with a role on it are reached. An administrator publishes \
                         the app and finishes App Review.",
                        name(&page)
                    ),
                )
                .of(&page);
            }
            let most = if top == all { String::new() } else { format!(", {top} of them") };
            Finding::error(
                "sends_failing",
                format!(
                    "{}: {all} messages of the last day did not leave{most} because: {} {} (code {}, subcode {})",
                    name(&page),
                    why.reason,
                    why.action,
                    why.code,
                    why.subcode
                ),
            )
            .of(&page)
            .mended_by("retry_sends", "Send them again")
        })
        .collect()
}

/// Findings from [`health::WAITING`]: Pages whose messages are held back. `reached` says whether a token is valid;
/// without one there is a finding already.
pub(super) fn waiting(
    sends: &[WaitingSends],
    at: Micros,
    name: impl Fn(&str) -> String,
    reached: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let held = sends.iter().filter(|it| reached(&it.page) && it.until.since(at) > LONG);
    held.map(|it| {
        let why = it.failure.as_ref().map(|why| why.reason.as_str()).unwrap_or_default();
        let until = crate::clock::rfc3339(it.until);
        Finding::warning(
            "sends_waiting",
            format!(
                "{}: {} messages wait until {} UTC. {why} They leave by themselves.",
                name(&it.page),
                it.count,
                until.get(11..16).unwrap_or_default()
            ),
        )
        .of(&it.page)
    })
    .collect()
}

/// Sends what failed on a page within the last day again, as far as another try makes sense. Answers how many.
pub async fn again(app: &Engine, gateway: GatewayId, page: &str) -> Result<usize, store::Error> {
    let rows = health::failed_of_page(&app.store, gateway, page, app.clock.now().plus(-RECENT)).await?;
    let mut count = 0;
    for failed in rows {
        if !failed.failure.as_ref().is_some_and(is_the_pages) {
            continue;
        }
        let id = failed.message;
        let Some(conversation) = conversation::by_id(&app.store, failed.conversation).await? else { continue };
        let Some(stored) = message::by_id(&app.store, id).await? else { continue };
        let mut left = mid::parts_sent(&app.store, id).await?;
        let mut batch = Batch::new();
        delivery_status::send_again(&mut batch, id, Status::Failed);
        for part in outbox::of_message(&app.store, id).await? {
            // A part that may have left stays as it is.
            if part.state == outbox::State::Queued {
                outbox::replace(&mut batch, part.id, part.state);
            } else {
                left.push(part.part_no);
            }
        }
        let capabilities = app.channels.capabilities(conversation.account.channel);
        record::again(
            &mut batch,
            &conversation,
            &stored.message,
            capabilities,
            &left,
            &mut app.id_source(),
            app.clock.now(),
        );
        match app.store.commit(batch).await {
            Ok(_) => count += 1,
            Err(CommitError::Store(error)) => return Err(error),
            // Somebody was quicker with it.
            Err(_) => {}
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customers_block_is_no_fault_of_the_page() {
        let failure = |code, subcode| Failure { code, subcode, reason: String::new(), action: String::new() };
        assert!(!is_the_pages(&failure(551, 0)));
        assert!(!is_the_pages(&failure(10, 2_018_278)));
        assert!(!is_the_pages(&failure(0, 0)));
        assert!(is_the_pages(&failure(368, 0)));
        assert!(is_review(&failure(200, 2_018_028)));
    }
}
