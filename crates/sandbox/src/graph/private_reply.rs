//! The one private reply that a comment or a visitor's post takes (§3.5, §6.3).

use super::error::GraphError;
use crate::clock::now_ms;
use crate::world::World;

/// A private reply is accepted this long after the comment.
const REPLY_WITHIN_MS: i64 = 7 * 86_400_000;

impl World {
    /// The recipient of a private reply, if it may be sent: once, within seven days by the thread's clock, from the
    /// Page that has the comment.
    pub fn private_reply(&mut self, page_id: &str, id: &str, is_post: bool) -> Result<String, GraphError> {
        let refusal = || GraphError::new(100, "(#100) The private reply is invalid or was used").subcode(2534025);
        let comment = self.comments.get(id).filter(|it| it.page_id == page_id && it.is_post == is_post);
        let comment = comment.filter(|it| !it.answered).ok_or_else(refusal)?;
        let (at, customer) = (comment.at_ms, comment.customer_id.clone());
        let shift = self.thread(page_id, &customer).shift_ms;
        if now_ms() + shift - at > REPLY_WITHIN_MS { Err(refusal()) } else { Ok(customer) }
    }
}
