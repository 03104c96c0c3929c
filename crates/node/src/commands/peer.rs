//! `chancery peer`: how the other countries' nodes stand, and dialling one by hand.

use std::time::{Duration, Instant};

use chancery_record::Country;
use clap::Subcommand;

use crate::api::peering::{PeerShown, RetryBegun};
use crate::cli::Invocation;
use crate::client::{Client, Patience};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// See how the other countries' nodes stand, and dial one now
#[derive(Subcommand, Debug)]
pub enum Peer {
    /// List the countries whose card is known, and how each stands
    ///
    /// IN FLIGHT: records sent that it has not receipted yet. UNDECIDED: entries of the journal that were not yet looked at for
    /// it, which happens once it is connected; many may never go there. DEFERRED: what is withheld for now and tried
    /// again, on a later day or when it can take it. OWED: withdrawals, recalls and other obligations it has not receipted.
    List,
    /// Forget how long to wait and dial a country now
    Retry {
        /// The country, ISO 3166-1 alpha-2
        country: Country,
        /// Wait up to so many seconds for the connection
        #[arg(long, value_name = "SECONDS", default_value_t = 10)]
        wait: u64,
    },
}

impl Peer {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut client = Client::connect(&invocation.node()?)?;
        match self {
            Self::List => {
                let peers: Vec<PeerShown> = client.get("/v1/peers")?;
                for peer in &peers {
                    for notice in &peer.notices {
                        invocation.talk.detail(&format!("{} {notice}", peer.country));
                    }
                }
                invocation.output.found(&peers)
            }
            Self::Retry { country, wait } => retry(invocation, &mut client, country, Duration::from_secs(wait)),
        }
    }
}

fn retry(invocation: &Invocation, client: &mut Client, country: Country, patience: Duration) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let dialled: RetryBegun = client.post(&format!("/v1/peers/{country}/retry"), Patience::Usual)?;
    let mut connected = dialled.connected;
    let mut last_cause = dialled.last_cause;
    while !connected && begun.elapsed() < patience {
        std::thread::sleep(LOOK_AGAIN_AFTER);
        let peers: Vec<PeerShown> = client.get("/v1/peers")?;
        if let Some(peer) = peers.into_iter().find(|peer| peer.country == country) {
            connected = peer.connected;
            last_cause = peer.last_cause;
        }
    }
    if connected {
        invocation.talk.say(&format!("{country} ({}) is connected", country.name()));
        return Ok(Exit::Done);
    }
    let failure = Failure::new(Exit::PeerUnreachable, format!("{country} ({}) cannot be reached", country.name()))
        .next("the node goes on trying; `chancery peer list` shows when, the card whom to call");
    Err(match last_cause {
        Some(cause) => failure.because(cause),
        None => failure,
    })
}

impl Row for PeerShown {
    const SCHEMA: &'static str = "chancery/peer/2";
    const COLUMNS: &'static [&'static str] = &[
        "country",
        "connected",
        "records",
        "in flight",
        "undecided",
        "deferred",
        "owed",
        "treaties",
        "certificate until",
        "next attempt",
        "last cause",
    ];

    fn cells(&self) -> Vec<String> {
        let connected = match (self.connected, self.connected_s) {
            (false, _) => "no".to_owned(),
            (true, Some(seconds)) => format!("for {seconds} s"),
            (true, None) => "yes".to_owned(),
        };
        let records = if self.connected && self.caught_up {
            format!("{}, caught up", self.records)
        } else {
            self.records.clone()
        };
        vec![
            self.country.to_string(),
            connected,
            records,
            self.in_flight.to_string(),
            self.undecided.to_string(),
            self.deferred.to_string(),
            self.obligations.to_string(),
            if self.treaties.is_empty() { "none in force".to_owned() } else { self.treaties.join(", ") },
            self.certificate_until.map_or_else(|| "none valid".to_owned(), |until| until.date().to_string()),
            self.next_attempt_s.map_or_else(String::new, |seconds| format!("in {seconds} s")),
            self.last_cause.clone().unwrap_or_default(),
        ]
    }
}

const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(200);
