//! Keys for events to which Meta gives no id: the same event, delivered again, gets the same key and counts as a
//! duplicate (meta-platform.md §2.3, §2.6).

use super::Context;

/// A key from what identifies the event: account, customer, time and content.
pub(super) fn made(context: &Context, content: &[Option<&str>]) -> String {
    let mut hash = Fnv::new();
    hash.part(context.account);
    hash.part(context.customer);
    for part in content {
        hash.part(part.unwrap_or("\u{1}absent"));
    }
    let millis = context.at.map_or(0, |at| at.millis());
    format!("made_{millis}_{:016x}", hash.0)
}

/// FNV-1a, 64 bits. No secret depends on it; together with account, customer and millisecond it only has to
/// distinguish two events of one customer.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn part(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::channel::Channel;

    use super::*;

    #[test]
    fn fnv_1a_gives_its_published_value() {
        let mut hash = Fnv::new();
        for byte in b"foobar" {
            hash.0 = (hash.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        assert_eq!(hash.0, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn neighbouring_parts_do_not_run_together() {
        let context =
            Context { channel: Channel::MESSENGER, account: "1", customer: "2", from_account: false, at: None };
        assert_ne!(made(&context, &[Some("ab"), Some("c")]), made(&context, &[Some("a"), Some("bc")]));
        assert_ne!(made(&context, &[None]), made(&context, &[Some("")]));
    }
}
