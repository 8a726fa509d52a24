//! Tables for spreadsheets.

/// Lines for a spreadsheet (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe.
pub fn csv(head: &[&str], rows: &[Vec<String>]) -> String {
    let cell = |text: &str| {
        let text =
            if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
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
    fn no_cell_is_a_formula_and_none_breaks_the_table() {
        let rows = [vec!["<b>".to_owned(), "=1+1".to_owned(), "a,\"b\"".to_owned()]];
        assert_eq!(csv(&["x", "y", "z"], &rows), "x,y,z\r\n<b>,'=1+1,\"a,\"\"b\"\"\"\r\n");
    }
}
