//! `chancery sync check`, `repair` and `status`: what was delivered to a country beside what it holds.

use chancery_record::Country;
use clap::Args;

use crate::api::comparing::{CheckAsked, CheckShown, ComparedBy, Difference, SyncShown};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Row, counted};
use crate::progress;

/// Compare what was delivered to a country with what it holds
///
/// Nothing is sent but sums and short ids, under a key drawn for it. The country is asked to compare its own deliveries to
/// this node, too, and repairs what it finds. MISSING: what counts as delivered and is not there. EXTRAS: what is there and
/// did not count as delivered. UNEXPLAINED: extras that no disclosure of this node stands for. The exit code is 7 where the
/// two differ.
#[derive(Args, Debug)]
pub struct Check {
    /// The country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CC")]
    peer: Country,
    /// Compare every record instead of the sums that both ends keep; this runs daily by itself
    #[arg(long)]
    thorough: bool,
}

/// Compare, and offer a country again what it lacks
///
/// By the law of today, through the usual stream: what may not go any more does not. The country does the same the other
/// way round. The exit code is 7 where something is left that this cannot mend.
#[derive(Args, Debug)]
pub struct Repair {
    /// The country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CC")]
    peer: Country,
    /// Compare every record instead of the sums that both ends keep
    #[arg(long)]
    thorough: bool,
}

/// Show how many records went each way, and whether a comparison is outstanding
///
/// Records wait until it is over.
#[derive(Args, Debug)]
pub struct Status {}

impl Check {
    /// Compares, and says what differs.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let shown = compare(invocation, self.peer, Difference::Told, self.thorough)?;
        if !shown.agrees {
            invocation
                .talk
                .say(&format!("`chancery sync repair --peer {}` offers again what is missing there", self.peer));
        }
        Ok(if shown.agrees { Exit::Done } else { Exit::PartlyDone })
    }
}

impl Repair {
    /// Compares, and has what is missing offered again.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let shown = compare(invocation, self.peer, Difference::Repaired, self.thorough)?;
        if shown.missing > 0 {
            invocation.talk.say(&format!(
                "{} offered again, as far as today's law lets it go",
                counted(shown.missing, "record is", "records are")
            ));
        }
        Ok(if shown.unexplained == 0 && shown.abandoned == 0 { Exit::Done } else { Exit::PartlyDone })
    }
}

impl Status {
    /// Lists the countries.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let shown: Vec<SyncShown> = Client::connect(&invocation.node()?)?.get("/v1/sync")?;
        invocation.output.found(&shown)
    }
}

fn compare(
    invocation: &Invocation,
    peer: Country,
    difference: Difference,
    thorough: bool,
) -> Result<CheckShown, Failure> {
    let mut client = Client::connect(&invocation.node()?)?;
    let by = if thorough { ComparedBy::Items } else { ComparedBy::Sums };
    let bar = progress::of_unknown(&invocation.talk, "comparing");
    let compared = client.post_json_patiently("/v1/sync/check", &CheckAsked { peer, difference, by });
    bar.finish_and_clear();
    let shown: CheckShown = compared?;
    let talk = &invocation.talk;
    talk.say(&format!(
        "{peer} ({}) was asked to compare what it delivered here, too; its log and notices say what it finds",
        peer.name()
    ));
    if shown.unexplained > 0 {
        talk.warn(&format!(
            "{peer} holds {} that no disclosure of this node stands for: a store that was restored and has not taken everything \
             back, or a country that does not say the truth",
            counted(shown.unexplained, "record", "records")
        ));
    }
    if shown.abandoned > 0 {
        talk.warn(&format!("{} could not be told apart", counted(shown.abandoned, "range of ids", "ranges of ids")));
    }
    invocation.output.one(&shown)?;
    Ok(shown)
}

impl Row for CheckShown {
    const SCHEMA: &'static str = "chancery/check/1";
    const COLUMNS: &'static [&'static str] =
        &["country", "agrees", "missing", "extras", "unexplained", "periods", "abandoned"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.country.to_string(),
            if self.agrees { "yes" } else { "no" }.to_owned(),
            self.missing.to_string(),
            self.extras.to_string(),
            self.unexplained.to_string(),
            self.periods.to_string(),
            self.abandoned.to_string(),
        ]
    }
}

impl Row for SyncShown {
    const SCHEMA: &'static str = "chancery/sync/1";
    const COLUMNS: &'static [&'static str] = &["country", "delivered", "received", "comparison"];

    fn cells(&self) -> Vec<String> {
        let comparison = match (self.comparison_due, self.ranges_left) {
            (false, _) => "none outstanding".to_owned(),
            (true, None) => "outstanding".to_owned(),
            (true, Some(ranges)) => format!("outstanding, {} left", counted(ranges as u64, "range", "ranges")),
        };
        vec![self.country.to_string(), self.delivered.to_string(), self.received.to_string(), comparison]
    }
}
