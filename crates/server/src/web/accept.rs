//! Content negotiation: the preferred format of a response.

use axum::http::{HeaderMap, header};

/// The format that `Accept` weighs highest (RFC 9110, 12.5.1), from formats with their types, the default first. If
/// several have the same weight, the one named first wins, then the default. None if it accepts none of them. Without
/// the header, any is accepted.
pub fn chosen<T: Copy>(headers: &HeaderMap, forms: &[(T, &str, &str)]) -> Option<T> {
    let sent: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if sent.is_empty() {
        return forms.first().map(|form| form.0);
    }
    let ranges: Vec<Range<'_>> = sent.iter().flat_map(|value| value.split(',')).filter_map(Range::read).collect();
    let weighed = forms.iter().enumerate().filter_map(|(place, (form, kind, subtype))| {
        let (at, range) = ranges
            .iter()
            .enumerate()
            .filter(|(_, range)| range.takes(kind, subtype))
            .max_by_key(|(_, range)| range.precision())?;
        (range.weight > 0).then_some(((range.weight, std::cmp::Reverse((at, place))), *form))
    });
    weighed.max_by_key(|(weight, _)| *weight).map(|(_, form)| form)
}

/// A media range: `text/*;q=0.8`.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// The weight in thousandths.
    weight: u32,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some(Self { kind, subtype, weight: weight.map_or(1_000, thousandths) })
    }

    fn takes(&self, kind: &str, subtype: &str) -> bool {
        (self.kind == "*" || self.kind.eq_ignore_ascii_case(kind))
            && (self.subtype == "*" || self.subtype.eq_ignore_ascii_case(subtype))
    }

    fn precision(&self) -> u8 {
        u8::from(self.kind != "*") + u8::from(self.subtype != "*")
    }
}

/// `0.85` as 850. An invalid weight counts as 0, so that nothing unwanted is sent.
fn thousandths(text: &str) -> u32 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.len() <= 3 && text.bytes().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return 0;
    }
    let number = |text: &str| format!("{text:0<3}").parse::<u32>().unwrap_or(0);
    (whole.parse::<u32>().unwrap_or(0) * 1_000 + number(part)).min(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Format {
        Json,
        Text,
        Html,
        Pdf,
    }

    const FORMATS: [(Format, &str, &str); 4] = [
        (Format::Json, "application", "json"),
        (Format::Text, "text", "plain"),
        (Format::Html, "text", "html"),
        (Format::Pdf, "application", "pdf"),
    ];

    fn of(accept: &str) -> Option<Format> {
        chosen(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]), &FORMATS)
    }

    #[test]
    fn the_form_that_weighs_most_is_sent() {
        assert_eq!(chosen(&HeaderMap::new(), &FORMATS), Some(Format::Json));
        for (accept, wanted) in [
            ("*/*", Some(Format::Json)),
            ("application/*", Some(Format::Json)),
            ("text/*", Some(Format::Text)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Format::Html)),
            ("application/pdf", Some(Format::Pdf)),
            ("TEXT/PLAIN", Some(Format::Text)),
            ("text/plain;q=0.5, text/html;q=0.75", Some(Format::Html)),
            ("application/pdf, text/plain", Some(Format::Pdf)),
            ("*/*, application/json;q=0", Some(Format::Text)),
            ("application/json;q=0", None),
            ("image/png", None),
            ("text/html;q=x", None),
            ("nonsense", None),
        ] {
            assert_eq!(of(accept), wanted, "{accept}");
        }
    }
}
