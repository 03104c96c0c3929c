//! An entry while it is read, token by token, within the limits of one entry.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::tokens::attributes;
use super::{Element, is_xml_character};
use crate::import::{Excess, ImportCause, quoted_name, reference};
use crate::limits::{ENTRY_DEPTH_MAX, ENTRY_ELEMENTS_MAX};

/// The open elements of an entry. Each token is fed in order, until the entry is whole.
pub(super) struct Building {
    open: Vec<Element>,
    current: Element,
    elements: usize,
}

/// What a token made of an entry.
pub(super) enum Fed {
    /// It goes on.
    More,
    /// Its end was read.
    Whole(Element),
}

impl Building {
    /// An entry of which the begin tag was read.
    pub(super) fn new(begun: Element) -> Self {
        Self { open: Vec::new(), current: begun, elements: 0 }
    }

    /// Takes the next token.
    pub(super) fn feed(&mut self, event: Event<'_>) -> Result<Fed, ImportCause> {
        match event {
            Event::Start(tag) => {
                let child = self.child(&tag)?;
                if self.open.len() >= ENTRY_DEPTH_MAX {
                    return Err(ImportCause::TooMuch(Excess::EntryDepth));
                }
                self.open.push(std::mem::replace(&mut self.current, child));
            }
            Event::Empty(tag) => {
                let child = self.child(&tag)?;
                self.current.children.push(child);
            }
            Event::End(tag) if tag.name().as_ref() == self.current.name => {
                let Some(parent) = self.open.pop() else {
                    return Ok(Fed::Whole(std::mem::take(&mut self.current)));
                };
                let child = std::mem::replace(&mut self.current, parent);
                self.current.children.push(child);
            }
            Event::End(tag) => return Err(self.nesting(tag.name().as_ref())),
            Event::Text(text) => self.append(&text.xml10_content())?,
            Event::CData(text) => self.append(&text.xml10_content())?,
            Event::GeneralRef(reference) => self.append(&resolved(&reference)?)?,
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::DocType(_) => return Err(ImportCause::DocumentType),
            Event::Eof => return Err(ImportCause::CutOff),
        }
        Ok(Fed::More)
    }

    /// The entry's number, as far as it was read.
    pub(super) fn number(&self) -> Option<String> {
        let entry = self.open.first().unwrap_or(&self.current);
        reference(entry.text_of("REFERENCE_NUMBER")?, "REFERENCE_NUMBER").ok()
    }

    /// That something began or ended where the innermost element should have ended.
    pub(super) fn nesting(&self, found: &str) -> ImportCause {
        ImportCause::Nesting { open: quoted_name(&self.current.name), found: quoted_name(found) }
    }

    fn child(&mut self, tag: &BytesStart<'_>) -> Result<Element, ImportCause> {
        self.elements += 1;
        if self.elements > ENTRY_ELEMENTS_MAX {
            return Err(ImportCause::TooMuch(Excess::EntryElements));
        }
        let name = tag.name().as_ref().to_owned();
        Ok(Element { name, attributes: attributes(tag)?, ..Element::default() })
    }

    fn append(&mut self, text: &str) -> Result<(), ImportCause> {
        if !text.chars().all(is_xml_character) {
            return Err(ImportCause::Character);
        }
        self.current.text.push_str(text);
        Ok(())
    }
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, ImportCause> {
    if reference.is_char_ref() {
        let letter = reference.resolve_char_ref().ok().flatten().ok_or(ImportCause::Character)?;
        return Ok(letter.to_string());
    }
    match resolve_predefined_entity(reference) {
        Some(text) => Ok(text.to_owned()),
        None => Err(ImportCause::Entity(quoted_name(reference))),
    }
}
