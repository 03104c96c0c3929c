//! Treaties as lines of text, for people.

use crate::article::{Age, Article, Countries, DutyContent, Keep, Names, Rule, Scope, Units};
use crate::dimension::WordDimension;
use crate::document::{Language, TreatyDocument};
use crate::law_book::TreatyState;

/// Most words that are listed before they are only counted.
const WORDS_LISTED_MAX: usize = 12;

/// A treaty as lines: what it is, its state, and each article with its sort, direction, limits and text.
///
/// The text of an article is in `language` where the treaty has it, else in the treaty's first language.
pub fn render(document: &TreatyDocument, state: Option<&TreatyState>, language: Option<Language>) -> Vec<String> {
    let header = document.header();
    let parties: Vec<String> = header.parties.iter().map(ToString::to_string).collect();
    let languages: Vec<String> = header.languages.iter().map(ToString::to_string).collect();
    let mut lines = vec![
        format!("{}  {}", document.name(), header.title),
        format!("document   {}", document.hash()),
        format!("parties    {}", parties.join(", ")),
        format!("in force   from {}, ends {}", header.in_force, header.expires),
        format!("languages  {}", languages.join(", ")),
    ];
    if let Some(earlier) = header.supersedes {
        lines.push(format!("supersedes {earlier}"));
    }
    if let Some(state) = state {
        lines.push(format!("state      {state}"));
    }
    for article in document.articles() {
        lines.push(String::new());
        lines.extend(article_lines(article, language, &header.languages));
    }
    lines
}

fn article_lines(article: &Article, language: Option<Language>, written: &[Language]) -> Vec<String> {
    let (sort, scope) = match &article.rule {
        Rule::Grant(_) => ("grant", article.rule.scope()),
        Rule::Bar(bar) => (
            if bar.reach == crate::Reach::Parties { "bar, of all between the parties" } else { "bar" },
            article.rule.scope(),
        ),
        Rule::Duty(_) => ("duty", None),
    };
    let direction = scope.map(direction).unwrap_or_default();
    let mut lines = vec![format!("article {}  {sort}{direction}: {}", article.number, article.heading)];
    let limits = match &article.rule {
        Rule::Duty(duty) => {
            let mut limits = vec![duty_line(&duty.content)];
            limits.extend(countries("owed by", Some(&duty.owed_by)));
            limits
        }
        Rule::Grant(grant) => {
            let mut limits = scope_lines(&grant.scope);
            let required: Vec<&str> = grant.requires.iter().map(|word| word.word()).collect();
            limits.extend((!required.is_empty()).then(|| format!("requires {}", required.join(", "))));
            limits.extend(grant.quota.map(|quota| format!("quota {} records in {}", quota.records, quota.per)));
            limits.push(match grant.keep {
                Keep::Originator => "keep as long as the originator says".to_owned(),
                Keep::For(period) => format!("keep {period}"),
            });
            limits
        }
        Rule::Bar(bar) => scope_lines(&bar.scope),
    };
    lines.extend(limits.into_iter().map(|limit| format!("    {limit}")));
    let chosen = language.into_iter().chain(written.iter().copied()).find_map(|language| article.text.get(&language));
    lines.extend(chosen.into_iter().flat_map(|text| text.lines()).map(|line| format!("    \"{line}\"")));
    lines
}

fn direction(scope: &Scope) -> String {
    let side = |side: &Option<Countries>| match side {
        Some(Countries::Only(countries)) => countries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Some(Countries::Any) | None => "any party".to_owned(),
    };
    match (side(&scope.from), side(&scope.to)) {
        (from, to) if from == to => String::new(),
        (from, to) => format!(" from {from} to {to}"),
    }
}

fn scope_lines(scope: &Scope) -> Vec<String> {
    let mut lines: Vec<String> = WordDimension::ALL.iter().filter_map(|dimension| words(scope, *dimension)).collect();
    lines.extend(units("from units", scope.from_units.as_ref()));
    lines.extend(units("to units", scope.to_units.as_ref()));
    lines.extend(countries("originator", scope.originator.as_ref()));
    lines.extend(countries("onward to", scope.onward_to.as_ref()));
    lines.extend(names("zone", scope.zone.as_ref()));
    lines.extend(names("operation", scope.operation.as_ref()));
    if let Some(Age::Over(period)) = scope.older_than {
        lines.push(format!("collected at least {period} ago"));
    }
    lines
}

fn words(scope: &Scope, dimension: WordDimension) -> Option<String> {
    let words = scope.words(dimension)?;
    let first = dimension.first_vocabulary();
    if words == first {
        return None;
    }
    let list = |words: crate::WordSet| -> String {
        words.codes().map(|code| dimension.word(code)).collect::<Vec<_>>().join(", ")
    };
    let name = dimension.dimension();
    let left_out = first.without(words);
    Some(match (words.codes().count(), left_out.codes().count()) {
        (0, _) => format!("{name} none"),
        (count, _) if count <= WORDS_LISTED_MAX => format!("{name} {}", list(words)),
        (_, left) if left <= WORDS_LISTED_MAX => format!("{name} all but {}", list(left_out)),
        (count, _) => format!("{name} {count} words"),
    })
}

fn countries(name: &str, countries: Option<&Countries>) -> Option<String> {
    let Some(Countries::Only(countries)) = countries else { return None };
    Some(format!("{name} {}", countries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
}

fn units(name: &str, units: Option<&Units>) -> Option<String> {
    let Some(Units::Only(units)) = units else { return None };
    Some(format!("{name} {}", units.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
}

fn names(name: &str, names: Option<&Names>) -> Option<String> {
    match names? {
        Names::Any => None,
        Names::None => Some(format!("{name} none")),
        Names::Only(names) => Some(format!("{name} {}", names.iter().cloned().collect::<Vec<_>>().join(", "))),
    }
}

fn duty_line(content: &DutyContent) -> String {
    match content {
        DutyContent::ReplyWithin(within) => format!("a request is answered within {within}"),
        DutyContent::RefusalGrounds(grounds) => {
            let grounds: Vec<&str> = grounds.iter().map(|ground| ground.word()).collect();
            format!("a request is refused only for {}", grounds.join(", "))
        }
        DutyContent::Notify(incidents, within) => {
            let incidents: Vec<&str> = incidents.iter().map(|incident| incident.word()).collect();
            format!("notice of {} within {within}", incidents.join(", "))
        }
        DutyContent::CorrectWithin(within) => format!("a correction is made within {within}"),
        DutyContent::OnSuspension(then, within) => format!("when suspended: {then} copies within {within}"),
        DutyContent::OnEnd(then, within) => format!("when ended: {then} copies within {within}"),
        DutyContent::LogKeep(keep) => format!("logs are kept for {keep}"),
    }
}
