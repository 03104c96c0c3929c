//! The tokens of an XML file, each within its limits; after a broken one the reading goes on.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::is_xml_character;
use super::metered::Metered;
use crate::import::{Excess, ImportCause, ImportFault, Place, quoted_name};

/// Reads one token after the other. Never recurses, never keeps more than one token, refuses every document type.
pub(super) struct Tokens<R> {
    /// Absent only while it is renewed.
    reader: Option<Reader<Metered<R>>>,
    buffer: Vec<u8>,
}

impl<R: BufRead> Tokens<R> {
    pub(super) fn new(input: R) -> Self {
        Self { reader: Some(new_reader(Metered::new(input))), buffer: Vec::new() }
    }

    /// Where the reading stands.
    pub(super) fn place(&self) -> Place {
        self.reader.as_ref().map_or(Place::File, |reader| Place::Line(reader.get_ref().line()))
    }

    /// Bytes read so far.
    pub(super) fn offset(&self) -> u64 {
        self.reader.as_ref().map_or(0, |reader| reader.get_ref().offset())
    }

    /// Forgets which elements are open, which the XML reader otherwise remembers without bound.
    pub(super) fn renew(&mut self) {
        if let Some(reader) = self.reader.take() {
            self.reader = Some(new_reader(reader.into_inner()));
        }
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Event<'static>, ImportFault> {
        let place = self.place();
        let Some(reader) = self.reader.as_mut() else { return Ok(Event::Eof) };
        if reader.get_ref().is_beyond_limit() {
            return Err(ImportFault::file(place, ImportCause::TooMuch(Excess::ListBytes)));
        }
        reader.get_mut().allow();
        self.buffer.clear();
        let fault = match reader.read_event_into(&mut self.buffer) {
            Ok(Event::DocType(_)) => ImportFault::file(place, ImportCause::DocumentType),
            Ok(Event::Decl(declaration)) => match declaration.encoding() {
                Some(Ok(name)) if !is_utf8(&name) => {
                    ImportFault::file(place, ImportCause::Encoding(quoted_name(&name)))
                }
                _ => return Ok(Event::Decl(declaration.into_owned())),
            },
            Ok(event) => return Ok(event.into_owned()),
            Err(fault) => {
                let source = reader.get_ref();
                let place = Place::Line(source.line());
                match source.failure() {
                    Some(kind) => ImportFault::file(place, ImportCause::Read(kind)),
                    None if source.is_spent() => ImportFault::entry(place, ImportCause::TooMuch(Excess::TokenBytes)),
                    None => ImportFault::entry(place, cause_of(fault)),
                }
            }
        };
        self.renew();
        Err(fault)
    }
}

/// The attributes of a tag, in their order.
pub(super) fn attributes(tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, ImportCause> {
    let malformed = || ImportCause::Attribute(quoted_name(tag.name().as_ref()));
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| malformed())?;
        let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).map_err(|_| malformed())?;
        if !value.chars().all(is_xml_character) {
            return Err(malformed());
        }
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(attributes)
}

fn new_reader<R: BufRead>(input: Metered<R>) -> Reader<Metered<R>> {
    let mut reader = Reader::from_reader(input);
    // The nesting is checked by the reader of entries, which knows a broken entry from a broken list.
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    reader
}

fn is_utf8(encoding: &str) -> bool {
    ["UTF-8", "UTF8", "US-ASCII", "ASCII"].iter().any(|name| name.eq_ignore_ascii_case(encoding))
}

fn cause_of(fault: quick_xml::Error) -> ImportCause {
    use quick_xml::errors::IllFormedError::UnclosedReference;
    match fault {
        quick_xml::Error::Syntax(fault) => ImportCause::Syntax(fault),
        quick_xml::Error::Encoding(_) => ImportCause::NotUtf8,
        quick_xml::Error::IllFormed(UnclosedReference) => ImportCause::Ampersand,
        quick_xml::Error::Io(fault) => ImportCause::Read(fault.kind()),
        _ => ImportCause::Syntax(quick_xml::errors::SyntaxError::InvalidBangMarkup),
    }
}
