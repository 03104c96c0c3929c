//! The entries of an XML list, read one by one with bounded memory; a broken one is skipped to the next.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use super::Element;
use super::building::{Building, Fed};
use super::tokens::{Tokens, attributes};
use crate::import::{Excess, ImportCause, ImportFault, Place, Reach, quoted_name};
use crate::limits::{ENTRY_BYTES_MAX, LIST_FAULTS_MAX, SKIPPED_TOKENS_MAX};

/// The form of a list: a root, parts in it, entries of one name in each part.
pub(crate) struct ListForm {
    pub(crate) root: &'static str,
    /// Each part with the name of its entries.
    pub(crate) parts: &'static [(&'static str, &'static str)],
}

/// An entry with the place where it begins.
pub(crate) struct Entry {
    pub(crate) element: Element,
    pub(crate) place: Place,
}

/// Reads a list in its order. Ends after a fault whose reach is the file.
pub(crate) struct Entries<R> {
    tokens: Tokens<R>,
    form: &'static ListForm,
    stand: Stand,
    root_attributes: Vec<(String, String)>,
    /// An entry whose begin tag ended the one before it.
    begun: Option<Element>,
    faults: usize,
    complete: bool,
}

/// Where in the list the reading stands.
#[derive(Clone, Copy)]
enum Stand {
    Before,
    InRoot,
    InPart(&'static str, &'static str),
    After,
    Done,
}

/// What one token of the list brought.
enum Step {
    Entry(Entry),
    Nothing,
    End,
}

impl<R: BufRead> Entries<R> {
    pub(crate) fn new(input: R, form: &'static ListForm) -> Self {
        Self {
            tokens: Tokens::new(input),
            form,
            stand: Stand::Before,
            root_attributes: Vec::new(),
            begun: None,
            faults: 0,
            complete: false,
        }
    }

    /// An attribute of the root, once that was reached.
    pub(crate) fn root_attribute(&self, name: &str) -> Option<&str> {
        let found = self.root_attributes.iter().find(|(attribute, _)| attribute == name)?;
        Some(&found.1)
    }

    /// Whether the list was read to its very end.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Where the reading stands.
    pub(crate) fn place(&self) -> Place {
        self.tokens.place()
    }

    /// Reads nothing more.
    pub(crate) fn stop(&mut self) {
        self.stand = Stand::Done;
    }

    fn step(&mut self) -> Result<Step, ImportFault> {
        if let Some(element) = self.begun.take() {
            return self.entry(element).map(Step::Entry);
        }
        match self.tokens.next()? {
            Event::Start(tag) => self.begin(&tag),
            Event::Empty(tag) => self.empty(&tag),
            Event::End(tag) => self.end(tag.name().as_ref()),
            Event::Text(text) if text.trim_ascii().is_empty() => Ok(Step::Nothing),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => match self.stand {
                Stand::Before => Err(self.file_fault(ImportCause::NotTheList("text".to_owned()))),
                Stand::After | Stand::Done => Err(self.file_fault(ImportCause::AfterTheEnd)),
                Stand::InRoot | Stand::InPart(..) => Err(ImportFault::entry(self.place(), ImportCause::StrayText)),
            },
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Ok(Step::Nothing),
            Event::DocType(_) => Err(self.file_fault(ImportCause::DocumentType)),
            Event::Eof => match self.stand {
                Stand::After => {
                    self.complete = true;
                    Ok(Step::End)
                }
                Stand::Before | Stand::InRoot | Stand::InPart(..) | Stand::Done => {
                    Err(self.file_fault(ImportCause::CutOff))
                }
            },
        }
    }

    fn begin(&mut self, tag: &BytesStart<'_>) -> Result<Step, ImportFault> {
        let name = tag.name().as_ref().to_owned();
        match self.stand {
            Stand::Before => {
                self.root(tag)?;
                self.stand = Stand::InRoot;
                Ok(Step::Nothing)
            }
            Stand::InRoot => match self.form.parts.iter().find(|(part, _)| *part == name) {
                Some((part, entry)) => {
                    self.stand = Stand::InPart(part, entry);
                    Ok(Step::Nothing)
                }
                None => Err(self.unknown_part(&name)),
            },
            Stand::InPart(_, entry) if name == entry => match attributes(tag) {
                Ok(attributes) => self.entry(Element { name, attributes, ..Element::default() }).map(Step::Entry),
                Err(cause) => Err(self.skip(entry, ImportFault::entry(self.place(), cause))),
            },
            Stand::InPart(..) => Err(self.unknown_part(&name)),
            Stand::After | Stand::Done => Err(self.file_fault(ImportCause::AfterTheEnd)),
        }
    }

    fn empty(&mut self, tag: &BytesStart<'_>) -> Result<Step, ImportFault> {
        let name = tag.name();
        let name = name.as_ref();
        match self.stand {
            Stand::Before => {
                self.root(tag)?;
                self.stand = Stand::After;
                Ok(Step::Nothing)
            }
            // An empty part has no entries; an empty entry has no number, which its reader will say.
            Stand::InRoot => Ok(Step::Nothing),
            Stand::InPart(_, entry) if name == entry => {
                let attributes = attributes(tag).map_err(|cause| ImportFault::entry(self.place(), cause))?;
                let element = Element { name: entry.to_owned(), attributes, ..Element::default() };
                Ok(Step::Entry(Entry { element, place: self.place() }))
            }
            Stand::InPart(..) => Ok(Step::Nothing),
            Stand::After | Stand::Done => Err(self.file_fault(ImportCause::AfterTheEnd)),
        }
    }

    fn root(&mut self, tag: &BytesStart<'_>) -> Result<(), ImportFault> {
        if tag.name().as_ref() != self.form.root {
            return Err(self.file_fault(ImportCause::NotTheList(quoted_name(tag.name().as_ref()))));
        }
        self.root_attributes = attributes(tag).map_err(|cause| self.file_fault(cause))?;
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<Step, ImportFault> {
        if self.closes(name) {
            return Ok(Step::Nothing);
        }
        let open = match self.stand {
            Stand::InPart(part, _) => part,
            _ => self.form.root,
        };
        let cause = ImportCause::Nesting { open: open.to_owned(), found: quoted_name(name) };
        Err(ImportFault::entry(self.place(), cause))
    }

    /// Whether an end tag ends the part or the list; if so, the reading stands behind it.
    fn closes(&mut self, name: &str) -> bool {
        self.stand = match self.stand {
            Stand::InPart(part, _) if part == name => Stand::InRoot,
            Stand::InPart(..) | Stand::InRoot if name == self.form.root => Stand::After,
            _ => return false,
        };
        true
    }

    /// Reads what stands in an entry whose begin tag was read.
    fn entry(&mut self, begun: Element) -> Result<Entry, ImportFault> {
        let place = self.place();
        let start = self.tokens.offset();
        let name = begun.name.clone();
        let mut building = Building::new(begun);
        loop {
            let event = match self.tokens.next() {
                Ok(event) => event,
                Err(fault) => return Err(self.skip(&name, fault.of(building.number()))),
            };
            if let Event::Start(tag) = &event
                && tag.name().as_ref() == name
            {
                let fault = ImportFault::entry(self.place(), building.nesting(&name)).of(building.number());
                self.begun = Some(begin_again(tag));
                return Err(fault);
            }
            let ends = match &event {
                Event::End(tag) => Some(tag.name().as_ref().to_owned()),
                _ => None,
            };
            let read = self.tokens.offset().saturating_sub(start);
            let fed = if usize::try_from(read).map_or(true, |read| read > ENTRY_BYTES_MAX) {
                Err(ImportCause::TooMuch(Excess::EntryBytes))
            } else {
                building.feed(event)
            };
            let cause = match fed {
                Ok(Fed::More) => continue,
                Ok(Fed::Whole(element)) => return Ok(Entry { element, place }),
                Err(cause @ (ImportCause::CutOff | ImportCause::DocumentType)) => {
                    return Err(self.file_fault(cause).of(building.number()));
                }
                Err(cause) => cause,
            };
            let fault = ImportFault::entry(self.place(), cause).of(building.number());
            let is_over = ends.is_some_and(|ended| ended == name || self.closes(&ended));
            return Err(if is_over { fault } else { self.skip(&name, fault) });
        }
    }

    fn unknown_part(&mut self, name: &str) -> ImportFault {
        let fault = ImportFault::entry(self.place(), ImportCause::UnknownPart(quoted_name(name)));
        self.skip(name, fault)
    }

    fn file_fault(&mut self, cause: ImportCause) -> ImportFault {
        self.stop();
        ImportFault::file(self.place(), cause)
    }

    /// Skips to the end of the element `name`, the begin of the next entry or the end of the part, whichever comes first.
    /// Gives the fault back, or a graver one that was met on the way.
    fn skip(&mut self, name: &str, fault: ImportFault) -> ImportFault {
        if fault.reach == Reach::File {
            self.stop();
            return fault;
        }
        for skipped in 1usize.. {
            if skipped.is_multiple_of(SKIPPED_TOKENS_MAX) {
                self.tokens.renew();
            }
            match self.tokens.next() {
                Err(graver) if graver.reach == Reach::File => {
                    self.stop();
                    return graver;
                }
                // The next step finds the end again.
                Ok(Event::Eof) => return fault,
                Ok(Event::End(tag)) if tag.name().as_ref() == name || self.closes(tag.name().as_ref()) => return fault,
                Ok(Event::Start(tag)) if self.is_entry(tag.name().as_ref()) => {
                    self.begun = Some(begin_again(&tag));
                    return fault;
                }
                Ok(_) | Err(_) => {}
            }
        }
        fault
    }

    fn is_entry(&self, name: &str) -> bool {
        matches!(self.stand, Stand::InPart(_, entry) if entry == name)
    }
}

impl<R: BufRead> Iterator for Entries<R> {
    type Item = Result<Entry, ImportFault>;

    fn next(&mut self) -> Option<Self::Item> {
        while !matches!(self.stand, Stand::Done) {
            let fault = match self.step() {
                Ok(Step::Nothing) => continue,
                Ok(Step::Entry(entry)) => return Some(Ok(entry)),
                Ok(Step::End) => {
                    self.stop();
                    return None;
                }
                Err(fault) => fault,
            };
            self.faults += 1;
            if fault.reach == Reach::File || matches!(self.stand, Stand::Before) {
                self.stop();
                return Some(Err(ImportFault { reach: Reach::File, ..fault }));
            }
            if self.faults > LIST_FAULTS_MAX {
                return Some(Err(self.file_fault(ImportCause::TooMuch(Excess::ListFaults))));
            }
            return Some(Err(fault));
        }
        None
    }
}

/// An entry by its begin tag, met while another was read or skipped.
fn begin_again(tag: &BytesStart<'_>) -> Element {
    let name = tag.name().as_ref().to_owned();
    Element { name, attributes: attributes(tag).unwrap_or_default(), ..Element::default() }
}
