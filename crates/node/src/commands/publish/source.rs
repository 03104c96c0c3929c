//! Where drafts come from: a file read whole, or one of any length read line by line.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use chancery_record::limits::{DRAFT_BYTES_MAX, DRAFT_FILE_BYTES_MAX};
use chancery_record::{Draft, Fault, FileForm};

use super::lines::Lines;
use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;

/// A file of drafts.
pub struct Source {
    name: String,
    content: Content,
    length: u64,
}

enum Content {
    /// Read whole, within its limit.
    Whole(Vec<u8>, FileForm),
    /// Read anew for every walk, so that a file of any length takes no memory.
    Lines(PathBuf),
}

/// One draft with its place in its file.
pub struct Drafted {
    /// As a person finds it.
    pub place: String,
    /// The draft, or what is wrong with it.
    pub draft: Result<Draft, Vec<Fault>>,
}

impl Source {
    /// Opens a file, or standard input where it is `-`.
    pub fn open(path: &Path, stated: Option<FileForm>) -> Result<Self, Failure> {
        let name = path.display().to_string();
        if path.is_dir() {
            return Err(Failure::new(Exit::Usage, format!("`{name}` is a directory"))
                .next(format!("name its files, as in `{}/*.toml`", name.trim_end_matches('/'))));
        }
        let form = match stated.or_else(|| FileForm::of_file_name(&name)) {
            Some(form) => form,
            None if name == "-" => FileForm::Ndjson,
            None => {
                return Err(Failure::new(Exit::Usage, format!("how is `{name}` written? Its name does not tell"))
                    .next("give `--form json`, `--form ndjson` or `--form toml`"));
            }
        };
        if name == "-" {
            return standard_input(form);
        }
        let unreadable =
            |fault: std::io::Error| Failure::new(Exit::Failed, format!("`{name}` cannot be read")).because(fault);
        let found = std::fs::metadata(path).map_err(unreadable)?;
        if form == FileForm::Ndjson && found.is_file() {
            return Ok(Self { content: Content::Lines(path.to_path_buf()), length: found.len(), name });
        }
        let limit = u64::try_from(DRAFT_FILE_BYTES_MAX).unwrap_or(u64::MAX);
        if found.len() > limit {
            return Err(Failure::new(Exit::Failed, format!("`{name}` is longer than {limit} bytes"))
                .because("a file in this form is read whole")
                .next("write many records as lines of JSON (`.ndjson`); such a file may be of any length"));
        }
        let bytes = durable_file::read(path, limit)
            .map_err(|fault| Failure::new(Exit::Failed, format!("`{name}` cannot be read")).because(fault))?;
        let length = u64::try_from(bytes.len()).unwrap_or(0);
        Ok(Self { content: Content::Whole(bytes, form), length, name })
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Gives every draft to `visit`, with how many bytes have been read.
    pub fn each(&self, mut visit: impl FnMut(Drafted, u64) -> Result<(), Failure>) -> Result<(), Failure> {
        match &self.content {
            Content::Whole(bytes, form) => {
                let drafts = Draft::parse_many(bytes, *form);
                let alone = drafts.len() == 1;
                for (number, draft) in (1..).zip(drafts) {
                    let place = if alone { self.name.clone() } else { format!("{}, record {number}", self.name) };
                    visit(Drafted { place, draft }, self.length)?;
                }
                Ok(())
            }
            Content::Lines(path) => self.each_line(path, visit),
        }
    }

    fn each_line(
        &self,
        path: &Path,
        mut visit: impl FnMut(Drafted, u64) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let unreadable = |fault: std::io::Error| {
            Failure::new(Exit::Failed, format!("`{}` cannot be read", self.name)).because(fault)
        };
        let file = File::open(path).map_err(unreadable)?;
        let mut lines = Lines::new(BufReader::with_capacity(READ_BYTES, file), DRAFT_BYTES_MAX);
        while let Some(line) = lines.next().map_err(unreadable)? {
            let draft = match &line.bytes {
                Some(bytes) => {
                    let bytes = bytes.trim_ascii();
                    if bytes.is_empty() {
                        continue;
                    }
                    Draft::parse_json(bytes)
                }
                None => Err(vec![Fault::new("", format!("the line is longer than {DRAFT_BYTES_MAX} bytes"))]),
            };
            visit(Drafted { place: format!("{}:{}", self.name, line.number), draft }, line.read)?;
        }
        Ok(())
    }
}

/// What comes through a pipe is needed twice, so it is read whole and bounded.
fn standard_input(form: FileForm) -> Result<Source, Failure> {
    let unreadable = |fault| Failure::new(Exit::Failed, "standard input cannot be read").because(fault);
    let limit = u64::try_from(DRAFT_FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > DRAFT_FILE_BYTES_MAX {
        return Err(Failure::new(Exit::Failed, format!("standard input is longer than {DRAFT_FILE_BYTES_MAX} bytes"))
            .next("write it to a file of lines of JSON (`.ndjson`) and name that; it may be of any length"));
    }
    let length = u64::try_from(bytes.len()).unwrap_or(0);
    Ok(Source { name: "standard input".to_owned(), content: Content::Whole(bytes, form), length })
}

/// How much is read at a time.
const READ_BYTES: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_lines_is_read_line_by_line() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("drafts.ndjson");
        std::fs::write(&path, "{\"kind\": \"nothing\"}\n\n{\n").unwrap();
        let source = Source::open(&path, None).unwrap();
        assert!(matches!(source.content, Content::Lines(_)));
        let mut places = Vec::new();
        source
            .each(|drafted, _| {
                assert!(drafted.draft.is_err());
                places.push(drafted.place.rsplit_once(':').unwrap().1.to_owned());
                Ok(())
            })
            .unwrap();
        assert_eq!(places, ["1", "3"]);
        assert!(Source::open(&place.path().join("drafts.txt"), None).is_err(), "its name tells no form");
    }
}
