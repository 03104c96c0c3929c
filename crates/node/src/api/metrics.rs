//! Figures for a monitoring system, in the text form of Prometheus.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::caller::Caller;
use super::peering::{PeerShown, peers};
use super::problem::Problem;
use crate::api::Api;
use crate::exit::Exit;

/// Writes the figures of this moment. Every user may ask; they name countries and counts, never records.
#[utoipa::path(get, path = "/metrics", tag = "node",
    responses((status = 200, body = String, content_type = "text/plain"), (status = 403, body = Problem)))]
pub async fn scrape(State(api): State<Api>, caller: Caller) -> Result<impl IntoResponse, Problem> {
    let peers = peers(&api, &caller).await?;
    let report = api.handle().sessions().await?;
    let extent = api.read(&caller, |handle, _| Ok(handle.store().extent()?)).await?;
    let node = NodeFigures {
        records: extent.records,
        journal: extent.journal_end.0,
        bytes: extent.bytes,
        law_generation: api.handle().standing().law.generation().0,
        clock_jumped: u64::from(report.clock_jumped),
        running_s: api.started().elapsed().as_secs(),
    };
    let text = written(&node, &peers).map_err(|_| Problem::new(Exit::Failed, "the figures cannot be written"))?;
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}

struct NodeFigures {
    records: u64,
    journal: u64,
    bytes: u64,
    law_generation: u64,
    clock_jumped: u64,
    running_s: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PeerLabel {
    peer: CountryLabel,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CountryLabel(chancery_record::Country);

impl EncodeLabelValue for CountryLabel {
    fn encode(&self, out: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        write!(out, "{}", self.0)
    }
}

fn written(node: &NodeFigures, peers: &[PeerShown]) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::with_prefix("chancery");
    let single = |registry: &mut Registry, name: &str, help: &str, value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    single(&mut registry, "records", "Copies held", node.records);
    single(&mut registry, "journal", "Entries ever written to the journal", node.journal);
    single(&mut registry, "law_generation", "The law that is decided by", node.law_generation);
    single(&mut registry, "clock_jumped", "Whether a jump of the wall clock waits for an operator", node.clock_jumped);
    let bytes: Gauge = Gauge::default();
    bytes.set(i64::try_from(node.bytes).unwrap_or(i64::MAX));
    registry.register_with_unit("store", "Size of the store on disk", Unit::Bytes, bytes);
    let running: Gauge = Gauge::default();
    running.set(i64::try_from(node.running_s).unwrap_or(i64::MAX));
    registry.register_with_unit("running", "How long the daemon has answered", Unit::Seconds, running);
    let mut by_peer = |name: &str, help: &str, value: &dyn Fn(&PeerShown) -> u64| {
        let family: Family<PeerLabel, Gauge> = Family::default();
        for peer in peers {
            let label = PeerLabel { peer: CountryLabel(peer.country) };
            family.get_or_create(&label).set(i64::try_from(value(peer)).unwrap_or(i64::MAX));
        }
        registry.register(name, help, family);
    };
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    by_peer("peer_connected", "Whether a connection to the country is open", &|peer| u64::from(peer.connected));
    by_peer("peer_caught_up", "Whether every record has been decided for the country", &|peer| {
        u64::from(peer.caught_up)
    });
    by_peer("peer_in_flight", "Records sent to the country and not yet receipted", &|peer| count(peer.in_flight));
    by_peer("peer_undecided", "Entries of the journal not yet looked at for the country", &|peer| {
        count(peer.undecided)
    });
    by_peer("peer_deferred", "Records withheld for now and tried again", &|peer| count(peer.deferred));
    by_peer("peer_obligations", "Obligations the country has not receipted", &|peer| peer.obligations);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_name_countries_and_counts() {
        let peer: PeerShown = serde_json::from_value(serde_json::json!({
            "country": "DE", "connected": true, "connected_s": 5, "records": "flow", "caught_up": false,
            "in_flight": 17, "undecided": 4, "deferred": 0, "obligations": 2, "clock_offset_ms": null, "treaties": [],
            "certificate_until": null, "next_attempt_s": null, "last_cause": null, "notices": []
        }))
        .unwrap();
        let node =
            NodeFigures { records: 3, journal: 9, bytes: 4096, law_generation: 2, clock_jumped: 0, running_s: 60 };
        let text = written(&node, &[peer]).unwrap();
        for line in [
            "chancery_records 3",
            "chancery_journal 9",
            "chancery_store_bytes 4096",
            "chancery_peer_in_flight{peer=\"DE\"} 17",
            "chancery_peer_connected{peer=\"DE\"} 1",
            "chancery_peer_obligations{peer=\"DE\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
