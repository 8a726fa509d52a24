//! Messages that failed: what is wrong with a Page if many of them fail, and sending them again.

use channels::meta::error::{Class, explain};
use domain::failure::Failure;
use domain::id::GatewayId;
use domain::time::{DAY, MINUTE, Micros};
use store::table::health::{self, FailedSends, WaitingSends};

use super::finding::{Finding, Issue};
use crate::engine::Engine;
use crate::resend::resend;

/// The period in which failures are counted.
pub(super) const RECENT: i64 = DAY;
/// From this many failures on, a Page has a finding.
const MANY: i64 = 3;
/// Messages that wait longer than this are reported.
const LONG: i64 = 2 * MINUTE;

/// Failures because of a customer's block or a closed window are not the Page's fault, and would repeat.
fn is_the_pages(failure: &Failure) -> bool {
    let (code, subcode) = failure.numbers();
    let class = explain(code, subcode).class;
    code != 0 && !matches!(class, Class::WindowClosed | Class::RecipientUnreachable)
}

/// Whether only people with a role on the app can be reached (meta-platform.md §6.3).
fn is_review(failure: &Failure) -> bool {
    matches!(failure.numbers().1, 2_018_021 | 2_018_027 | 2_018_028)
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
        .map(|(page, count, top, failure)| {
            let named = name(&page);
            let issue = if is_review(&failure) {
                Issue::AppNotLive { page: named, count }
            } else {
                Issue::SendsFailing { page: named, count, top, failure }
            };
            Finding::error(issue).of(&page)
        })
        .collect()
}

/// Findings from [`health::WAITING`]: Pages whose messages are held back. `reached`: whether a token is valid;
/// without one there is already a finding.
pub(super) fn waiting(
    sends: &[WaitingSends],
    at: Micros,
    name: impl Fn(&str) -> String,
    reached: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let held = sends.iter().filter(|it| reached(&it.page) && it.until.since(at) > LONG);
    held.map(|it| {
        Finding::warning(Issue::SendsWaiting {
            page: name(&it.page),
            count: it.count,
            until: crate::clock::rfc3339(it.until),
            failure: it.failure.clone(),
        })
        .of(&it.page)
    })
    .collect()
}

/// Resends what failed on a page within the last day, where another attempt makes sense. Returns the number of
/// messages.
pub async fn again(app: &Engine, gateway: GatewayId, page: &str) -> Result<usize, store::Error> {
    let rows = health::failed_of_page(&app.store, gateway, page, app.clock.now().plus(-RECENT)).await?;
    let mut count = 0;
    for failed in rows {
        if !failed.failure.as_ref().is_some_and(is_the_pages) {
            continue;
        }
        count += usize::from(resend(app, failed.conversation, failed.message).await?);
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use channels::meta::error::GraphError;

    use super::*;

    #[test]
    fn a_customers_block_is_no_fault_of_the_page() {
        let failure = |code, subcode| Failure::from(GraphError { code, subcode, ..GraphError::default() });
        assert!(!is_the_pages(&failure(551, 0)));
        assert!(!is_the_pages(&failure(10, 2_018_278)));
        assert!(!is_the_pages(&failure(0, 0)));
        assert!(is_the_pages(&failure(368, 0)));
        assert!(is_review(&failure(200, 2_018_028)));
    }
}
