//! The API as callers meet it: a real node behind a real socket, asked by users with one role each.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use chancery_record::{Country, Purpose, Set};
use chancery_store::Store;
use chancery_store::engine::Order;
use serde_json::{Value, json};

use super::deciding::VerdictShown;
use super::incidents::AuditPage;
use super::listing::ManifestPage;
use super::problem::Problem;
use super::publishing::{Outcome, PublishAsked, PublishReport};
use super::running::StatusShown;
use super::showing::RecordShown;
use super::withdrawing::WithdrawalMade;
use crate::client::{Client, Patience};
use crate::config::{Config, Role};
use crate::daemon::Daemon;
use crate::directory::NodeDirectory;
use crate::exit::Exit;
use crate::failure::Failure;

/// A node that runs until it is dropped.
struct Running {
    directory: NodeDirectory,
    store: Arc<Store>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    runtime: Option<tokio::runtime::Runtime>,
    _place: tempfile::TempDir,
}

impl Running {
    fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("fr");
        let words = "chancery --quiet --dir DIR init --country FR --agency Test --unit NCB-PARIS --no-passphrase \
                     --listen /ip4/127.0.0.1/udp/0/quic-v1";
        let words =
            words.split_whitespace().map(|word| if word == "DIR" { root.as_os_str().into() } else { word.into() });
        assert_eq!(crate::run(words), Exit::Done);
        let directory = NodeDirectory::of_node(&root).unwrap();
        let mut config = directory.read_config().unwrap();
        adjust(&mut config);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let store = runtime.block_on(async {
            let socket = super::bind(&directory).unwrap();
            let daemon = Daemon::start(directory.clone(), config).unwrap();
            let store = Arc::clone(daemon.handle.store());
            tokio::spawn(super::serve(daemon.handle, socket, async {
                let _ = stopped.await;
            }));
            store
        });
        Self { directory, store, stop: Some(stop), runtime: Some(runtime), _place: place }
    }

    fn as_role(role: Role) -> Self {
        Self::with(|config| config.users[0].roles = [role].into_iter().collect())
    }

    fn client(&self) -> Client {
        Client::connect(&self.directory).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(std::time::Duration::from_secs(5));
        }
    }
}

fn line(reference: &str, summary: &str) -> Vec<u8> {
    let draft = json!({
        "kind": "notice.blue",
        "source_reference": reference,
        "tags": {
            "handling": ["H0"], "tlp": "GREEN", "classification": "UNCLASSIFIED", "purposes": ["investigation"],
            "offences": ["fraud"], "penalty": "3_years_and_more", "statuses": ["suspect"], "minors": "no",
            "obtained_by": ["police"], "sensitive": []
        },
        "audience": { "releasable_to": "any" },
        "identity": { "family_name": "BROMBELDJIAN", "forename": "Anselmix", "sex": "M", "nationalities": ["AM"] },
        "judicial": { "subject_status": "suspect", "offence": "sale of forged shares in a windmill" },
        "narrative": { "summary": summary, "what_is_sought": "whereabouts" }
    });
    let mut line = serde_json::to_vec(&draft).unwrap();
    line.push(b'\n');
    line
}

fn publish(client: &mut Client, lines: &[u8]) -> Result<PublishReport, Failure> {
    client.post_drafts("/v1/records", &PublishAsked::default(), lines)
}

fn show(client: &mut Client, name: &str, purpose: &str, case: Option<&str>) -> Result<RecordShown, Failure> {
    client.post_json("/v1/records/show", &json!({ "name": name, "occasion": { "purpose": purpose, "case": case } }))
}

fn exit_of<T>(asked: Result<T, Failure>) -> Exit {
    asked.err().map_or(Exit::Done, |failure| failure.exit())
}

#[test]
fn a_record_is_published_shown_and_taken_back() {
    let node = Running::with(|_| {});
    let mut client = node.client();
    let report = publish(&mut client, &line("A-1", "first")).unwrap();
    assert_eq!(report.results[0].outcome, Outcome::New, "{report:?}");
    assert_eq!(publish(&mut client, &line("A-1", "first")).unwrap().results[0].outcome, Outcome::Unchanged);
    let revised = publish(&mut client, &line("A-1", "second")).unwrap().results.remove(0);
    assert_eq!((revised.outcome, revised.lineage), (Outcome::Revised, report.results[0].lineage));
    let lineage = revised.lineage.unwrap().to_string();

    let page: ManifestPage = client.get("/v1/records?state=current").unwrap();
    assert_eq!(page.items.iter().map(|item| item.id).collect::<Vec<_>>(), [revised.id.unwrap()]);
    let shown = show(&mut client, &lineage, "investigation", Some("2026/1")).unwrap();
    assert_eq!(shown.id, revised.id.unwrap());
    assert!(shown.sections.iter().any(|section| section.body["summary"] == json!("second")));
    assert_eq!(exit_of(show(&mut client, &lineage, "investigation", None)), Exit::Usage, "a case is needed");
    assert_eq!(exit_of(show(&mut client, &lineage, "evidence", Some("2026/1"))), Exit::NothingFound);

    let audit: AuditPage = client.get("/v1/audit").unwrap();
    let shows: Vec<_> = audit.items.iter().filter(|line| line.action == "show").collect();
    let nothing = format!("nothing shown of {}", &lineage[..12]);
    assert_eq!(shows.iter().map(|line| line.outcome.as_str()).collect::<Vec<_>>(), [nothing.as_str(), "shown"]);
    assert_eq!(shows[1].reference.as_deref(), Some("case 2026/1"));
    assert_eq!(shows[1].record, Some(shown.id));

    let asked = json!({ "name": lineage, "reason": "PURPOSE_ACHIEVED" });
    let made: WithdrawalMade = client.post_json("/v1/withdrawals", &asked).unwrap();
    assert_eq!(made.records.len(), 2);
    assert_eq!(exit_of(show(&mut client, &lineage, "investigation", Some("2026/1"))), Exit::NothingFound);
    assert_eq!(exit_of(client.post_json::<Value>("/v1/withdrawals", &asked)), Exit::Failed, "once is enough");
    let again = publish(&mut client, &line("A-1", "third")).unwrap();
    assert_eq!(again.results[0].outcome, Outcome::Faulty, "what was withdrawn never comes back");
}

#[test]
fn one_faulty_draft_stops_the_request_unless_it_is_to_be_skipped() {
    let node = Running::with(|_| {});
    let mut client = node.client();
    let lines = [line("A-1", "good"), b"{\"kind\": \"notice.blue\", \"identty\": {}}\n".to_vec()].concat();
    let outcomes = |report: PublishReport| report.results.into_iter().map(|one| one.outcome).collect::<Vec<_>>();
    assert_eq!(outcomes(publish(&mut client, &lines).unwrap()), [Outcome::NotPublished, Outcome::Faulty]);
    let page: ManifestPage = client.get("/v1/records").unwrap();
    assert!(page.items.is_empty());
    let skip: PublishReport = client.post_drafts("/v1/records", &json!({ "faulty": "skip" }), &lines).unwrap();
    assert_eq!(outcomes(skip), [Outcome::New, Outcome::Faulty]);
    let audit: AuditPage = client.get("/v1/audit").unwrap();
    let of_publish = audit.items.iter().filter(|line| line.action == "publish").map(|line| line.outcome.as_str());
    assert_eq!(of_publish.collect::<Vec<_>>(), ["new", "refused", "refused"], "the latest first");
    let broken = publish(&mut client, b"{\"kind\": \n").unwrap_err();
    assert!(broken.exit() == Exit::Usage && broken.to_string().contains("draft 1 is not JSON"), "{broken}");
    assert_eq!(exit_of(publish(&mut client, &[])), Exit::Usage);
    let many = line("A-2", "many").repeat(chancery_exchange::limits::PUBLICATIONS_MAX + 1);
    assert_eq!(exit_of(publish(&mut client, &many)), Exit::Usage, "more than one request may carry");
}

#[test]
fn each_role_is_let_through_its_own_doors_only() {
    let doors: [(&str, &[Role]); 6] = [
        ("/v1/status", &Role::ALL),
        ("/v1/treaties", &Role::ALL),
        ("/v1/peers", &[Role::Operator, Role::Officer, Role::Auditor]),
        ("/v1/audit", &[Role::Auditor]),
        ("/v1/records", &[Role::Analyst, Role::Officer, Role::Auditor, Role::Engineer]),
        ("/v1/quarantine", &[Role::Operator, Role::Officer, Role::Auditor]),
    ];
    for role in Role::ALL {
        let node = Running::as_role(role);
        let mut client = node.client();
        for (door, allowed) in doors {
            let expected = if allowed.contains(&role) { Exit::Done } else { Exit::NotAllowed };
            assert_eq!(exit_of(client.get::<Value>(door)), expected, "{role} at {door}");
        }
        let publishes = [Role::Analyst, Role::Operator, Role::Engineer].contains(&role);
        let expected = if publishes { Exit::Done } else { Exit::NotAllowed };
        assert_eq!(exit_of(publish(&mut client, &line("A-1", "x"))), expected, "{role} publishes");
        let expected = if role == Role::Operator { Exit::Done } else { Exit::NotAllowed };
        assert_eq!(
            exit_of(client.post::<Value>("/v1/clock/confirm", Patience::Usual)),
            expected,
            "{role} at the clock"
        );
        let expected =
            if [Role::Officer, Role::Auditor, Role::Analyst].contains(&role) { Exit::Done } else { Exit::NotAllowed };
        let decided = client.post_drafts::<VerdictShown>("/v1/decide", &json!({ "to": "DE" }), &line("A-1", "x"));
        assert_eq!(exit_of(decided), expected, "{role} asks the law");
    }
}

#[test]
fn what_was_tried_without_leave_is_in_the_audit_log() {
    let node = Running::with(|config| config.users[0].purposes = [Purpose::Investigation].into_iter().collect());
    let mut client = node.client();
    assert_eq!(exit_of(show(&mut client, "abcdabcdabcd", "evidence", Some("2026/1"))), Exit::NotAllowed);
    let audit: AuditPage = client.get("/v1/audit").unwrap();
    let tried = audit.items.iter().find(|line| line.action == "show").unwrap();
    assert_eq!((tried.outcome.as_str(), tried.purpose.as_deref()), ("refused", Some("evidence")));

    let node = Running::as_role(Role::Engineer);
    let mut client = node.client();
    assert_eq!(exit_of(show(&mut client, "abcdabcdabcd", "evidence", Some("2026/1"))), Exit::NotAllowed);
    assert_eq!(exit_of(client.post::<Value>("/v1/reload", Patience::Usual)), Exit::NotAllowed);
    assert_eq!(exit_of(client.get::<Value>("/v1/audit")), Exit::NotAllowed);
    let asked = json!({ "name": "abcdabcdabcd", "reason": "PURPOSE_ACHIEVED" });
    assert_eq!(exit_of(client.post_json::<Value>("/v1/withdrawals", &asked)), Exit::NotAllowed);
    let lines = node.store.audit(Order::Ascending, None, 100).unwrap();
    let tried = lines.iter().filter(|(_, line)| line.outcome == "refused").map(|(_, line)| line.action.as_str());
    assert_eq!(tried.collect::<Vec<_>>(), ["show", "reload", "read the audit log", "withdraw"]);
}

#[test]
fn a_stranger_gets_nothing_but_the_reason() {
    let node = Running::with(|config| config.users.clear());
    let mut client = node.client();
    for path in ["/v1/status", "/v1/records", "/metrics", "/v1/audit", "/v1/treaties"] {
        let failure = client.get::<Value>(path).unwrap_err();
        assert_eq!(failure.exit(), Exit::NotAllowed, "{path}");
        assert!(failure.to_string().contains("no user of this node"), "{failure}");
    }
}

#[test]
fn what_is_hidden_looks_like_what_is_absent() {
    let node = Running::with(|config| {
        config.users[0].roles = [Role::Analyst].into_iter().collect();
        config.users[0].purposes = [Purpose::BorderControl].into_iter().collect::<Set<_>>();
    });
    let mut client = node.client();
    let published = publish(&mut client, &line("A-1", "for investigators")).unwrap().results.remove(0);
    let page: ManifestPage = client.get("/v1/records").unwrap();
    assert!(page.items.is_empty(), "an own record of no purpose of the user's");
    let hidden = published.id.unwrap().to_string();
    let absent = "f".repeat(64);
    let text = |name: &str, failure: Failure| failure.report(crate::failure::Paint::Plain).replace(name, "NAME");
    for path in ["/v1/why?to=DE&name=", "holders"] {
        let ask = |client: &mut Client, name: &str| {
            let path = if path == "holders" { format!("/v1/records/{name}/holders") } else { format!("{path}{name}") };
            client.get::<Value>(&path).unwrap_err()
        };
        let (one, other) = (ask(&mut client, &hidden), ask(&mut client, &absent));
        assert_eq!(one.exit(), Exit::NothingFound);
        assert_eq!(text(&hidden, one), text(&absent, other), "{path}");
    }
    let asked = |client: &mut Client, name: &str| show(client, name, "border_control", Some("1")).unwrap_err();
    let (one, other) = (asked(&mut client, &hidden), asked(&mut client, &absent));
    assert_eq!(text(&hidden, one), text(&absent, other));
}

#[test]
fn the_status_says_what_is_wrong_with_a_request() {
    let node = Running::with(|_| {});
    let status = |head: &str, body: &str| {
        let mut caller = UnixStream::connect(node.directory.socket()).unwrap();
        let length = body.len();
        write!(
            caller,
            "{head} HTTP/1.1\r\nhost: chancery\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        caller.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(status("GET /v1/status", ""), "200");
    assert_eq!(status("GET /v1/nothing", ""), "404");
    assert_eq!(status("DELETE /v1/status", ""), "405");
    assert_eq!(status("POST /v1/records", "{\"kind\": "), "400");
    assert_eq!(status("POST /v1/records/show", "{\"name\": "), "400");
}

#[test]
fn requests_are_read_strictly_and_within_limits() {
    let node = Running::with(|_| {});
    let mut client = node.client();
    let status: StatusShown = client.get("/v1/status").unwrap();
    assert_eq!(status.country, "FR".parse::<Country>().unwrap());
    let usage = |asked: Result<Value, Failure>| assert_eq!(exit_of(asked), Exit::Usage);
    usage(client.get("/v1/nothing"));
    usage(client.get("/v1/records?knd=notice.red"));
    usage(client.get("/v1/records?state=lost"));
    usage(client.post_json("/v1/records/show", &json!({ "name": "abcd", "occasion": {}, "more": 1 })));
    usage(client.post_json("/v1/records/show", &json!({ "name": "x".repeat(super::limits::REQUEST_BYTES_MAX) })));
    usage(client.post_drafts("/v1/records", &json!({}), &vec![b' '; super::limits::DRAFTS_BYTES_MAX + 1]));
    let problem = serde_json::to_value(Problem::usage("x")).unwrap();
    assert_eq!(problem, json!({ "exit": 2, "what": "x" }));
    let text = String::from_utf8(client.get_text("/metrics").unwrap()).unwrap();
    assert!(text.lines().any(|line| line == "chancery_records 0"), "{text}");
}
