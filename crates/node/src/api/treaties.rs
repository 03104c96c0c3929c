//! Treaties as people see them: what each is worth today, and its text.

use axum::Json;
use axum::extract::{Path, State};
use chancery_record::{Country, Date, DocumentHash};
use chancery_treaty::{LawBook, TreatyDocument, TreatyState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::Caller;
use super::problem::Problem;
use crate::api::Api;
use crate::clock::now;
use crate::exit::Exit;

/// One treaty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TreatyShown {
    /// Its id with its version.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The countries that sign it.
    #[schema(value_type = Vec<String>)]
    pub parties: Vec<Country>,
    /// What it is worth today, in words.
    pub state: String,
    /// Whether it is in force today.
    pub in_force: bool,
    /// Parties whose signature is at hand and counts.
    #[schema(value_type = Vec<String>)]
    pub signed_by: Vec<Country>,
    /// From that day on.
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Until before that day.
    #[schema(value_type = String, format = Date)]
    pub expires: Date,
    /// SHA-256 of its exact bytes.
    #[schema(value_type = String)]
    pub hash: DocumentHash,
}

/// One treaty with its text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TreatyText {
    /// What it is worth.
    pub treaty: TreatyShown,
    /// Its exact text.
    pub text: String,
}

/// Lists the treaties at hand. Every user may ask.
#[utoipa::path(get, path = "/v1/treaties", tag = "law",
    responses((status = 200, body = Vec<TreatyShown>), (status = 403, body = Problem)))]
pub async fn list(State(api): State<Api>, _caller: Caller) -> Result<Json<Vec<TreatyShown>>, Problem> {
    Ok(Json(all(&api.handle().standing().book, now().date())))
}

/// Shows one treaty by its id, its id with its version, or the beginning of its hash. Every user may ask.
#[utoipa::path(get, path = "/v1/treaties/{name}", tag = "law",
    params(("name" = String, Path, description = "id, id with version, or the beginning of the hash")),
    responses((status = 200, body = TreatyText), (status = 404, body = Problem)))]
pub async fn show(
    State(api): State<Api>,
    _caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<TreatyText>, Problem> {
    Ok(Json(one(&api.handle().standing().book, &name, now().date())?))
}

/// Every treaty of a book, by name.
pub fn all(book: &LawBook, today: Date) -> Vec<TreatyShown> {
    let mut shown: Vec<TreatyShown> = book.treaties().map(|treaty| treaty_shown(book, treaty, today)).collect();
    shown.sort_by(|one, other| (&one.name, one.hash).cmp(&(&other.name, other.hash)));
    shown
}

/// The one treaty that a name names; an id without version names the one in force, or else the newest.
pub fn one(book: &LawBook, name: &str, today: Date) -> Result<TreatyText, Problem> {
    let is_named = |treaty: &&std::sync::Arc<TreatyDocument>| {
        treaty.header().id == name
            || treaty.name() == name
            || (name.len() >= HASH_DIGITS_MIN && treaty.hash().to_string().starts_with(&name.to_ascii_lowercase()))
    };
    let rank = |treaty: &&std::sync::Arc<TreatyDocument>| {
        (book.state(&treaty.hash(), today) == Some(TreatyState::InForce), treaty.header().version)
    };
    let named: Vec<_> = book.treaties().filter(is_named).collect();
    let Some(best) = named.iter().copied().max_by_key(rank) else {
        let name: String = name.chars().take(80).collect();
        return Err(Problem::new(Exit::NothingFound, format!("no treaty `{name}` is at hand"))
            .next("`chancery treaty list` lists them; `chancery treaty import FILE` takes one in"));
    };
    if named.iter().filter(|other| rank(other) == rank(&best)).count() > 1 {
        return Err(Problem::usage(format!("`{name}` names more than one document"))
            .next("name it by the beginning of its hash, as `chancery treaty list` shows it"));
    }
    let text = String::from_utf8_lossy(best.bytes()).into_owned();
    Ok(TreatyText { treaty: treaty_shown(book, best, today), text })
}

fn treaty_shown(book: &LawBook, treaty: &TreatyDocument, today: Date) -> TreatyShown {
    let header = treaty.header();
    let state = book.state(&treaty.hash(), today).unwrap_or(TreatyState::Drafted);
    let mut signed_by: Vec<Country> = book.signatures(&treaty.hash()).iter().map(|signed| signed.country).collect();
    signed_by.sort_unstable();
    signed_by.dedup();
    TreatyShown {
        name: treaty.name(),
        title: header.title.clone(),
        parties: header.parties.iter().copied().collect(),
        in_force: state == TreatyState::InForce,
        state: state.to_string(),
        signed_by,
        from: header.in_force,
        expires: header.expires,
        hash: treaty.hash(),
    }
}

/// Fewer digits of a hash could be an id.
const HASH_DIGITS_MIN: usize = 8;
