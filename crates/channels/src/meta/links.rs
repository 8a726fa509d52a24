//! Links into a thread with an account (meta-platform.md §2.6): m.me, ig.me and wa.me.

use domain::channel::Channel;

/// The names of an account.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Meta's id.
    pub id: &'a str,
    /// Its user name, where it has one.
    pub username: Option<&'a str>,
    /// Its phone number, formatted for people.
    pub phone: Option<&'a str>,
}

/// The link with a `ref`, or on WhatsApp with the word to send. None if the channel has no such link for this
/// account.
pub fn into_thread(channel: Channel, names: &Names<'_>, code: Option<&str>, word: Option<&str>) -> Option<String> {
    if channel == Channel::MESSENGER {
        Some(format!("https://m.me/{}?ref={}", names.username.unwrap_or(names.id), encoded(code?)))
    } else if channel == Channel::INSTAGRAM {
        Some(format!("https://ig.me/m/{}?ref={}", names.username?, encoded(code?)))
    } else if channel == Channel::WHATSAPP {
        let digits: String = names.phone?.chars().filter(char::is_ascii_digit).collect();
        Some(format!("https://wa.me/{digits}?text={}", encoded(word?)))
    } else {
        None
    }
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_link() {
        let names = Names { id: "200", username: Some("bakery"), phone: Some("+380 67 123 45 67") };
        let link = |channel| into_thread(channel, &names, Some("spring=1"), Some("Хліб")).unwrap();
        assert_eq!(link(Channel::MESSENGER), "https://m.me/bakery?ref=spring%3D1");
        assert_eq!(link(Channel::INSTAGRAM), "https://ig.me/m/bakery?ref=spring%3D1");
        assert_eq!(link(Channel::WHATSAPP), "https://wa.me/380671234567?text=%D0%A5%D0%BB%D1%96%D0%B1");
        let page = Names { username: None, phone: None, ..names };
        assert_eq!(into_thread(Channel::MESSENGER, &page, Some("a"), None).unwrap(), "https://m.me/200?ref=a");
        assert_eq!(into_thread(Channel::INSTAGRAM, &page, Some("a"), None), None);
        assert_eq!(into_thread(Channel::WHATSAPP, &names, Some("a"), None), None);
    }
}
