//! Standard output, which carries data and nothing else, in four formats.

use std::io::{self, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;

/// How data is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object on each line.
    Ndjson,
    /// Comma-separated values with a line of column names.
    Csv,
}

/// One line of a command's answer. Its JSON form is the serialised value; table and CSV show the cells.
pub trait Row: Serialize {
    /// Names the JSON form and its version, as in `chancery/card/1`; a field that goes or changes raises it.
    const SCHEMA: &'static str;
    /// Names of the columns.
    const COLUMNS: &'static [&'static str];
    /// One cell for each column.
    fn cells(&self) -> Vec<String>;
}

/// Where the answer of a command goes.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    format: Format,
}

impl Output {
    /// An output in that format.
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// The format asked for.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Writes a list; an empty one is written as such.
    pub fn rows<R: Row>(&self, rows: &[R]) -> Result<(), Failure> {
        let text = render(self.format, rows);
        self.bytes(&text.map_err(|fault| Failure::new(Exit::Failed, "the answer cannot be written").because(fault))?)
    }

    /// Writes one object: in a table with a line for each column.
    pub fn one<R: Row>(&self, row: &R) -> Result<(), Failure> {
        match self.format {
            Format::Table => self.bytes(upright(row).as_bytes()),
            Format::Json => self.rendered(render(Format::Ndjson, std::slice::from_ref(row))),
            Format::Ndjson | Format::Csv => self.rows(std::slice::from_ref(row)),
        }
    }

    /// Writes a text that is itself the data, such as a card or a completion script.
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            // Whoever reads has seen enough, as `head` does.
            Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(fault) => Err(Failure::new(Exit::Failed, "the answer cannot be written").because(fault)),
            Ok(()) => Ok(()),
        }
    }

    fn rendered(&self, text: Result<Vec<u8>, io::Error>) -> Result<(), Failure> {
        self.bytes(&text.map_err(|fault| Failure::new(Exit::Failed, "the answer cannot be written").because(fault))?)
    }
}

/// Text that others wrote, made harmless for a terminal: control characters and marks that change the direction of
/// writing are shown, not obeyed.
pub fn visible(text: &str) -> String {
    let shown = |character: char| match character {
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => true,
        other => other.is_control(),
    };
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if shown(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[derive(Serialize)]
struct Titled<'a, R: Serialize> {
    schema: &'static str,
    #[serde(flatten)]
    row: &'a R,
}

#[derive(Serialize)]
struct Listed<'a, R: Serialize> {
    schema: &'static str,
    items: &'a [R],
}

fn render<R: Row>(format: Format, rows: &[R]) -> Result<Vec<u8>, io::Error> {
    match format {
        Format::Table => Ok(table(rows).into_bytes()),
        Format::Json => {
            let mut text = serde_json::to_vec_pretty(&Listed { schema: R::SCHEMA, items: rows })?;
            text.push(b'\n');
            Ok(text)
        }
        Format::Ndjson => {
            let mut text = Vec::new();
            for row in rows {
                serde_json::to_writer(&mut text, &Titled { schema: R::SCHEMA, row })?;
                text.push(b'\n');
            }
            Ok(text)
        }
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(R::COLUMNS)?;
            for row in rows {
                writer.write_record(row.cells())?;
            }
            writer.into_inner().map_err(|fault| io::Error::other(fault.to_string()))
        }
    }
}

fn table<R: Row>(rows: &[R]) -> String {
    let mut table = plain_table();
    table.set_header(R::COLUMNS.iter().map(|name| name.to_uppercase()));
    for row in rows {
        table.add_row(row.cells().iter().map(|cell| visible(cell)));
    }
    lines_of(table)
}

fn upright<R: Row>(row: &R) -> String {
    let mut table = plain_table();
    for (name, cell) in R::COLUMNS.iter().zip(row.cells()) {
        // A cell may have several lines; each is made harmless by itself.
        let lines: Vec<String> = cell.lines().map(visible).collect();
        table.add_row([(*name).to_owned(), lines.join("\n")]);
    }
    lines_of(table)
}

fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// The table with two spaces between columns and none at either end of a line.
fn lines_of(mut table: Table) -> String {
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Vessel {
        name: String,
        masts: u32,
    }

    impl Row for Vessel {
        const SCHEMA: &'static str = "chancery/vessel/1";
        const COLUMNS: &'static [&'static str] = &["name", "masts"];
        fn cells(&self) -> Vec<String> {
            vec![self.name.clone(), self.masts.to_string()]
        }
    }

    fn check(format: Format, expected: &str) {
        let rows = [Vessel { name: "A, b".into(), masts: 3 }, Vessel { name: "c\u{1b}[31m".into(), masts: 1 }];
        assert_eq!(String::from_utf8(render(format, &rows).unwrap()).unwrap(), expected);
    }

    #[test]
    fn four_formats() {
        check(Format::Table, "NAME         MASTS\nA, b         3\nc\\u{1b}[31m  1\n");
        check(
            Format::Ndjson,
            "{\"schema\":\"chancery/vessel/1\",\"name\":\"A, b\",\"masts\":3}\n\
             {\"schema\":\"chancery/vessel/1\",\"name\":\"c\\u001b[31m\",\"masts\":1}\n",
        );
        check(Format::Csv, "name,masts\n\"A, b\",3\nc\u{1b}[31m,1\n");
        let none: [Vessel; 0] = [];
        let json: serde_json::Value = serde_json::from_slice(&render(Format::Json, &none).unwrap()).unwrap();
        assert_eq!(json, serde_json::json!({"schema": "chancery/vessel/1", "items": []}));
    }

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        assert_eq!(visible("NCB Paris é 警"), "NCB Paris é 警");
        assert_eq!(visible("a\u{202e}b\r\n\u{9b}"), "a\\u{202e}b\\u{d}\\u{a}\\u{9b}");
    }
}
