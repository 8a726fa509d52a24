//! Tables as CSV: reads files from spreadsheets, and writes files that are safe to open in spreadsheets.
//!
//! A cell that begins like a formula is written with a leading apostrophe, which spreadsheets do not show, and is
//! read without it: exported files can be imported again.

use std::collections::BTreeSet;

use domain::same::same;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, FieldError, Result};

/// The most rows of one import: all of them are stored at once.
pub const MOST_ROWS: usize = 20_000;
/// The maximum number of errors that are listed.
const MOST_REFUSED: usize = 1_000;

/// A row that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RefusedRow {
    /// Counted from 1: the first row below the header.
    pub row: usize,
    /// What is wrong with it.
    pub detail: String,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportResult)]
pub struct Imported {
    /// The number of rows below the header.
    pub rows: usize,
    /// How many of them are new.
    pub created: usize,
    /// How many of them change existing data.
    pub updated: usize,
    /// The rows that cannot be imported; at most 1000 of them. If there is one, nothing is imported.
    pub refused: Vec<RefusedRow>,
}

impl Imported {
    /// This row cannot be imported.
    pub fn refuse(&mut self, row: usize, detail: impl Into<String>) {
        if self.refused.len() < MOST_REFUSED {
            self.refused.push(RefusedRow { row, detail: detail.into() });
        }
    }

    /// A row cannot be imported because of these fields.
    pub fn refuse_fields(&mut self, row: usize, errors: &[FieldError]) {
        let place = |error: &FieldError| format!("{}: {}", error.pointer.trim_start_matches('/'), error.detail);
        self.refuse(row, errors.iter().map(place).collect::<Vec<_>>().join(" "));
    }
}

/// The cells of a row that are not empty, with their columns.
pub type Cells<'a> = Vec<(&'a str, &'a str)>;

/// A parsed table.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The names of its columns.
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn unreadable(detail: impl Into<String>) -> Error {
    Error::Refused { field: None, detail: detail.into() }
}

/// The text of a file: UTF-8, or UTF-16 with a byte order mark.
fn decoded(bytes: &[u8]) -> Result<String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok().filter(|_| bytes.len().is_multiple_of(2))
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => std::str::from_utf8(rest).ok().map(str::to_owned),
    };
    text.filter(|text| !text.contains('\0')).ok_or_else(|| {
        unreadable(
            "The file is not encoded in UTF-8. In your spreadsheet, save it as \"CSV UTF-8\", then try again.",
        )
    })
}

/// The row with a quotation mark that is never closed, counted from 1 at the header.
fn open_quote(text: &str, separator: char) -> Option<usize> {
    let (mut row, mut opened, mut at_start) = (1, None, true);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (opened, c) {
            (None, '"') if at_start => opened = Some(row),
            (Some(_), '"') if characters.peek() == Some(&'"') => {
                characters.next();
            }
            (Some(_), '"') => opened = None,
            (None, '\n') => row += 1,
            _ => {}
        }
        at_start = opened.is_none() && (c == separator || c == '\n');
    }
    opened
}

/// The separator: from a first line `sep=;`, else the most frequent one in the header. Also returns the text after
/// that line.
fn separator(text: &str) -> (char, &str) {
    if let Some(rest) = text.strip_prefix("sep=") {
        let mut rest = rest.chars();
        if let Some(separator) = rest.next()
            && separator.is_ascii()
        {
            return (separator, rest.as_str().trim_start_matches('\r').strip_prefix('\n').unwrap_or_default());
        }
    }
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: char| header.matches(separator).count();
    let most = [',', ';', '\t'].into_iter().rev().max_by_key(|separator| count(*separator));
    (most.unwrap_or(','), text)
}

impl Table {
    /// Reads a table. `is_known`: whether a column is allowed; `needed`: the required columns.
    pub fn read(bytes: &[u8], is_known: impl Fn(&str) -> bool, needed: &[&str]) -> Result<Self> {
        let text = decoded(bytes)?;
        let (separator, text) = separator(text.trim_start_matches(['\n', '\r']));
        if let Some(row) = open_quote(text, separator) {
            let place = if row == 1 { "the header".to_owned() } else { format!("row {}", row - 1) };
            return Err(unreadable(format!(
                "A quotation mark in {place} is not closed. Within quotation marks, write one as two."
            )));
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(u8::try_from(separator).unwrap_or(b','))
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let record =
                record.map_err(|error| unreadable(format!("The file cannot be read as CSV: {error}.")))?;
            rows.push(record.iter().map(read_cell).collect::<Vec<_>>());
            if rows.len() > MOST_ROWS + 1 {
                return Err(unreadable(format!(
                    "There are more than {MOST_ROWS} rows: divide the file into several ones."
                )));
            }
        }
        if rows.is_empty() {
            return Err(unreadable("The file is empty: its first line names the columns."));
        }
        let columns: Vec<String> = rows.remove(0).iter().map(|name| column_name(name)).collect();
        check(&columns, is_known, needed)?;
        Ok(Self { columns, rows })
    }

    /// The number of rows below the header.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Each row with its number from 1: the cells that are not empty, by their column; or why it cannot be read.
    pub fn rows(&self) -> impl Iterator<Item = (usize, Result<Cells<'_>, String>)> {
        self.rows.iter().enumerate().map(|(index, cells)| {
            let (has, wants) = (cells.len(), self.columns.len());
            let cells_read = if has == wants {
                let named = self.columns.iter().map(String::as_str).zip(cells.iter().map(String::as_str));
                Ok(named.filter(|(_, cell)| !cell.is_empty()).collect())
            } else {
                Err(format!(
                    "This row has {has} cells, the header has {wants}. Put a cell with the separator in quotation marks."
                ))
            };
            (index + 1, cells_read)
        })
    }
}

/// A column's name in the form of field names. Keys of attributes are user text and are not changed.
fn column_name(written: &str) -> String {
    let written = written.trim();
    match written.split_once('.') {
        Some((prefix, key)) => format!("{}.{}", same(prefix), key.trim()),
        None => same(written).replace(' ', "_"),
    }
}

fn check(columns: &[String], is_known: impl Fn(&str) -> bool, needed: &[&str]) -> Result<()> {
    let mut errors = Vec::new();
    let mut bad = |name: &str, detail: String| {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        errors.push(FieldError { pointer, detail });
    };
    let mut seen = BTreeSet::new();
    for name in columns {
        if !is_known(name) {
            bad(name, format!("There is no field \"{name}\": the first line names the fields."));
        } else if !seen.insert(name.as_str()) {
            bad(name, format!("There are two columns \"{name}\"."));
        }
    }
    for name in needed.iter().filter(|name| !columns.iter().any(|column| column == *name)) {
        bad(name, format!("The column \"{name}\" is missing."));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// Whether spreadsheets would take a cell for a formula.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn read_cell(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.trim().to_owned(),
        _ => cell.trim().to_owned(),
    }
}

/// A table to be written.
#[derive(Debug)]
pub struct Writer(csv::Writer<Vec<u8>>);

impl Writer {
    /// Creates one with these columns. `mark`: with a byte order mark, from which Excel recognises UTF-8.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a str>, mark: bool) -> Self {
        let start = if mark { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
        let mut writer = Self(Self::into(start));
        writer.row(columns);
        writer
    }

    fn into(start: Vec<u8>) -> csv::Writer<Vec<u8>> {
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(start)
    }

    /// Takes what was written since the last time: the next part of a file that is sent while it is made.
    pub fn take(&mut self) -> Vec<u8> {
        Self(std::mem::replace(&mut self.0, Self::into(Vec::new()))).finish()
    }

    /// Adds a row.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let safe =
            cells.into_iter().map(|cell| if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() });
        self.0.write_record(safe).expect("memory takes every row, and all have the same number of cells");
    }

    /// The file.
    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner().expect("memory takes every row")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Table> {
        Table::read(bytes, |name| ["name", "phone"].contains(&name) || name.starts_with("attributes."), &["name"])
    }

    fn cells(text: &str) -> Vec<Vec<(String, String)>> {
        let own = |cells: Vec<(&str, &str)>| {
            cells.into_iter().map(|(column, cell)| (column.to_owned(), cell.to_owned())).collect()
        };
        read(text.as_bytes()).unwrap().rows().map(|(_, cells)| own(cells.unwrap())).collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect()
    }

    fn refusal(bytes: &[u8]) -> String {
        match read(bytes).unwrap_err() {
            Error::Refused { detail, .. } => detail,
            Error::Invalid(errors) => errors.into_iter().map(|it| it.pointer).collect::<Vec<_>>().join(" "),
            error => panic!("{error}"),
        }
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let expected =
            vec![pairs(&[("name", "Ann, the \"A\""), ("phone", "+380 44")]), pairs(&[("name", "Їжак")])];
        for text in [
            "name,phone\n\"Ann, the \"\"A\"\"\",'+380 44\nЇжак,\n",
            "\u{feff}Name;PHONE\r\n\"Ann, the \"\"A\"\"\";+380 44\r\nЇжак;\r\n",
            "name\tphone\n\"Ann, the \"\"A\"\"\"\t+380 44\nЇжак\t",
            "sep=;\r\nname;phone\r\n\"Ann, the \"\"A\"\"\";+380 44\r\nЇжак;\r\n",
        ] {
            assert_eq!(cells(text), expected, "{text}");
        }
        let mut wide = vec![0xff, 0xfe];
        wide.extend("name\nЇжак".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(read(&wide).unwrap().count(), 1);
        let lines = cells("name,attributes.Favourite colour\nAnn,\"red\nand blue\"\n");
        assert_eq!(lines, [pairs(&[("name", "Ann"), ("attributes.Favourite colour", "red\nand blue")])]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_what_to_do() {
        assert!(refusal(b"name\n\xe0\xe1\xe2\n").contains("CSV UTF-8"));
        assert!(refusal(b"").contains("empty"));
        assert!(refusal(b"name,phone\nAnn,1\n\"Ben,2\nCarla,3\n").contains("row 2"));
        assert!(refusal("name\n".repeat(MOST_ROWS + 2).as_bytes()).contains("20000"));
        assert_eq!(refusal(b"name,phone,phone,age\nAnn,1,2,3\n"), "/phone /age");
        assert_eq!(refusal(b"phone\n1\n"), "/name");
        let ragged = read(b"name,phone\nAnn\nBen,1\n").unwrap();
        let good: Vec<bool> = ragged.rows().map(|(_, cells)| cells.is_ok()).collect();
        assert_eq!(good, [false, true]);
    }

    #[test]
    fn what_is_written_runs_in_no_spreadsheet_and_is_read_as_it_was() {
        let values = ["=1+1", "+380", "-2", "@SUM(A1)", "a,b", "\"q\"", "two\nlines", "plain", "'quoted'"];
        for value in values {
            let mut writer = Writer::new(["name"], true);
            writer.row([value]);
            let file = writer.finish();
            let text = std::str::from_utf8(&file).unwrap();
            let cell = text.split("\r\n").nth(1).unwrap().trim_start_matches('"');
            assert!(!is_formula(cell), "{text}");
            assert_eq!(cells(text), [pairs(&[("name", value)])]);
        }
    }
}
