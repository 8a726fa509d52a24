//! The simple markup of the public pages: `# ` and `## ` headings, `- ` lists, paragraphs between empty lines, and
//! links as `[words](https://…)`. Everything else is plain text: it is not possible to insert other markup.

use std::fmt::Write as _;

/// As HTML. Headings begin at `<h2>`: the page has its own `<h1>`.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for block in blocks(text) {
        let _ = match block {
            Block::Heading(level, line) => write!(out, "<h{level} dir=\"auto\">{}</h{level}>", inline(line)),
            Block::List(lines) => {
                let items: Vec<String> =
                    lines.iter().map(|line| format!("<li dir=\"auto\">{}</li>", inline(line))).collect();
                write!(out, "<ul>{}</ul>", items.concat())
            }
            Block::Paragraph(lines) => {
                let lines: Vec<String> = lines.iter().map(|line| inline(line)).collect();
                write!(out, "<p dir=\"auto\">{}</p>", lines.join("<br>"))
            }
        };
    }
    out
}

enum Block<'a> {
    Heading(u8, &'a str),
    List(Vec<&'a str>),
    Paragraph(Vec<&'a str>),
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut joined = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            joined = false;
        } else if let Some(rest) = line.strip_prefix("## ") {
            blocks.push(Block::Heading(3, rest));
            joined = false;
        } else if let Some(rest) = line.strip_prefix("# ") {
            blocks.push(Block::Heading(2, rest));
            joined = false;
        } else if let Some(rest) = line.strip_prefix("- ") {
            match blocks.last_mut() {
                Some(Block::List(lines)) if joined => lines.push(rest),
                _ => blocks.push(Block::List(vec![rest])),
            }
            joined = true;
        } else {
            match blocks.last_mut() {
                Some(Block::Paragraph(lines)) if joined => lines.push(line),
                _ => blocks.push(Block::Paragraph(vec![line])),
            }
            joined = true;
        }
    }
    blocks
}

/// One line with its links.
fn inline(line: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(line.len()), line);
    while let Some((before, words, address, after)) = link(rest) {
        let _ = write!(
            out,
            "{}<a href=\"{}\" rel=\"nofollow noopener\">{}</a>",
            escaped(before),
            escaped(address),
            escaped(words)
        );
        rest = after;
    }
    out.push_str(&escaped(rest));
    out
}

/// The first link of a line: the text before it, its text, its address, the text after it.
fn link(line: &str) -> Option<(&str, &str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = line[from..].find('[').map(|at| from + at) {
        from = open + 1;
        let (words, tail) = line[from..].split_once("](")?;
        let (address, after) = tail.split_once(')')?;
        if !words.contains('[') && !words.is_empty() && is_address(address) {
            return Some((&line[..open], words, address, after));
        }
    }
    None
}

/// Whether a link may lead there: never `javascript:` or `data:`.
pub fn is_address(address: &str) -> bool {
    let known = ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme));
    known && address.len() > 8 && !address.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Escapes text for HTML, and for attributes in double quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_lists_paragraphs_and_links_are_all_there_is() {
        let text = "# Who we are\nLavka,\nKyiv\n\n- one\n- two\n\n## More\n[write](mailto:a@b.example) or [read](https://b.example/x?a=1&b=2).";
        assert_eq!(
            html(text),
            "<h2 dir=\"auto\">Who we are</h2><p dir=\"auto\">Lavka,<br>Kyiv</p><ul><li dir=\"auto\">one</li><li dir=\"auto\">two</li></ul>\
             <h3 dir=\"auto\">More</h3><p dir=\"auto\"><a href=\"mailto:a@b.example\" rel=\"nofollow noopener\">write</a> or \
             <a href=\"https://b.example/x?a=1&amp;b=2\" rel=\"nofollow noopener\">read</a>.</p>"
        );
    }

    #[test]
    fn nothing_becomes_markup_of_its_own() {
        for text in [
            "<script>alert(1)</script>",
            "# <img src=x onerror=alert(1)>",
            "- <b>",
            "[x](javascript:alert(1))",
            "[<i>](https://a.example/\"><script>)",
            "[[a](https://a.example)",
            "[a](https://a.example",
            "[](https://a.example)",
        ] {
            let html = html(text);
            for bad in ["<script", "<img", "<b>", "<i>", "href=\"javascript", "\"><script"] {
                assert!(!html.contains(bad), "{text} became {html}");
            }
        }
        assert!(html("[[a](https://a.example)").contains("<a href=\"https://a.example\""));
    }
}
