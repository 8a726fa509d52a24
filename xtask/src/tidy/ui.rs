//! Separates code and comments of the user interface (TypeScript and Svelte), for the rules about words. Not a parser:
//! a quote that is not closed on its line is an apostrophe.

/// The code of a text without comments and strings, and its comments, each on a line of its own.
pub fn split(text: &str) -> (String, String) {
    let (mut code, mut comments) = (String::new(), String::new());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = if let Some((begin, end)) = comment(rest, &code) {
            let inside = &rest[begin..];
            let length = inside.find(end).unwrap_or(inside.len());
            comments.push_str(&inside[..length]);
            comments.push('\n');
            code.push('\n');
            (begin + length + end.len()).min(rest.len())
        } else if let Some(length) = string(rest, letter) {
            code.push(' ');
            length
        } else {
            code.push(letter);
            letter.len_utf8()
        };
        rest = &rest[length..];
    }
    (code, comments)
}

/// What is inside the `<script>` elements of a Svelte file; any other file is one script.
pub fn scripts(path: &str, text: &str) -> String {
    if !path.ends_with(".svelte") {
        return text.to_owned();
    }
    let scripts = text.split("<script").skip(1).filter_map(|part| part.split_once('>'));
    scripts.map(|(_, script)| script.split("</script>").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The length of the opening and the end of a comment that begins here.
fn comment(rest: &str, before: &str) -> Option<(usize, &'static str)> {
    // Not the slashes of an address.
    if rest.starts_with("//") && !before.ends_with([':', '\\']) {
        Some((2, "\n"))
    } else if rest.starts_with("/*") {
        Some((2, "*/"))
    } else if rest.starts_with("<!--") {
        Some((4, "-->"))
    } else {
        None
    }
}

/// The length of the string that begins here.
fn string(rest: &str, quote: char) -> Option<usize> {
    if !matches!(quote, '"' | '\'' | '`') {
        return None;
    }
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\n' if quote != '`' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn code_and_comments_are_separated() {
        let text = "<!-- a\n b -->\nlet c = \"// d\"; // e's\n/** f */ go('g', `h\n//`); // i";
        let (code, comments) = split(text);
        assert_eq!(words(&comments), ["a", "b", "e's", "*", "f", "i"]);
        assert_eq!(words(&code), ["let", "c", "=", ";", "go(", ",", ");"]);
    }

    #[test]
    fn addresses_and_apostrophes_begin_nothing() {
        let (code, comments) = split("<p>It's https://a.example</p>\nlet b = 1;");
        assert_eq!(comments, "");
        assert!(code.contains("https://a.example") && code.contains("let b"), "{code}");
    }

    #[test]
    fn only_scripts_of_svelte_files_hold_identifiers() {
        let text = "<script lang=\"ts\">let a;</script>\n<p>keep</p>\n<style>p { word-break: keep-all; }</style>";
        assert_eq!(scripts("a.svelte", text), "let a;");
        assert_eq!(scripts("a.ts", "let a;"), "let a;");
    }
}
