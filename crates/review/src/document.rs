//! Documents of the kit as HTML files that stand alone: no script, nothing loaded, fit for print.

use std::fmt::Write as _;

use super::markup::escaped;

const STYLE: &str = "body{font:15px/1.55 system-ui,sans-serif;color:#1c2430;max-width:46rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem;margin:0 0 .5rem}h2{font-size:1.15rem;margin:1.8rem 0 .4rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}\
p{margin:.5rem 0}li{margin:.25rem 0}code,pre{font:13px/1.5 ui-monospace,monospace}pre,.text{white-space:pre-wrap;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border:1px solid #d4d9e0}\
td:first-child{min-width:7rem;overflow-wrap:normal}th{background:#f4f5f7}.expect{background:#eef6ee;border-left:3px solid #2f8f4e;padding:.4rem .8rem}.warn{background:#fff4e0;\
border-left:3px solid #c77700;padding:.4rem .8rem}small{color:#5b6675}a{color:#0b5fcc;overflow-wrap:anywhere}\
@page{size:A4;margin:18mm}@media print{body{margin:0;max-width:none;padding:0}h2,h3{break-after:avoid}li,tr{break-inside:avoid}}";

/// A page of its own. `body` is HTML already.
pub fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>\n"
    )
}

/// A table, with or without a head. Cells are text.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::from("<table>");
    if !head.is_empty() {
        let cells: Vec<String> = head.iter().map(|cell| format!("<th>{}</th>", escaped(cell))).collect();
        let _ = write!(out, "<thead><tr>{}</tr></thead>", cells.concat());
    }
    out.push_str("<tbody>");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let _ = write!(out, "<td class=\"text\" dir=\"auto\">{}</td>", escaped(cell));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    out
}

/// Lines for a spreadsheet (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe.
pub fn csv(head: &[&str], rows: &[Vec<String>]) -> String {
    let cell = |text: &str| {
        let text = if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
        if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let line = |cells: &mut dyn Iterator<Item = &str>| cells.map(cell).collect::<Vec<_>>().join(",") + "\r\n";
    let mut out = line(&mut head.iter().copied());
    for row in rows {
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_text_stays_text() {
        let rows = [vec!["<b>".to_owned(), "=1+1".to_owned(), "a,\"b\"".to_owned()]];
        assert!(table(&["x", "y", "z"], &rows).contains("&lt;b&gt;"));
        assert_eq!(csv(&["x", "y", "z"], &rows), "x,y,z\r\n<b>,'=1+1,\"a,\"\"b\"\"\"\r\n");
        assert!(page("<t>", "<p>x</p>").contains("<title>&lt;t&gt;</title>"));
    }
}
