//! Names of files, as they are shown and offered for download. A cleaned name cannot point outside its folder or
//! disguise its extension.

/// The most characters of a name.
const LONGEST: usize = 150;
/// Anything longer is not an extension.
const LONGEST_ENDING: usize = 20;
/// Extensions of files that a computer runs when they are opened.
const PROGRAMS: [&str; 31] = [
    "exe", "bat", "cmd", "com", "msi", "msp", "scr", "pif", "cpl", "hta", "lnk", "js", "jse", "mjs", "vbs", "vbe",
    "wsf", "wsh", "ps1", "psm1", "reg", "sh", "command", "app", "apk", "jar", "html", "htm", "xhtml", "svg",
    "url",
];

/// A name that can be shown: its last path component, without control characters, invisible or bidirectional ones,
/// and without those that file systems do not accept. A long one keeps its extension. None if nothing is left.
pub fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let unfit = |c: char| matches!(c, '"' | ':' | '<' | '>' | '|' | '?' | '*');
    let seen = last.chars().filter(|c| !c.is_control() && !is_unseen(*c));
    let name: String = seen.map(|c| if unfit(c) { '_' } else { c }).collect();
    // Windows drops dots and spaces at the end when it stores a file: the shown name must be the stored one.
    let name =
        name.trim().trim_end_matches(|c: char| c == '.' || c.is_whitespace()).trim_start_matches('.').trim_start();
    if name.chars().all(|c| c == '_') {
        return None;
    }
    if name.chars().count() <= LONGEST {
        return Some(name.to_owned());
    }
    let (stem, ending) =
        name.rsplit_once('.').filter(|(_, end)| end.chars().count() <= LONGEST_ENDING).unwrap_or((name, ""));
    let room = LONGEST - ending.chars().count() - 1;
    let stem: String = stem.chars().take(room).collect();
    Some(if ending.is_empty() { stem } else { format!("{stem}.{ending}") })
}

/// The extension of a name in lower case, empty if it has none; full-width letters count as plain ones.
pub fn ending(name: &str) -> String {
    let plain = |c: char| match u32::from(c) {
        full @ 0xff01..=0xff5e => char::from_u32(full - 0xfee0).unwrap_or(c),
        _ => c,
    };
    let name: String = name.chars().filter(|c| !is_unseen(*c) && !is_joiner(*c)).map(plain).collect();
    let name = name.trim_end_matches(|c: char| c == '.' || c.is_whitespace() || c.is_control());
    name.rsplit_once('.').map(|(_, ending)| ending.trim().to_lowercase()).unwrap_or_default()
}

/// Whether a computer would run a file with this name when it is opened: a program or a web page.
pub fn is_program(name: &str) -> bool {
    PROGRAMS.contains(&ending(name).as_str())
}

/// Characters that are invisible, or that reorder others.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Persian words and compound emoji need these.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_place_and_show_their_true_ending() {
        for (name, shown) in [
            ("../../etc/passwd", Some("passwd")),
            ("C:\\a\\b\"c.png", Some("b_c.png")),
            ("invoice\u{202e}fdp.exe", Some("invoicefdp.exe")),
            ("\u{2066}a\u{2069}.pdf\u{200b}", Some("a.pdf")),
            ("a.exe.", Some("a.exe")),
            ("a.exe. . ", Some("a.exe")),
            ("a.exe:x", Some("a.exe_x")),
            (" .hidden", Some("hidden")),
            ("Прайс-лист 2026.pdf", Some("Прайс-лист 2026.pdf")),
            ("می\u{200c}خواهم.pdf", Some("می\u{200c}خواهم.pdf")),
            ("\u{0}", None),
            ("..", None),
            ("???", None),
        ] {
            assert_eq!(clean(name).as_deref(), shown, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = clean(&format!("{}.pdf", "ü".repeat(500))).unwrap();
        assert_eq!((long.chars().count(), long.ends_with("ü.pdf")), (LONGEST, true));
        assert_eq!(clean(&"x".repeat(500)).unwrap().len(), LONGEST - 1);
    }

    #[test]
    fn programs_are_known_however_their_ending_is_written() {
        for name in [
            "a.exe",
            "A.EXE",
            "a.exe.",
            "a.exe ",
            "a.exe\u{a0}",
            "a.ｅｘｅ",
            "a．exe",
            "a.e\u{200d}xe",
            "a.e\u{202e}xe",
            "x.HTML",
            "a. scr",
        ] {
            assert!(is_program(name), "{name:?}");
        }
        for name in ["exe", "a.exe.pdf", "report.pdf", "photo.jpeg", ""] {
            assert!(!is_program(name), "{name:?}");
        }
    }
}
