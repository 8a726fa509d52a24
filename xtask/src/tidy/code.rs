//! Rust text without comments and without the contents of quotes, for the rules that look at identifiers. It is
//! not a parser: it knows just enough of the language to tell code from text.

/// The code alone: comments and the contents of literals become spaces, so every line keeps its number and length.
pub fn only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let end = at + skipped(rest, at.checked_sub(1).map(|before| bytes[before])).unwrap_or(0);
        if end > at {
            code.extend(text[at..end].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            let letter = rest.chars().next().expect("there is a rest");
            code.push(letter);
            at += letter.len_utf8();
        }
    }
    code
}

/// What is written between quotes, outside of the tests: each string literal on a line of its own, without placeholders.
pub fn strings(text: &str) -> String {
    let text = before_tests(text);
    let bytes = text.as_bytes();
    let (mut strings, mut at) = (String::new(), 0);
    while at < bytes.len() {
        let rest = &text[at..];
        let length = skipped(rest, at.checked_sub(1).map(|before| bytes[before])).unwrap_or(0);
        if length > 0 && !rest.starts_with(['/', '\'']) {
            push_without_placeholders(&mut strings, &rest[..length].replace("\\\n", ""));
            strings.push('\n');
        }
        at += length.max(rest.chars().next().map_or(1, char::len_utf8));
    }
    strings
}

/// The comments alone, each line of them on a line of its own and without its slashes.
pub fn comments(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut comments, mut at) = (String::new(), 0);
    while at < bytes.len() {
        let rest = &text[at..];
        let length = skipped(rest, at.checked_sub(1).map(|before| bytes[before])).unwrap_or(0);
        if length > 0 && rest.starts_with('/') {
            comments.push_str(rest[..length].trim_start_matches(['/', '!', '*']));
            comments.push('\n');
        }
        at += length.max(rest.chars().next().map_or(1, char::len_utf8));
    }
    comments
}

/// A file's own tests come last.
fn before_tests(text: &str) -> &str {
    let mut from = 0;
    while let Some(found) = text[from..].find("#[cfg(test)]") {
        let item = text[from + found..].lines().find(|line| !line.trim_start().starts_with("#["));
        if item.is_some_and(|line| line.contains("mod ") && line.ends_with('{')) {
            return &text[..from + found];
        }
        from += found + 1;
    }
    text
}

fn push_without_placeholders(strings: &mut String, literal: &str) {
    let mut depth = 0_usize;
    for letter in literal.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => strings.push(letter),
            _ => {}
        }
    }
}

/// How long the comment or literal is that begins here, if one does.
fn skipped(rest: &str, before: Option<u8>) -> Option<usize> {
    let in_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if let Some(inside) = rest.strip_prefix('"') {
        return Some(1 + quoted(inside));
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    if in_word {
        return None;
    }
    let raw = rest.strip_prefix('b').or_else(|| rest.strip_prefix('c')).unwrap_or(rest).strip_prefix('r')?;
    let hashes = raw.bytes().take_while(|byte| *byte == b'#').count();
    let inside = raw[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - inside.len();
    Some(inside.find(&close).map_or(rest.len(), |end| start + end + close.len()))
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Up to and with the closing quote.
fn quoted(inside: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    inside.len()
}

/// A character literal; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let mut letters = rest.char_indices().skip(1);
    let (_, first) = letters.next()?;
    if first == '\\' {
        // The character behind the backslash may itself be a quote.
        let from = letters.next().map(|(at, letter)| at + letter.len_utf8())?;
        return rest[from..].find('\'').map(|end| from + end + 1);
    }
    let (at, second) = letters.next()?;
    (second == '\'').then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked() {
        let code = |text: &str| only(text).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(code("a // b\n/* c /* d */ e */ f"), "a f");
        assert_eq!(code(r#"let a = "b \" c"; d"#), "let a = ; d");
        assert_eq!(code("let a = r#\"b \" c\"#; d"), "let a = ; d");
        assert_eq!(code("let a = br\"b\"; bear\"\""), "let a = ; bear");
        assert_eq!(code(r"let a: &'b str = 'c'; '\''; '\u{41}'; '\\'; d"), "let a: &'b str = ; ; ; ; d");
    }

    #[test]
    fn strings_are_what_people_may_read() {
        let text = "// \"a\"\nlet b = \"c {d} \\\n  e\"; let f = 'g';\n#[cfg(test)]\nuse h;\nlet i = r#\"j\"#;\n#[cfg(test)]\nmod tests {\n\"k\"\n}\n";
        let found = strings(text);
        assert_eq!(found.split_whitespace().collect::<Vec<_>>(), ["\"c", "e\"", "r#\"j\"#"]);
    }

    #[test]
    fn comments_are_read_without_code_and_literals() {
        let text = "//! a\n/// b\nlet c = \"// d\"; // e\n/* f\n   g */ let h = '/';\n";
        assert_eq!(comments(text).split_whitespace().collect::<Vec<_>>(), ["a", "b", "e", "f", "g", "*/"]);
    }

    #[test]
    fn lines_keep_their_numbers() {
        let text = "a\n/* b\nc */\n\"d\ne\"\nf\n";
        assert_eq!(only(text).lines().count(), text.lines().count());
        assert_eq!(only(text).lines().last(), Some("f"));
    }
}
