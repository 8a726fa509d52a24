//! Documents of the submission as self-contained HTML files: no script, nothing loaded, printable. Also tables for
//! spreadsheets.

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value};

use super::markup::escaped;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.add_filter("linked", linked);
    // minijinja's own formatter escapes `/` too: addresses would be unreadable in the files.
    templates.set_formatter(|out, _, value| match value.as_str() {
        Some(text) if !value.is_safe() => Ok(out.write_str(&escaped(text))?),
        _ => Ok(write!(out, "{value}")?),
    });
    for (name, source) in [
        ("checklist.html", include_str!("document/checklist.html")),
        ("data-handling.html", include_str!("document/data-handling.html")),
        ("index.html", include_str!("document/index.html")),
        ("instructions.html", include_str!("document/instructions.html")),
        ("legal.html", include_str!("document/legal.html")),
        ("page.html", include_str!("document/page.html")),
        ("permissions.html", include_str!("document/permissions.html")),
        ("storyboard.css", include_str!("document/storyboard.css")),
        ("storyboard.html", include_str!("document/storyboard.html")),
        ("style.css", include_str!("document/style.css")),
        ("table.html", include_str!("document/table.html")),
    ] {
        templates.add_template(name, source).expect("the template is well formed");
    }
    templates
});

/// A document. `values` are its template's variables.
pub fn render(name: &str, values: Value) -> String {
    let document = TEMPLATES.get_template(name).and_then(|template| template.render(values));
    document.expect("the template is given every value that it names")
}

/// A line with clickable addresses.
fn linked(line: &str) -> Value {
    let words = line.split(' ').map(|word| {
        let word_as_text = escaped(word);
        if word.starts_with("https://") || word.starts_with("http://") {
            format!("<a href=\"{word_as_text}\">{word_as_text}</a>")
        } else {
            word_as_text
        }
    });
    Value::from_safe_string(words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn what_is_text_stays_text() {
        let rows = [vec!["<b>".to_owned(), "=1+1".to_owned(), "a,\"b\"".to_owned()]];
        assert!(
            render("table.html", context! { head => ["x", "y", "z"], rows => rows.clone() })
                .contains("&lt;b&gt;</td>")
        );
        let page = render("legal.html", context! { title => "<t>", text => "<p>x</p>" });
        assert!(page.contains("<title>&lt;t&gt;</title>") && page.contains("<p>x</p>"), "{page}");
        assert!(page.contains("font: 15px/1.55 system-ui"), "{page}");
        let link = linked("Open https://a.example/?a=1&b=\"2\" <now>").to_string();
        assert_eq!(
            link,
            "Open <a href=\"https://a.example/?a=1&amp;b=&quot;2&quot;\">https://a.example/?a=1&amp;b=&quot;2&quot;</a> &lt;now&gt;"
        );
    }
}
