//! `chancery treaty list` with `chancery treaty show`: what each treaty is worth today, and what it says.

use std::path::{Path, PathBuf};

use chancery_record::Country;
use chancery_treaty::{Language, TreatyDocument, render};
use clap::Args;
use serde::Serialize;

use super::shelf;
use crate::api::treaties::{self, TreatyShown, TreatyText};
use crate::cli::Invocation;
use crate::client::{Client, percent_encoded};
use crate::clock::now;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Layout, Row, shortened, visible};

/// List the treaties that are here, and what each is worth today
#[derive(Args, Debug)]
pub struct List {}

/// Show a treaty: its articles in words
#[derive(Args, Debug)]
pub struct Show {
    /// A file, or the treaty's id, its id with its version, or the beginning of its hash
    #[arg(value_name = "ID|FILE")]
    which: String,
    /// The language of the articles' texts, ISO 639-1; the treaty's first if absent
    #[arg(long, value_name = "LL")]
    language: Option<String>,
    /// Show the exact text that is signed
    #[arg(long)]
    text: bool,
}

impl List {
    /// From the daemon where one runs, else from the directory.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let found: Vec<TreatyShown> = match Client::connect(&node) {
            Ok(mut client) => client.get("/v1/treaties")?,
            Err(failure) if failure.exit() == Exit::DaemonNotRunning => {
                let documents = shelf::documents(&node)?;
                for refused in &documents.report.refused {
                    invocation.talk.warn(&format!("`{}` is refused: {}", refused.file, refused.why));
                }
                treaties::all(&documents.book, now().date())
            }
            Err(failure) => return Err(failure),
        };
        let rows: Vec<TreatyRow> = found.into_iter().map(TreatyRow).collect();
        invocation.output.found(&rows)
    }
}

impl Show {
    /// Shows it.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let path = PathBuf::from(&self.which);
        let (state, text) = if path.is_file() {
            (None, String::from_utf8_lossy(shelf::read_treaty(&path)?.bytes()).into_owned())
        } else {
            let found = find(invocation, &self.which)?;
            (Some(found.treaty), found.text)
        };
        if self.text {
            invocation.output.bytes(text.as_bytes())?;
            return Ok(Exit::Done);
        }
        let document = TreatyDocument::parse(text.as_bytes())
            .map_err(|_| Failure::new(Exit::Failed, "the treaty cannot be read by this version of the command"))?;
        match invocation.output.format() {
            Format::Table => self.in_words(invocation, &document, state.as_ref())?,
            _ => {
                let articles: Vec<ArticleRow> =
                    document.articles().iter().map(|article| self.article(article)).collect();
                invocation.output.rows(&articles)?;
            }
        }
        Ok(Exit::Done)
    }

    fn in_words(
        &self,
        invocation: &Invocation,
        document: &TreatyDocument,
        state: Option<&TreatyShown>,
    ) -> Result<(), Failure> {
        let mut lines = render(document, None, self.language());
        if let Some(state) = state {
            let signed: Vec<String> = state.signed_by.iter().map(Country::to_string).collect();
            let signed = if signed.is_empty() { "nobody".to_owned() } else { signed.join(", ") };
            lines.insert(1, format!("state      {}; signed by {signed}", state.state));
        }
        let mut text = String::new();
        for line in lines {
            text.push_str(&visible(&line));
            text.push('\n');
        }
        invocation.output.bytes(text.as_bytes())
    }

    fn language(&self) -> Option<Language> {
        self.language.as_deref().and_then(Language::from_letters)
    }

    fn article(&self, article: &chancery_treaty::Article) -> ArticleRow {
        let wanted = self.language().and_then(|language| article.text.get(&language));
        ArticleRow {
            number: article.number.clone(),
            sort: match article.rule {
                chancery_treaty::Rule::Grant(_) => "grant",
                chancery_treaty::Rule::Bar(_) => "bar",
                chancery_treaty::Rule::Duty(_) => "duty",
            },
            heading: article.heading.clone(),
            text: wanted.or_else(|| article.text.values().next()).cloned().unwrap_or_default(),
        }
    }
}

fn find(invocation: &Invocation, name: &str) -> Result<TreatyText, Failure> {
    if Path::new(name).extension().is_some_and(|ending| ending == "toml") {
        return Err(Failure::new(Exit::NothingFound, format!("there is no file `{name}`")));
    }
    let node = invocation.node()?;
    match Client::connect(&node) {
        Ok(mut client) => client.get(&format!("/v1/treaties/{}", percent_encoded(name))),
        Err(failure) if failure.exit() == Exit::DaemonNotRunning => {
            Ok(treaties::one(&shelf::documents(&node)?.book, name, now().date())?)
        }
        Err(failure) => Err(failure),
    }
}

/// One treaty in a list.
#[derive(Serialize)]
#[serde(transparent)]
pub struct TreatyRow(pub TreatyShown);

impl Row for TreatyRow {
    const SCHEMA: &'static str = "chancery/treaty/1";
    const COLUMNS: &'static [&'static str] =
        &["treaty", "title", "parties", "state", "signed by", "from", "ends", "hash"];
    const LAYOUT: Layout = Layout::Page;

    fn cells(&self) -> Vec<String> {
        let joined = |countries: &[Country]| countries.iter().map(Country::to_string).collect::<Vec<_>>().join(" ");
        let shown = &self.0;
        vec![
            shown.name.clone(),
            shown.title.clone(),
            joined(&shown.parties),
            shown.state.clone(),
            if shown.signed_by.is_empty() { String::new() } else { joined(&shown.signed_by) },
            shown.from.to_string(),
            shown.expires.to_string(),
            shown.hash.to_string(),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        let mut cells = self.cells();
        if let Some(hash) = cells.last_mut() {
            *hash = shortened(&self.0.hash);
        }
        cells
    }
}

#[derive(Serialize)]
struct ArticleRow {
    number: String,
    sort: &'static str,
    heading: String,
    text: String,
}

impl Row for ArticleRow {
    const SCHEMA: &'static str = "chancery/article/1";
    const COLUMNS: &'static [&'static str] = &["number", "sort", "heading", "text"];

    fn cells(&self) -> Vec<String> {
        vec![self.number.clone(), self.sort.to_owned(), self.heading.clone(), self.text.clone()]
    }
}
