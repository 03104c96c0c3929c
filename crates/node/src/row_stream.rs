//! Long answers written piece by piece, so that a list of any length takes no memory.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Output, Row, csv_header, table_row};

/// Rows on their way to standard output, in any of its formats.
pub struct RowStream<R: Row> {
    output: Output,
    begun: bool,
    widths: Vec<usize>,
    row: std::marker::PhantomData<fn(&R)>,
}

impl<R: Row> RowStream<R> {
    /// A stream that nothing was written to yet.
    pub fn new(output: Output) -> Self {
        Self { output, begun: false, widths: Vec::new(), row: std::marker::PhantomData }
    }

    /// Writes further rows.
    pub fn write(&mut self, rows: &[R]) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        let text = match self.output.format() {
            Format::Ndjson => {
                self.begun = true;
                return self.output.rows(rows);
            }
            Format::Json => self.json(rows)?,
            Format::Csv => self.csv(rows)?,
            Format::Table => self.table(rows).into_bytes(),
        };
        self.begun = true;
        self.output.bytes(&text)
    }

    /// Ends the answer; one without rows is written as such, and the exit code says so.
    pub fn finish(self) -> Result<Exit, Failure> {
        if !self.begun {
            return self.output.found::<R>(&[]);
        }
        if self.output.format() == Format::Json {
            self.output.bytes(b"\n  ]\n}\n")?;
        }
        Ok(Exit::Done)
    }

    fn json(&self, rows: &[R]) -> Result<Vec<u8>, Failure> {
        let mut text = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            if place == 0 && !self.begun {
                text.extend_from_slice(format!("{{\n  \"schema\": \"{}\",\n  \"items\": [\n", R::SCHEMA).as_bytes());
            } else {
                text.extend_from_slice(b",\n");
            }
            text.extend_from_slice(b"    ");
            serde_json::to_writer(&mut text, row).map_err(unwritable)?;
        }
        Ok(text)
    }

    fn csv(&self, rows: &[R]) -> Result<Vec<u8>, Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if !self.begun {
            writer.write_record(csv_header::<R>()).map_err(unwritable)?;
        }
        for row in rows {
            writer.write_record(row.cells()).map_err(unwritable)?;
        }
        writer.into_inner().map_err(|fault| unwritable(fault.into_error()))
    }

    /// Columns keep the width that the first rows gave them, so that later rows need not be known.
    fn table(&mut self, rows: &[R]) -> String {
        let header: Vec<Vec<String>> = R::TABLE_COLUMNS.iter().map(|name| vec![name.to_uppercase()]).collect();
        let mut table: Vec<Vec<Vec<String>>> = rows.iter().map(table_row).collect();
        if !self.begun {
            table.insert(0, header);
            let longest = |place: usize| {
                let lines = table.iter().filter_map(|row| row.get(place)).flatten();
                lines.map(|line| line.chars().count()).max().unwrap_or(0)
            };
            self.widths = (0..R::TABLE_COLUMNS.len()).map(longest).collect();
        }
        let mut text = String::new();
        for row in table {
            for line in 0..row.iter().map(Vec::len).max().unwrap_or(0) {
                let mut written = String::new();
                for (cell, width) in row.iter().zip(&self.widths) {
                    written.push_str(&format!("{:<width$}  ", cell.get(line).map_or("", String::as_str)));
                }
                text.push_str(written.trim_end());
                text.push('\n');
            }
        }
        text
    }
}

fn unwritable(fault: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::new(Exit::Failed, "the answer cannot be written").because(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[derive(Serialize)]
    struct Vessel(String, u32);

    impl Row for Vessel {
        const SCHEMA: &'static str = "chancery/vessel/1";
        const COLUMNS: &'static [&'static str] = &["name", "masts"];
        fn cells(&self) -> Vec<String> {
            vec![self.0.clone(), self.1.to_string()]
        }
    }

    #[test]
    fn pieces_make_one_answer() {
        let pieces = [vec![Vessel("first".into(), 3)], vec![Vessel("b".into(), 1), Vessel("c\u{1b}".into(), 2)]];
        let mut json = RowStream::<Vessel>::new(Output::new(Format::Json));
        let mut text = Vec::new();
        for rows in &pieces {
            text.extend(json.json(rows).unwrap());
            json.begun = true;
        }
        text.extend_from_slice(b"\n  ]\n}\n");
        let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value["items"].as_array().unwrap().len(), 3);
        let mut table = RowStream::<Vessel>::new(Output::new(Format::Table));
        let first = table.table(&pieces[0]);
        table.begun = true;
        assert_eq!(first + &table.table(&pieces[1]), "NAME   MASTS\nfirst  3\nb      1\nc\\u{1b}  2\n");
        let mut csv = RowStream::<Vessel>::new(Output::new(Format::Csv));
        let first = String::from_utf8(csv.csv(&pieces[0]).unwrap()).unwrap();
        csv.begun = true;
        assert_eq!(
            first + &String::from_utf8(csv.csv(&pieces[1]).unwrap()).unwrap(),
            "name,masts\nfirst,3\nb,1\nc\u{1b},2\n"
        );
    }
}
