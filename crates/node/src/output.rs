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

/// How a table of rows is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Every row on one line, however long.
    Lines,
    /// For rows with sentences in them: cells are broken between words, so that a line fits a page.
    Page,
}

/// One line of a command's answer. Its JSON form is the serialised value; table and CSV show the cells.
pub trait Row: Serialize {
    /// Names the JSON form and its version, as in `chancery/card/1`; a field that goes or changes raises it.
    const SCHEMA: &'static str;
    /// Names of the columns, as people read them; CSV has underscores for the spaces.
    const COLUMNS: &'static [&'static str];
    /// Names of the columns of a table, where a line of it has no room for every column.
    const TABLE_COLUMNS: &'static [&'static str] = Self::COLUMNS;
    /// How a table of them is laid out.
    const LAYOUT: Layout = Layout::Lines;
    /// One cell for each column; an empty one says that there is nothing.
    fn cells(&self) -> Vec<String>;
    /// One cell for each column of a table.
    fn table_cells(&self) -> Vec<String> {
        self.cells()
    }
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

    /// Writes what was found, and says by the exit code when that is nothing.
    pub fn found<R: Row>(&self, rows: &[R]) -> Result<Exit, Failure> {
        self.rows(rows)?;
        Ok(if rows.is_empty() { Exit::NothingFound } else { Exit::Done })
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

/// How many there are of something, in words that fit the number.
pub fn counted(count: impl Copy + std::fmt::Display + PartialEq + From<u8>, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1.into() { one } else { many })
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

/// The beginning of an id, a lineage or a hash: enough to name it by, short enough for a table.
pub fn shortened(id: &impl ToString) -> String {
    id.to_string().chars().take(ID_DIGITS_SHOWN).collect()
}

/// A row of a table: the lines of each cell, harmless for a terminal, and something to see where there is nothing.
pub fn table_row<R: Row>(row: &R) -> Vec<Vec<String>> {
    let cells = row.table_cells();
    let last = cells.len().saturating_sub(1);
    let lines = |(place, cell): (usize, &String)| match (R::LAYOUT, place == last) {
        _ if cell.is_empty() => vec![ABSENT.to_owned()],
        (Layout::Lines, _) => vec![visible(cell)],
        (Layout::Page, false) => broken(&visible(cell), CELL_WIDTH),
        (Layout::Page, true) => broken(&visible(cell), SENTENCE_WIDTH),
    };
    cells.iter().enumerate().map(lines).collect()
}

/// The header of a CSV file.
pub fn csv_header<R: Row>() -> impl Iterator<Item = String> {
    R::COLUMNS.iter().map(|name| name.replace(' ', "_"))
}

/// A text broken between words, so that no line is longer than that; a longer word has a line of its own.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
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
            writer.write_record(csv_header::<R>())?;
            for row in rows {
                writer.write_record(row.cells())?;
            }
            writer.into_inner().map_err(|fault| io::Error::other(fault.to_string()))
        }
    }
}

fn table<R: Row>(rows: &[R]) -> String {
    let mut table = plain_table();
    table.set_header(R::TABLE_COLUMNS.iter().map(|name| name.to_uppercase()));
    for row in rows {
        table.add_row(table_row(row).iter().map(|lines| lines.join("\n")));
    }
    lines_of(table)
}

fn upright<R: Row>(row: &R) -> String {
    let mut table = plain_table();
    // What there is nothing to say about has no line.
    for (name, cell) in R::COLUMNS.iter().zip(row.cells()).filter(|(_, cell)| !cell.is_empty()) {
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

/// What a table shows where there is nothing; other formats show nothing.
const ABSENT: &str = "-";
/// Among a million records two share so many digits by chance at one node in five hundred; what names two is refused,
/// never guessed.
const ID_DIGITS_SHOWN: usize = 12;
/// Where cells are broken that are not the last of their row.
const CELL_WIDTH: usize = 26;
/// Where the last cell of a row is broken: with three cells before it a line fits 120 columns.
const SENTENCE_WIDTH: usize = 64;

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

    #[derive(Serialize)]
    struct Voyage(String, String);

    impl Row for Voyage {
        const SCHEMA: &'static str = "chancery/voyage/1";
        const COLUMNS: &'static [&'static str] = &["home port", "id", "log"];
        const TABLE_COLUMNS: &'static [&'static str] = &["home port", "log"];
        const LAYOUT: Layout = Layout::Page;
        fn cells(&self) -> Vec<String> {
            vec![self.0.clone(), "f".repeat(64), self.1.clone()]
        }
        fn table_cells(&self) -> Vec<String> {
            vec![self.0.clone(), self.1.clone()]
        }
    }

    #[test]
    fn nothing_is_a_dash_for_people_and_nothing_for_programs() {
        let csv = String::from_utf8(render(Format::Csv, &[Voyage(String::new(), "calm".into())]).unwrap()).unwrap();
        assert_eq!(csv, format!("home_port,id,log\n,{},calm\n", "f".repeat(64)));
        assert_eq!(table(&[Voyage(String::new(), "calm".into())]), "HOME PORT  LOG\n-          calm\n");
    }

    #[test]
    fn a_long_sentence_is_broken_between_words() {
        let log = ["wind"; 40].join(" ");
        let text = table(&[Voyage("Brest".into(), log)]);
        assert!(text.lines().all(|line| line.len() <= 120), "{text}");
        assert_eq!(text.split_whitespace().filter(|word| *word == "wind").count(), 40);
        assert_eq!(broken("ab cd efghij k", 5), ["ab cd", "efghij", "k"]);
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
