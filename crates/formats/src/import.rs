//! The terms that all imports share: options, outcome, faults.

use chancery_record::{Audience, Date, Draft, UseTags};
use thiserror::Error;

use crate::limits::{
    ANSWER_BYTES_MAX, ANSWER_DEPTH_MAX, ANSWER_VALUES_MAX, ENTRY_BYTES_MAX, ENTRY_DEPTH_MAX, ENTRY_ELEMENTS_MAX,
    LIST_BYTES_MAX, LIST_ENTRIES_MAX, LIST_FAULTS_MAX, NOTES_MAX, NOTICE_BYTES_MAX, QUOTED_NAME_CHARS_MAX,
    REFERENCE_BYTES_MAX, TOKEN_BYTES_MAX,
};

/// One entry of a foreign file as a draft. Equal entries give equal drafts, wherever they stand in whichever file, so
/// that importing again changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The publisher's own number, unique in its list and constant through its versions.
    pub source_reference: String,
    /// What is to be published.
    pub draft: Draft,
    /// Whether the publisher holds more on the entry than this form of it says.
    pub extent: Extent,
    /// What could not be mapped to a typed field (the text itself is kept); never the content of a record.
    pub notes: Vec<String>,
}

/// How much of an entry a file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything that is published on it.
    Whole,
    /// A line of a list page; it should not replace what an earlier import of the detail form brought.
    Summary,
}

/// What the importing country states, for a file does not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportOptions {
    /// To whom the records may go; nobody unless stated.
    pub audience: Audience,
    /// Tags for what the form leaves open. A United Nations listing leaves nothing open; of a notice, what is not stated
    /// here stays unknown.
    pub tags: UseTags,
    /// When the data was collected; the day of publication where absent.
    pub collected: Option<Date>,
    /// The colour of the notices, where neither the form nor its links tell it.
    pub colour: Option<Colour>,
}

/// The colours of notices that INTERPOL makes public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Wanted persons.
    Red,
    /// Missing persons.
    Yellow,
    /// Subjects of United Nations sanctions.
    Un,
}

/// Why an entry, or the whole file, could not be imported.
#[derive(Debug, Error)]
#[error("{place}{}: {cause}", .source_reference.as_ref().map(|text| format!(", entry `{text}`")).unwrap_or_default())]
pub struct ImportFault {
    /// Where it was noticed.
    pub place: Place,
    /// The entry's own number, where it could be read. An importer that withdraws what is missing must spare it, and
    /// must withdraw nothing while a fault has none.
    pub source_reference: Option<String>,
    /// What is wrong.
    #[source]
    pub cause: ImportCause,
    /// How far it reaches.
    pub reach: Reach,
}

/// How much of a file a fault spoils.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// One entry; the rest is read.
    Entry,
    /// Everything from here on.
    File,
}

/// Where in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line, counted from 1.
    Line(u64),
    /// A notice of a JSON answer, counted from 1.
    Notice(usize),
    /// The file as one.
    File,
}

/// What is wrong with an entry or a file.
#[derive(Debug, Error)]
pub enum ImportCause {
    /// The source failed.
    #[error("the file could not be read: {0}")]
    Read(std::io::ErrorKind),
    /// Bytes outside of the encoding.
    #[error("the text is not valid UTF-8; save the file as UTF-8 or fetch it again")]
    NotUtf8,
    /// Another encoding was declared.
    #[error("the file is declared to be in the encoding `{0}`; only UTF-8 is read")]
    Encoding(String),
    /// A document type declaration.
    #[error(
        "a document type declaration stands in the file; none is accepted, because it can define entities that grow \
         without bound; remove it or fetch the list again from its publisher"
    )]
    DocumentType,
    /// A reference to something that only a document type could define.
    #[error("the entity `&{0};` is not one of the five of XML")]
    Entity(String),
    /// A reference without an end.
    #[error("an `&` begins no reference; it is written `&amp;` in XML")]
    Ampersand,
    /// A character that XML does not allow, written as it is or by its number.
    #[error("a character stands there that XML does not allow")]
    Character,
    /// An attribute that is not `name="value"`, or stands twice.
    #[error("an attribute of `{0}` is malformed")]
    Attribute(String),
    /// A tag, comment or the like that never ends.
    #[error("the XML is malformed: {0}")]
    Syntax(quick_xml::errors::SyntaxError),
    /// An end without its beginning, or the other way round.
    #[error("the XML is malformed: `{open}` is open and `{found}` ends or begins")]
    Nesting {
        /// The innermost open element.
        open: String,
        /// What was found instead of its end.
        found: String,
    },
    /// Something other than a list.
    #[error(
        "this is no consolidated list of the Security Council: its first element is `{0}`, not `CONSOLIDATED_LIST`"
    )]
    NotTheList(String),
    /// A part of the list that this version cannot read.
    #[error("the part `{0}` of the list is not known; none of its entries was read")]
    UnknownPart(String),
    /// Text where only entries stand.
    #[error("text stands between the entries")]
    StrayText,
    /// Something after the end of the list.
    #[error("the file goes on after the end of the list")]
    AfterTheEnd,
    /// The end is missing.
    #[error("the file ends before the list does; it was cut off, fetch it again")]
    CutOff,
    /// Too much of something.
    #[error("{0}")]
    TooMuch(Excess),
    /// No number of its own.
    #[error("the entry has no `{0}`, by which it would be known again")]
    NoReference(&'static str),
    /// A number that cannot be one.
    #[error("the `{0}` of the entry is no reference (up to {REFERENCE_BYTES_MAX} visible ASCII characters)")]
    BadReference(&'static str),
    /// A second entry with the number of an earlier one.
    #[error("an earlier entry of the file has the same number; the second was not read")]
    Twice,
    /// An entry without a name.
    #[error("the entry has no name")]
    NoName,
    /// Text that is no JSON, or JSON with a field twice or a value beyond a limit.
    #[error("the JSON is malformed: {0}")]
    Json(#[source] serde_json::Error),
    /// JSON of another form.
    #[error(
        "this is no answer of the INTERPOL notices API: it has neither `_embedded.notices` (a list page) nor \
         `entity_id` (a notice)"
    )]
    NoNotices,
    /// A notice that is no object.
    #[error("the notice is not a JSON object")]
    NotAnObject,
    /// Nothing tells which kind of notice it is.
    #[error("neither the notice nor its links tell its colour; state it (red, yellow or un)")]
    NoColour,
    /// The links tell a colour that is not read.
    #[error("the colour of the notice is not one of red, yellow and un")]
    OtherColour,
    /// The draft would not be accepted for publication.
    #[error("the entry makes no valid record: {0}")]
    Draft(String),
}

/// A limit that was passed, named with what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Excess {
    /// The XML file.
    #[error("the file is larger than {LIST_BYTES_MAX} bytes")]
    ListBytes,
    /// The entries of it.
    #[error("the list has more than {LIST_ENTRIES_MAX} entries")]
    ListEntries,
    /// The faults in it.
    #[error("more than {LIST_FAULTS_MAX} faults were found; the rest was not read")]
    ListFaults,
    /// One entry.
    #[error("the entry is larger than {ENTRY_BYTES_MAX} bytes")]
    EntryBytes,
    /// The elements of one entry.
    #[error("the entry has more than {ENTRY_ELEMENTS_MAX} elements")]
    EntryElements,
    /// The nesting of one entry.
    #[error("the entry is nested deeper than {ENTRY_DEPTH_MAX} levels")]
    EntryDepth,
    /// One tag, text or comment.
    #[error("a tag, text or comment is longer than {TOKEN_BYTES_MAX} bytes")]
    TokenBytes,
    /// The JSON file.
    #[error("the file is larger than {ANSWER_BYTES_MAX} bytes")]
    AnswerBytes,
    /// The values of it.
    #[error("the answer has more than {ANSWER_VALUES_MAX} values")]
    AnswerValues,
    /// The nesting of it.
    #[error("the answer is nested deeper than {ANSWER_DEPTH_MAX} levels")]
    AnswerDepth,
    /// One notice.
    #[error("the notice is larger than {NOTICE_BYTES_MAX} bytes")]
    NoticeBytes,
}

impl ImportFault {
    /// A fault of one entry, whose number is not known yet.
    pub(crate) fn entry(place: Place, cause: ImportCause) -> Self {
        Self { place, source_reference: None, cause, reach: Reach::Entry }
    }

    /// A fault that ends the import.
    pub(crate) fn file(place: Place, cause: ImportCause) -> Self {
        Self { place, source_reference: None, cause, reach: Reach::File }
    }

    /// The same fault, of the entry with this number.
    pub(crate) fn of(mut self, source_reference: Option<String>) -> Self {
        self.source_reference = source_reference;
        self
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(out, "line {line}"),
            Self::Notice(number) => write!(out, "notice {number}"),
            Self::File => out.write_str("the file"),
        }
    }
}

/// Notes on one entry, each once, bounded in number.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<String>);

impl Notes {
    /// Adds a note; the caller puts no content of a record into it.
    pub(crate) fn add(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.0.len() < NOTES_MAX && !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// The notes in the order they were made.
    pub(crate) fn into_vec(self) -> Vec<String> {
        self.0
    }
}

/// A foreign name as an error or a note may repeat it: short, and nothing that a terminal would obey.
pub(crate) fn quoted_name(name: &str) -> String {
    name.chars().take(QUOTED_NAME_CHARS_MAX).map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

/// A publisher's number, if it is one.
pub(crate) fn reference(text: &str, field: &'static str) -> Result<String, ImportCause> {
    let legal = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'`');
    if text.is_empty() {
        Err(ImportCause::NoReference(field))
    } else if text.len() > REFERENCE_BYTES_MAX || !legal {
        Err(ImportCause::BadReference(field))
    } else {
        Ok(text.to_owned())
    }
}
